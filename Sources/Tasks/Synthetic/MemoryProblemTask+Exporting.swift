import Exchange
import Networks
import Runs

extension MemoryProblemTask: GraphExporting {
  package func graphs() throws -> [ExportedGraph] {
    [
      ExportedGraph(
        try SequenceModelGraph.write(core.model.configuration, parameters))
    ]
  }
}
