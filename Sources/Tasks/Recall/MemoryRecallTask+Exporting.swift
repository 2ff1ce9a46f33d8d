import Exchange
import Networks
import Runs

extension MemoryRecallTask: GraphExporting {
  package func graphs() throws -> [ExportedGraph] {
    [ExportedGraph(try RecallGraph.write(definition.configuration, parameters))]
  }
}
