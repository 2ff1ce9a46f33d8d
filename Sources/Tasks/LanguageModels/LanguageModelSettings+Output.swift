import Compute
import Corpora

extension LanguageModelSettings {
  public func check() throws {
    try model.outputs.checkCutoffs()
    if model.tie, ["adaptive", "hierarchical"].contains(model.outputs.output) {
      throw UserError.usage(
        "--tie shares one matrix with the embedding, and --output \(model.outputs.output) has none with a row "
          + "for each token", hint: "drop one of them")
    }
    // Of stores the first one tells.
    if data.stores.isEmpty { try checkOutput(data.kind) }
  }

  /// Throws a usage `UserError` if the output needs words and tokens are something else.
  func checkOutput(_ kind: TokenKind) throws {
    guard kind != .word else { return }
    if model.outputs.output == "adaptive" {
      throw UserError.usage(
        "--output adaptive needs a vocabulary in order of frequency, but --tokens is "
          + "'\(kind.rawValue)'", hint: "use --tokens word")
    }
    if model.outputs.drawsWords, model.outputs.noise == "log-uniform" {
      throw UserError.usage(
        "--noise log-uniform needs a vocabulary in order of frequency, but --tokens is "
          + "'\(kind.rawValue)'", hint: "use --noise unigram, or --tokens word")
    }
  }
}
