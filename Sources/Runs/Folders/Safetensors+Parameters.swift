import Autodiff
import Compute
import Foundation
import Interchange

extension SafetensorsFile {
  /// Copies every parameter of `store` from the tensor of its name, and packs the store.
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
  /// The run's best weights. Throws a `UserError` if there are none yet, or if they are not whole, which
  /// nothing proves of those that another tool has saved.
  package func openModel() throws -> SafetensorsFile {
    guard FileManager.default.fileExists(atPath: model.path) else {
      throw UserError(
        "'\(url.relativePath)' holds no model.safetensors: the run has not saved a model yet",
        hint:
          "let it train longer, or continue it with: \(ProgramName.current) train --resume \(url.relativePath)"
      )
    }
    let file = try SafetensorsFile.open(model)
    if !WeightsFile.isForeign(file) {
      try Activity.run("checking", "'\(model.path)'") { _ in try file.verifyDigest() }
    }
    try WeightsFile.check(file)
    return file
  }
}
