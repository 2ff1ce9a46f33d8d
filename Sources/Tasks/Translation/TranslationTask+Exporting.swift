import Exchange
import Networks
import Runs

extension TranslationTask: GraphExporting {
  package func graphs() throws -> [ExportedGraph] {
    [
      ExportedGraph(
        part: "encoder", try TranslatorGraph.encoder(model.configuration, parameters)),
      ExportedGraph(part: "step", try TranslatorGraph.step(model.configuration, parameters)),
    ]
  }
}
