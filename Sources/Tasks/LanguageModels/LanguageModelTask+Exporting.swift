import Exchange
import Networks
import Runs

extension LanguageModelTask: GraphExporting {
  package func graphs() throws -> [ExportedGraph] {
    [ExportedGraph(try LanguageModelGraph.write(model.configuration, parameters))]
  }
}
