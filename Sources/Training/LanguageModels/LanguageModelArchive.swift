import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Networks

/// A trained language model as a run folder keeps it.
public struct LanguageModelArchive {
  public let folder: RunFolder
  public let configuration: ResolvedConfiguration
  public let vocabulary: Vocabulary
  public let model: LanguageModel<Float>

  /// Opens the best weights of the run at `url`.
  public init(at url: URL) throws {
    folder = try RunFolder.open(at: url)
    configuration = try LanguageModelSchema.standard.resolve(files: [folder.configuration])
    vocabulary = try Vocabulary(contentsOf: folder.vocabulary)
    let precision = try Precision(checking: configuration)
    model = LanguageModel(
      try LanguageModelConfiguration(configuration, vocabularySize: vocabulary.count),
      precision: precision, seed: 0)
    guard FileManager.default.fileExists(atPath: folder.model.path) else {
      throw UserError(
        "'\(url.relativePath)' holds no model.safetensors: the run has not saved a model yet",
        hint: "let it train longer, or continue it with: unroll train --resume \(url.relativePath)"
      )
    }
    try SafetensorsFile.open(folder.model, verifyDigest: true)
      .restore(model.parameters)
  }
}

extension SafetensorsFile {
  /// Copies every parameter of `store` from the tensor of its name, and packs the store.
  ///
  /// - Parameter prefix: before the names.
  public func restore(_ store: ParameterStore<Float>) throws {
    for parameter in store.parameters {
      let found = try tensor(parameter.name).shape
      guard found == parameter.shape else {
        throw UserError(
          "'\(url.relativePath)' holds \(parameter.name) of shape \(found), "
            + "expected \(parameter.shape)",
          hint: "use the configuration the file was made with")
      }
      try copy(parameter.name, into: parameter.value, count: parameter.count)
    }
    store.pack()
  }
}

extension SafetensorsWriter {
  /// Adds every parameter under its PyTorch name.
  public mutating func add(_ store: ParameterStore<Float>) {
    for parameter in store.parameters {
      add(parameter.name, shape: parameter.shape, from: parameter.value, count: parameter.count)
    }
  }

  /// Adds elements that are read when the file is written.
  public mutating func add(
    _ name: String, shape: [Int], from start: UnsafePointer<Float>, count: Int
  ) {
    add(name, type: .f32, shape: shape) { body in
      try body(UnsafeRawBufferPointer(start: start, count: count * 4))
    }
  }
}

extension Precision {
  /// Reads `train.precision`; refuses bf16 where the processor lacks it.
  public init(checking configuration: ResolvedConfiguration) throws {
    self = Precision(rawValue: configuration.string("train.precision")) ?? .f32
    if self == .bf16, !InstructionSet.supportsBF16 {
      throw UserError.usage(
        "--precision bf16 needs a processor with AVX512-BF16; this one runs "
          + "'\(InstructionSet.active.rawValue)' without it",
        hint: "use --precision f32")
    }
  }
}
