import Compute
import Corpora

extension LanguageModelSettings {
  public func check() throws {
    if !model.adaptiveInputs { try model.outputs.checkClusters() }
    if model.tie { try checkTied(model.outputs.output) }
    guard model.outputs.output == "full" || smoothing.labelSmoothing == 0 else {
      throw UserError.usage(
        "--label-smoothing gives all tokens a share of one softmax, and --output "
          + "\(model.outputs.output) has none in training", hint: "drop one of them")
    }
    guard model.maxentOrder == 0 || model.outputs.output == "hierarchical" else {
      throw UserError.usage(
        "--maxent-order \(model.maxentOrder) gives weights to n-grams and the decisions of a tree, but --output is "
          + "'\(model.outputs.output)'", hint: "add --output hierarchical")
    }
    guard model.maxentOrder > 0 || model.maxentSize == Model().maxentSize else {
      throw UserError.usage(
        "--maxent-size is that of the table of n-grams, but there are none",
        hint: "add --maxent-order 4")
    }
    // Of stores the first one tells.
    if data.stores.isEmpty { try checkOutput(data.kind) }
  }

  private func checkTied(_ output: String) throws {
    guard !model.adaptiveInputs else {
      guard output != "adaptive" else { return }
      throw UserError.usage(
        "--tie shares the tables of --adaptive-inputs with the clusters of the output, and --output "
          + "\(output) has none", hint: "add --output adaptive, or drop --tie")
    }
    guard ["adaptive", "hierarchical"].contains(output) else { return }
    throw UserError.usage(
      "--tie shares one matrix with the embedding, and --output \(output) has none with a row for each "
        + "token",
      hint: output == "adaptive"
        ? "add --adaptive-inputs, which have the same clusters, or drop one of them"
        : "drop one of them")
  }

  /// Throws a usage `UserError` if embedding or output needs words and tokens are something else.
  func checkOutput(_ kind: TokenKind) throws {
    guard kind != .word else { return }
    if model.outputs.output == "adaptive" || model.adaptiveInputs {
      let option = model.adaptiveInputs ? "--adaptive-inputs" : "--output adaptive"
      throw UserError.usage(
        "\(option) needs a vocabulary in order of frequency, but --tokens is "
          + "'\(kind.rawValue)'", hint: "use --tokens word")
    }
    if model.outputs.drawsWords, model.outputs.noise == "log-uniform" {
      throw UserError.usage(
        "--noise log-uniform needs a vocabulary in order of frequency, but --tokens is "
          + "'\(kind.rawValue)'", hint: "use --noise unigram, or --tokens word")
    }
  }
}
