/// Unicode scalars to token ids: a plain array up to the largest scalar of the vocabulary.
///
/// 4 bytes a scalar: 512 bytes for ASCII, 160 KB for Chinese, at most 4.4 MB.
struct CharacterTable: Sendable {
  /// The id of each scalar, -1 for those outside. At least 128 long, so that ASCII needs no check.
  let ids: [Int32]

  init(_ scalars: [(scalar: UInt32, id: Int32)]) {
    let largest = scalars.map { Int($0.scalar) }.max() ?? 0
    var ids = [Int32](repeating: -1, count: max(128, largest + 1))
    for (scalar, id) in scalars { ids[Int(scalar)] = id }
    self.ids = ids
  }

  /// The id of `scalar`, or -1.
  @inline(__always)
  func id(_ scalar: UInt32) -> Int32 { Int(scalar) < ids.count ? ids[Int(scalar)] : -1 }
}
