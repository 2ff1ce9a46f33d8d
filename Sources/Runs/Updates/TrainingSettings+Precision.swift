import Compute

extension TrainingSettings {
  /// Why the processor cannot compute in the precision that is asked for; nil: it can.
  var lackOfPrecision: String? {
    guard precision == Precision.bf16.rawValue, !InstructionSet.supportsBF16 else { return nil }
    return "it needs a processor with AVX512-BF16; this one runs "
      + "'\(InstructionSet.active.rawValue)' without it"
  }

  /// Refuses bf16 where the processor lacks it, with a usage `UserError`.
  package var checkedPrecision: Precision {
    get throws {
      if let lackOfPrecision {
        throw UserError.usage(
          "--precision bf16: \(lackOfPrecision)", hint: "use --precision f32")
      }
      return Precision(rawValue: precision) ?? .f32
    }
  }
}
