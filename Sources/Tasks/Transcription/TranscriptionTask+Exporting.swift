import Exchange
import Networks
import Runs

extension TranscriptionTask: GraphExporting {
  package func graphs() throws -> [ExportedGraph] {
    [
      ExportedGraph(
        try TranscriberGraph.write(
          model.configuration, classCount: model.classCount, parameters))
    ]
  }
}
