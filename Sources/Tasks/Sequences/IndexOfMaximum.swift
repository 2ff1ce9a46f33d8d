extension Collection where Element: Comparable, Index == Int {
  /// The first of the largest; 0 if there is none.
  var indexOfMaximum: Int { indices.max { self[$0] < self[$1] } ?? 0 }
}
