import Exchange
import Networks
import Runs

extension ConditionalTextTask: GraphExporting {
  /// What was drawn is fed back, with the states.
  package func graphs() throws -> [ExportedGraph] {
    [
      ExportedGraph(
        try SequenceModelGraph.write(core.model.configuration, parameters, carriesStates: true))
    ]
  }
}
