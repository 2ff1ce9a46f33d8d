import Exchange
import Networks
import Runs

extension AnsweringTask: GraphExporting {
  package func graphs() throws -> [ExportedGraph] {
    [ExportedGraph(try MemoryNetworkGraph.write(model.configuration, parameters))]
  }
}
