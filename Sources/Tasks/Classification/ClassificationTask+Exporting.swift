import Exchange
import Networks
import Runs

extension ClassificationTask: GraphExporting {
  package func graphs() throws -> [ExportedGraph] {
    [
      ExportedGraph(
        try SequenceModelGraph.write(
          core.model.configuration, parameters, further: words?.further,
          prepare: seriesFacts.scale), notes: words?.further?.notes ?? [])
    ]
  }
}
