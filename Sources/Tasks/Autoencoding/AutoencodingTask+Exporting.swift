import Exchange
import Networks
import Runs

extension AutoencodingTask: GraphExporting {
  /// What makes a code, and one step of what makes it a sequence again; of documents both for
  /// sentences and for their sequence.
  package func graphs() throws -> [ExportedGraph] {
    let graph = AutoencoderGraph(form.model.configuration, parameters)
    let size = form.model.configuration.codeSize
    switch form.model {
    case let model as SentenceAutoencoder<Float>:
      return [
        ExportedGraph(
          part: "encoder", try graph.tokenEncoder(end: model.end, startsDecoder: true)),
        ExportedGraph(
          part: "step",
          try graph.tokenStep(
            classCount: model.decoder.classCount, about: "\(model.end) ends a sentence")),
      ]
    case let model as DocumentAutoencoder<Float>:
      return [
        ExportedGraph(
          part: "sentence-encoder", try graph.tokenEncoder(end: model.end, startsDecoder: false)),
        ExportedGraph(
          part: "document-encoder",
          try graph.vectorEncoder(
            "document_encoder", inputSize: size,
            about: "codes of the sentences, then zeros, which end the document",
            decoder: ("document_decoder", size))),
        ExportedGraph(part: "document-step", try graph.documentStep()),
        ExportedGraph(part: "sentence-start", graph.sentenceStart()),
        ExportedGraph(
          part: "sentence-step",
          try graph.tokenStep(
            classCount: model.decoder.classCount,
            about: "\(model.end) ends a sentence, \(model.endOfDocument) the document")),
      ]
    case let model as FrameAutoencoder<Float>:
      return [
        ExportedGraph(
          part: "encoder",
          try graph.vectorEncoder(
            "encoder", inputSize: model.frameSize,
            about: "features of each frame, as the run's settings make them of sound",
            decoder: ("decoder", model.feedsFrames ? model.frameSize : 0))),
        ExportedGraph(
          part: "step",
          try graph.frameStep(frameSize: model.frameSize, feedsFrames: model.feedsFrames)),
      ]
    default: preconditionFailure("no graph of \(type(of: form.model))")
    }
  }
}
