/// Element types of the safetensors format.
///
/// The cases stand in the reference writer's rank order, low to high; files list the tensors of
/// higher rank first, which keeps wide elements aligned.
/// Source: huggingface/safetensors, safetensors/src/tensor.rs.
package enum TensorType: String, CaseIterable, Sendable, Hashable {
  case bool = "BOOL"
  case f4 = "F4"
  case f6e2m3 = "F6_E2M3"
  case f6e3m2 = "F6_E3M2"
  case u8 = "U8"
  case i8 = "I8"
  case f8e5m2 = "F8_E5M2"
  case f8e4m3 = "F8_E4M3"
  case f8e8m0 = "F8_E8M0"
  case f8e4m3fnuz = "F8_E4M3FNUZ"
  case f8e5m2fnuz = "F8_E5M2FNUZ"
  case i16 = "I16"
  case u16 = "U16"
  case f16 = "F16"
  case bf16 = "BF16"
  case i32 = "I32"
  case u32 = "U32"
  case f32 = "F32"
  case c64 = "C64"
  case f64 = "F64"
  case i64 = "I64"
  case u64 = "U64"

  /// Bits of one element. Not always whole bytes.
  package var bitWidth: Int {
    switch self {
    case .f4: 4
    case .f6e2m3, .f6e3m2: 6
    case .bool, .u8, .i8, .f8e5m2, .f8e4m3, .f8e8m0, .f8e4m3fnuz, .f8e5m2fnuz: 8
    case .i16, .u16, .f16, .bf16: 16
    case .i32, .u32, .f32: 32
    case .c64, .f64, .i64, .u64: 64
    }
  }

  /// Place in the reference writer's order; higher ranks come first in a file.
  var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// Bytes that a tensor of this type and shape takes; nil if the number of elements or of bits
  /// overflows 64 bits, a dimension is negative, or the elements do not fill whole bytes.
  package func byteCount(shape: [Int]) -> Int? {
    var elements: UInt = 1
    for dimension in shape {
      let factor = UInt(bitPattern: dimension)
      let (product, overflow) = elements.multipliedReportingOverflow(by: factor)
      guard dimension >= 0, !overflow else { return nil }
      elements = product
    }
    let (bits, overflow) = elements.multipliedReportingOverflow(by: UInt(bitWidth))
    return !overflow && bits % 8 == 0 ? Int(bits / 8) : nil
  }
}
