import Autodiff
import Compute
import Foundation
import Interchange

/// What the weights and checkpoints of a run say of themselves in their metadata.
package enum WeightsFile {
  /// 2: a plateau has followed the direction of its figure; in 0.1, which says no number, it had not.
  package static let format = FileFormat(2)
  private static let formatKey = "unroll.format"
  /// How many runs the weights are the mean of.
  static let averagedKey = "unroll.averaged"
  private static let versionKey = "unroll.version"

  /// Format and version, beside other notes.
  static func metadata(_ notes: [String: String]) -> [String: String] {
    notes.merging([
      formatKey: String(format.current), versionKey: UnrollVersion.current,
    ]) { _, own in own }
  }

  /// The format of the file. Throws a `UserError` that names it if that is newer than this version knows.
  @discardableResult
  static func check(_ file: SafetensorsFile) throws -> Int {
    try format.check(
      file.metadata[formatKey].map { Int($0) ?? 0 }, of: file.url, by: file.metadata[versionKey])
  }
}

extension SafetensorsFile {
  /// Copies every parameter of `store` from the tensor of its name, and packs the store.
  ///
  /// - Parameter prefix: before the names.
  package func restore(_ store: ParameterStore<Float>) throws {
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
  package mutating func add(_ store: ParameterStore<Float>) {
    for parameter in store.parameters {
      add(parameter.name, shape: parameter.shape, from: parameter.value, count: parameter.count)
    }
  }

  /// Adds elements that are read when the file is written.
  package mutating func add(
    _ name: String, shape: [Int], from start: UnsafePointer<Float>, count: Int
  ) {
    add(name, type: .f32, shape: shape) { body in
      try body(UnsafeRawBufferPointer(start: start, count: count * 4))
    }
  }
}

extension RunFolder {
  /// Copies the run's best weights into `store` and packs it.
  package func restoreModel(_ store: ParameterStore<Float>) throws {
    try openModel().restore(store)
  }

  /// The file of the run's best weights, which is whole. Throws a `UserError` if there is none yet.
  package func openModel() throws -> SafetensorsFile {
    guard FileManager.default.fileExists(atPath: model.path) else {
      throw UserError(
        "'\(url.relativePath)' holds no model.safetensors: the run has not saved a model yet",
        hint: "let it train longer, or continue it with: unroll train --resume \(url.relativePath)"
      )
    }
    let file = try SafetensorsFile.open(model, verifyDigest: true)
    try WeightsFile.check(file)
    return file
  }
}
