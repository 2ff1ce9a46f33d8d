import Compute

extension TrainingSettings {
  /// Refuses bf16 where the processor lacks it, with a usage `UserError`.
  package var checkedPrecision: Precision {
    get throws {
      let precision = Precision(rawValue: self.precision) ?? .f32
      if precision == .bf16, !InstructionSet.supportsBF16 {
        throw UserError.usage(
          "--precision bf16 needs a processor with AVX512-BF16; this one runs "
            + "'\(InstructionSet.active.rawValue)' without it", hint: "use --precision f32")
      }
      return precision
    }
  }
}
