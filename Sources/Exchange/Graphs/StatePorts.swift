import Interchange
import Networks

// States that come in and go out, so that a sequence can be fed piece by piece. As in PyTorch those of
// all layers are one value, `[layers, batch, units]`.

extension NetworkGraph {
  /// `h0`, and `c0` where the cell has a second state; of layers that read forward alone.
  func stateInputs(
    _ configuration: StackConfiguration,
    about: String = "states before the first step; zeros at the beginning of a sequence"
  ) -> [[StateValues]] {
    let states = zip(["h0", "c0"], configuration.stateSizes).map { name, columns in
      let all = builder.input(
        name, .float, [.fixed(configuration.layerCount), "batch", .fixed(columns)],
        about: about)
      return builder.split(
        all, [Int](repeating: 1, count: configuration.layerCount), axis: 0
      ).map { builder.squeezed($0, 0) }
    }
    return (0..<configuration.layerCount).map {
      [StateValues(h: states[0][$0], c: states.count > 1 ? states[1][$0] : nil)]
    }
  }

  /// `hn`, and `cn`, unless they have other names.
  func stateOutputs(
    _ final: [[StateValues]], _ configuration: StackConfiguration, names: [String] = ["hn", "cn"],
    about: String = "states after the last step of each sequence"
  ) {
    for (place, (name, columns)) in zip(names, configuration.stateSizes).enumerated() {
      let all = final.map { builder.unsqueezed($0[0].all[place], 0) }
      builder.output(
        name, builder.concatenated(all, axis: 0),
        [.fixed(configuration.layerCount), "batch", .fixed(columns)],
        about: about)
    }
  }
}
