import Compute

extension Precision {
  /// Reads `train.precision`; refuses bf16 where the processor lacks it.
  package init(checking configuration: ResolvedConfiguration) throws {
    self = Precision(rawValue: configuration.string("train.precision")) ?? .f32
    if self == .bf16, !InstructionSet.supportsBF16 {
      throw UserError.usage(
        "--precision bf16 needs a processor with AVX512-BF16; this one runs "
          + "'\(InstructionSet.active.rawValue)' without it",
        hint: "use --precision f32")
    }
  }
}
