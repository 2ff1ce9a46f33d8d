extension Collection where Element == Double {
  /// The value below which `share` of the elements lie, between neighbours linearly; 0 of none.
  package func quantile(_ share: Double) -> Double {
    let sorted = sorted()
    guard let last = sorted.last else { return 0 }
    let place = share * Double(sorted.count - 1)
    let index = Int(place)
    guard index + 1 < sorted.count else { return last }
    return sorted[index] + (place - Double(index)) * (sorted[index + 1] - sorted[index])
  }

  package var median: Double { quantile(0.5) }
}
