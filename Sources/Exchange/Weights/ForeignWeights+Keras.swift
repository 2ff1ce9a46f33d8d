import Compute
import Foundation

extension ForeignWeights {
  /// The weights of a Keras model, saved by their paths:
  /// `save_file({w.path: w.numpy() for w in model.weights}, "model.safetensors")`.
  ///
  /// | Keras | here |
  /// |---|---|
  /// | `embeddings` | `embedding.weight` |
  /// | `kernel` `[in, gates · units]` beside a `recurrent_kernel` | `rnn.weight_ih_lN`, transposed |
  /// | `recurrent_kernel` | `rnn.weight_hh_lN`, transposed |
  /// | `bias` of these | `rnn.bias_ih_lN`; `bias_hh` is zero |
  /// | `bias` `[2, 3 · units]`: a GRU that resets after the product | `bias_ih` and `bias_hh` |
  /// | `kernel` and `bias` of another layer | `output.weight`, transposed, and `output.bias` |
  ///
  /// - Gates: an LSTM's i f c o are ours (i f g o); a GRU's z r h become r z n.
  /// - A GRU with a `bias` of one row resets before the product: the cell is `gru-reset-before`.
  /// - Layers are counted in the order of their paths, numbers by value; `backward_…` is the reverse
  ///   direction of the `forward_…` beside it.
  ///
  /// Throws a `UserError` that names the file and a path which is none of these.
  package init(keras url: URL) throws {
    let found = try Self.read(url)
    let layers = Dictionary(grouping: found) { KerasPath($0.name).layer }
    func refuse(_ layer: String, _ what: String) -> UserError {
      UserError(
        "'\(url.relativePath)': \(layer) \(what)",
        hint: "see the mapping of Keras weights in docs/exchange.md")
    }
    var tensors: [Tensor] = []
    var cells: Set<String> = []
    var counts = (forward: 0, reverse: 0, tables: 0, outputs: 0)
    for layer in layers.keys.sorted(by: KerasPath.precedes) {
      let parts = Dictionary(
        (layers[layer] ?? []).map { (KerasPath($0.name).weight, $0) }
      ) { first, _ in first }
      if let kernel = parts["kernel"], let recurrent = parts["recurrent_kernel"] {
        let isReverse = layer.contains("backward_")
        let suffix = isReverse ? "_l\(counts.reverse)_reverse" : "_l\(counts.forward)"
        if isReverse { counts.reverse += 1 } else { counts.forward += 1 }
        guard let converted = Self.recurrent(kernel, recurrent, parts["bias"], suffix) else {
          throw refuse(
            layer,
            "has shapes \(kernel.shape) and \(recurrent.shape), which are of no "
              + "LSTM, GRU or SimpleRNN")
        }
        tensors += converted
        if let found = Self.cell(recurrent, parts["bias"]) { cells.insert(found) }
      } else if let table = parts["embeddings"] {
        counts.tables += 1
        tensors.append(Tensor("embedding.weight", table.shape, table.values))
      } else if let kernel = parts["kernel"], kernel.shape.count == 2 {
        counts.outputs += 1
        let width = kernel.shape[1]
        tensors.append(Tensor("output.weight", [width, kernel.shape[0]], Self.transposed(kernel)))
        tensors.append(
          Tensor(
            "output.bias", [width], parts["bias"]?.values ?? [Float](repeating: 0, count: width)))
      } else {
        throw refuse(layer, "is no layer that a run has")
      }
    }
    guard counts.tables < 2, counts.outputs < 2 else {
      throw refuse(
        "its layers",
        "are \(counts.tables) embeddings and \(counts.outputs) dense ones, "
          + "expected at most one of each")
    }
    guard cells.count < 2 else {
      throw refuse("its layers", "are GRUs of both kinds, expected all to reset at the same place")
    }
    self.tensors = tensors
    cell = cells.first
  }

  /// Of a GRU, whose bias says where it resets; without one nothing does.
  private static func cell(_ recurrent: Tensor, _ bias: Tensor?) -> String? {
    guard let bias, recurrent.shape.count == 2, recurrent.shape[1] == 3 * recurrent.shape[0] else {
      return nil
    }
    return bias.values.count == recurrent.shape[1] ? "gru-reset-before" : "gru"
  }

  /// Nil for shapes that do not go together.
  private static func recurrent(
    _ kernel: Tensor, _ recurrent: Tensor, _ bias: Tensor?, _ suffix: String
  ) -> [Tensor]? {
    guard kernel.shape.count == 2, recurrent.shape.count == 2, recurrent.shape[0] > 0,
      kernel.shape[1] == recurrent.shape[1], recurrent.shape[1] % recurrent.shape[0] == 0
    else { return nil }
    let units = recurrent.shape[0]
    let width = recurrent.shape[1]
    guard let order = [1: [0], 3: [1, 0, 2], 4: [0, 1, 2, 3]][width / units] else { return nil }
    func gates(_ rows: [Float], columns: Int) -> [Float] {
      order.flatMap { rows[$0 * units * columns..<($0 + 1) * units * columns] }
    }
    let values = bias?.values ?? [Float](repeating: 0, count: width)
    guard values.count == width || values.count == 2 * width && order.count == 3 else { return nil }
    let first = Array(values[..<width])
    let second =
      values.count > width ? Array(values[width...]) : [Float](repeating: 0, count: width)
    return [
      Tensor(
        "rnn.weight_ih" + suffix, [width, kernel.shape[0]],
        gates(transposed(kernel), columns: kernel.shape[0])),
      Tensor(
        "rnn.weight_hh" + suffix, [width, units], gates(transposed(recurrent), columns: units)),
      Tensor("rnn.bias_ih" + suffix, [width], gates(first, columns: 1)),
      Tensor("rnn.bias_hh" + suffix, [width], gates(second, columns: 1)),
    ]
  }

  private static func transposed(_ tensor: Tensor) -> [Float] {
    let (rows, columns) = (tensor.shape[0], tensor.shape[1])
    return (0..<columns).flatMap { column in
      (0..<rows).map { tensor.values[$0 * columns + column] }
    }
  }
}

/// `bidirectional_1/forward_lstm/lstm_cell/kernel`
private struct KerasPath {
  let layer: String
  let weight: String

  init(_ path: String) {
    let parts = path.split(separator: "/")
    layer = parts.dropLast().joined(separator: "/")
    weight = parts.last.map { String($0) } ?? ""
  }

  /// Numbers count by value: `lstm_2` comes before `lstm_10`, and `lstm` before both.
  static func precedes(_ a: String, _ b: String) -> Bool {
    a.compare(b, options: .numeric) == .orderedAscending
  }
}
