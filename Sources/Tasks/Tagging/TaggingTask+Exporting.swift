import Autodiff
import Exchange
import Networks
import Runs

extension TaggingTask: GraphExporting {
  package func graphs() throws -> [ExportedGraph] {
    let model = reader.model
    let further = vocabularies.words.further
    let decoder = model.transitions.map {
      ChainDecoder($0, constraints: vocabularies.tags.constraints)
    }
    let graph = try TaggerGraph.write(
      model.configuration, parameters, further: further,
      chain: decoder.map {
        TaggerGraph.Chain(start: $0.start, end: $0.end, transitions: $0.transitions)
      })
    return [ExportedGraph(graph, notes: further?.notes ?? [])]
  }
}
