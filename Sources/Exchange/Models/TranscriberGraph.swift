import Autodiff
import Interchange
import Networks

/// A transcriber as a graph: features of sound to how probable each label is at each frame.
package enum TranscriberGraph {
  /// Throws a `UserError` that names a layer which cannot be written.
  ///
  /// - Parameter classCount: labels and blank, which comes first.
  package static func write(
    _ configuration: StackConfiguration, classCount: Int, _ parameters: ParameterStore<Float>
  ) throws -> ONNXGraph {
    let graph = NetworkGraph("transcriber", parameters)
    let builder = graph.builder
    let features = builder.input(
      "features", .float, ["batch", "time", .fixed(configuration.inputSize)],
      about: "of each frame, as the run's settings make them of sound")
    let lengths = builder.input("lengths", .int64, ["batch"], about: "frames of each row")
    let x = builder.transpose(features, [1, 0, 2])
    let (h, _) = try graph.stack(
      x, configuration, frame: SequenceFrame(builder, lengths: lengths, of: x))
    let logits = builder.transpose(graph.linear(h, "output"), [1, 0, 2])
    builder.output(
      "log_probabilities", builder.logSoftmax(logits), ["batch", "time", .fixed(classCount)],
      about: "of blank and of each label, by CTC")
    return builder.built
  }
}
