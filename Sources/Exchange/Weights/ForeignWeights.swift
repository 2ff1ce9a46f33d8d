import Compute
import Foundation
import Interchange

/// Weights of another program under Unroll's names.
///
/// Numbers and shapes are those of the file; whether a model takes them is seen when it is opened.
package struct ForeignWeights {
  package struct Tensor: Equatable {
    package let name: String
    package let shape: [Int]
    package let values: [Float]

    package init(_ name: String, _ shape: [Int], _ values: [Float]) {
      self.name = name
      self.shape = shape
      self.values = values
    }
  }

  package let tensors: [Tensor]
  /// The only cell whose formula these weights are of, where their shapes tell it from one that has as many gates.
  package let cell: String?

  /// Reads all tensors of a safetensors file. Throws a `UserError` that names it.
  static func read(_ url: URL) throws -> [Tensor] {
    let file = try SafetensorsFile.open(url)
    return try file.tensors.keys.sorted().map { name in
      let values = try file.floats(name)
      guard values.allSatisfy(\.isFinite) else {
        throw UserError(
          "'\(url.relativePath)' holds \(name) with numbers that are not finite",
          hint: "save the weights of a training that went well")
      }
      return Tensor(name, try file.tensor(name).shape, values)
    }
  }
}

/// What names begin with, and what they are to begin with: `lstm=rnn`.
package struct Renaming: Equatable {
  let from: String
  let to: String

  /// Throws a usage `UserError` for what is no `FROM=TO`.
  package init(parsing text: String) throws {
    let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw UserError.usage("--rename \(text) is no FROM=TO", hint: "for example --rename lstm=rnn")
    }
    (from, to) = (parts[0], parts[1])
  }

  init(from: String, to: String) { (self.from, self.to) = (from, to) }

  /// The new name; nil where it does not begin so.
  func applied(to name: String) -> String? {
    guard name.hasPrefix("\(from).") else { return nil }
    return to + name.dropFirst(from.count)
  }
}
