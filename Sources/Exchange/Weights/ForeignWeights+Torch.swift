import Compute
import Foundation

extension ForeignWeights {
  /// The `state_dict` of a PyTorch module, as `safetensors.torch.save_file` writes it.
  ///
  /// Layers have PyTorch's names and gate orders in a run too, so only what modules are called differs:
  /// `renamings` say it. Without any, a module's only recurrent part becomes `rnn`, its only `Embedding`
  /// (a weight alone) `embedding`, its only `Linear` (a weight with a bias) `output`.
  ///
  /// Throws a `UserError` that names the file, or a renaming that nothing in it begins with or that
  /// gives two tensors one name.
  package init(torch url: URL, renamings: [Renaming]) throws {
    let found = try Self.read(url)
    for renaming in renamings where !found.contains(where: { renaming.applied(to: $0.name) != nil })
    {
      throw UserError.usage(
        "--rename \(renaming.from)=\(renaming.to): '\(url.relativePath)' has no '\(renaming.from)'",
        hint: "its modules are \(Self.modules(found.map(\.name)).joined(separator: ", "))")
    }
    let renamed = found.map { tensor in
      Tensor(
        renamings.lazy.compactMap { $0.applied(to: tensor.name) }.first ?? tensor.name,
        tensor.shape, tensor.values)
    }
    let guesses = Self.guesses(renamed)
    // A run's own file may be of any.
    cell = nil
    tensors = renamed.map { tensor in
      Tensor(
        guesses.lazy.compactMap { $0.applied(to: tensor.name) }.first ?? tensor.name, tensor.shape,
        tensor.values)
    }
    let origins = Dictionary(grouping: zip(found, tensors), by: \.1.name)
    if let twice = found.indices.first(where: { origins[tensors[$0].name]?.count != 1 }) {
      let name = tensors[twice].name
      let names = (origins[name] ?? []).map { "'\($0.0.name)'" }.joined(separator: " and ")
      throw UserError.usage(
        "'\(url.relativePath)': \(names) would both be '\(name)'",
        hint: "give each module a name of its own with --rename FROM=TO")
    }
  }

  /// What stands before the last dot.
  private static func modules(_ names: [String]) -> [String] {
    Set(names.map { $0.split(separator: ".").dropLast().joined(separator: ".") }).sorted()
  }

  /// What modules are, where there is one of a kind and none has its name.
  private static func guesses(_ tensors: [Tensor]) -> [Renaming] {
    let names = Set(tensors.map(\.name))
    let modules = modules(tensors.map(\.name)).filter { !$0.isEmpty }
    let recurrent = modules.filter { names.contains("\($0).weight_ih_l0") }
    let others = modules.filter { names.contains("\($0).weight") }
    let linear = others.filter { names.contains("\($0).bias") }
    let tables = others.filter { !names.contains("\($0).bias") }
    return [("rnn", recurrent), ("output", linear), ("embedding", tables)].compactMap {
      name, found in
      guard found.count == 1, !modules.contains(name) else { return nil }
      return Renaming(from: found[0], to: name)
    }
  }
}
