/// What a random number is for. Two purposes never share numbers, whatever else is equal.
///
/// The low byte names the use; `layer` separates places that use the same kind of number.
public struct RandomPurpose: Sendable, Hashable {
  public let rawValue: UInt32

  public init(_ use: UInt8, layer: Int = 0) {
    rawValue = UInt32(use) | UInt32(truncatingIfNeeded: layer) << 8
  }

  public static func initialization(parameter: Int) -> Self { Self(1, layer: parameter) }
  public static func dropout(layer: Int) -> Self { Self(2, layer: layer) }
  public static func recurrentDropout(layer: Int) -> Self { Self(6, layer: layer) }
  public static func zoneout(layer: Int) -> Self { Self(7, layer: layer) }
  public static func weightDrop(parameter: Int) -> Self { Self(8, layer: parameter) }
  public static func embeddingDropout(parameter: Int) -> Self { Self(9, layer: parameter) }
  public static let sampling = Self(3)
  public static let generator = Self(4)
  public static let shuffling = Self(5)
  public static func noise(layer: Int) -> Self { Self(12, layer: layer) }
  public static let wordDropout = Self(10)
  public static let emptySentences = Self(14)
  public static let scheduledSampling = Self(15)
  public static func negatives(parameter: Int) -> Self { Self(16, layer: parameter) }
  public static let transposition = Self(17)
  public static let featureMasks = Self(18)
}

/// Random numbers without a state: the number at (seed, purpose, update, row, index) is the same
/// on every machine and for every thread, however many numbers were drawn before it.
///
/// Source: Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (2011), Philox4x32-10.
/// Counter words: index / 4, row, update, purpose. Key: the two halves of the seed.
public struct RandomStream: Sendable {
  public let seed: UInt64
  public let purpose: RandomPurpose
  public let update: UInt32

  public init(seed: UInt64, purpose: RandomPurpose, update: Int = 0) {
    self.seed = seed
    self.purpose = purpose
    self.update = UInt32(truncatingIfNeeded: update)
  }

  /// The four 32-bit words at `block`: indices `4 * block ..< 4 * block + 4` of `row`.
  @inlinable
  public func words(row: UInt32, block: UInt32) -> SIMD4<UInt32> {
    var counter = SIMD4(block, row, update, purpose.rawValue)
    var key0 = UInt32(truncatingIfNeeded: seed)
    var key1 = UInt32(truncatingIfNeeded: seed >> 32)
    for _ in 0..<10 {
      let product0 = UInt64(0xD251_1F53) * UInt64(counter[0])
      let product1 = UInt64(0xCD9E_8D57) * UInt64(counter[2])
      counter = SIMD4(
        UInt32(truncatingIfNeeded: product1 >> 32) ^ counter[1] ^ key0,
        UInt32(truncatingIfNeeded: product1),
        UInt32(truncatingIfNeeded: product0 >> 32) ^ counter[3] ^ key1,
        UInt32(truncatingIfNeeded: product0))
      key0 &+= 0x9E37_79B9
      key1 &+= 0xBB67_AE85
    }
    return counter
  }

  /// The 32-bit word at `index` of `row`.
  @inlinable
  public func word(row: Int, index: Int) -> UInt32 {
    words(
      row: UInt32(truncatingIfNeeded: row), block: UInt32(truncatingIfNeeded: index >> 2))[
        index & 3]
  }

  /// Uniform in [0, 1), 24 bits.
  @inlinable
  public func uniform(row: Int, index: Int) -> Float {
    Float(word(row: row, index: index) >> 8) * 0x1p-24
  }
}
