import Compute
import Corpora

extension UnsafeBufferPointer {
  /// A caller's list.
  init(checking start: UnsafePointer<Element>?, _ count: Int64) throws {
    guard count >= 0, count == 0 || start != nil else {
      throw UserError.usage("found no list of \(count) lengths")
    }
    self.init(start: start, count: Int(count))
  }
}

extension VectorSequences {
  /// Takes a caller's series. Throws a usage `UserError` that names the first that is empty or holds what is
  /// no finite number.
  init(
    _ values: UnsafePointer<Float>?, lengths: UnsafeBufferPointer<Int64>, width: Int
  ) throws {
    self.init(width: width)
    var start = 0
    for (number, length) in lengths.enumerated() {
      guard length > 0, length < Int.max / width, let values else {
        throw UserError.usage("series \(number + 1) has \(length) steps, expected one or more")
      }
      let steps = UnsafeBufferPointer(start: values + start, count: Int(length) * width)
      if let place = steps.firstIndex(where: { !$0.isFinite }) {
        throw UserError.usage(
          "series \(number + 1), step \(place / width + 1): found \(steps[place]), expected a finite "
            + "number")
      }
      try append(steps)
      start += steps.count
    }
  }
}
