import Compute
import Corpora
import Foundation
import Measures
import Parallel

/// A trained autoencoder as its run folder keeps it.
package struct TrainedAutoencoder: TrainedModel {
  private let form: any AutoencoderForm
  private let team: WorkerTeam

  package init(_ folder: RunFolder, team: WorkerTeam) throws {
    let configuration = try AutoencodingJob.configuration(of: folder)
    self.team = team
    if !configuration.string("data.audio").isEmpty {
      form = try SegmentForm(
        configuration, sampleRate: SegmentForm.sampleRate(of: folder), seed: 0, team: team)
    } else {
      let vocabulary = try Vocabulary(contentsOf: folder.vocabulary)
      form =
        configuration.boolean("model.hierarchical")
        ? try DocumentForm(configuration, vocabulary: vocabulary, seed: 0, team: team)
        : try SentenceForm(configuration, vocabulary: vocabulary, seed: 0, team: team)
    }
    try folder.restoreModel(form.parameters)
  }

  /// Opens the run in `folder`, which must be one of `unroll train autoencode`.
  package init(embedding folder: RunFolder, team: WorkerTeam) throws {
    let kind = try folder.jobKind()
    guard kind == .autoencoding else {
      throw UserError.usage(
        "'\(folder.url.relativePath)' is a run of 'unroll train \(kind.rawValue)', which makes no "
          + "vectors", hint: "use a run of unroll train autoencode")
    }
    try self.init(folder, team: team)
  }

  package func evaluate(_ files: [URL]) throws -> Evaluation { try form.evaluate(files) }

  package func predict(
    _ nextLine: () throws -> String?, emit: (Prediction) throws -> Void
  ) throws { try form.predict(nextLine, emit: emit) }

  /// Whether it reads recordings, and not text.
  package var readsAudio: Bool { form is SegmentForm }
  /// Numbers of a vector.
  package var codeSize: Int { form.codeSize }
  /// What a query is, in words.
  package var queryKind: String { form.queryKind }

  /// The vectors of all sequences in a file of text or a folder of recordings, in their order.
  package func vectors(of url: URL) throws -> CodeVectors { try Self.vectors(form, of: url) }

  /// The vector of a sentence, a document or the recording at a path.
  package func vector(ofQuery query: String) throws -> CodeVectors {
    guard !query.allSatisfy(\.isWhitespace) else {
      throw UserError.usage("the query is empty", hint: "expected \(queryKind)")
    }
    return try Self.vector(form, of: query)
  }

  private static func vectors<Form: AutoencoderForm>(
    _ form: Form, of url: URL
  ) throws -> CodeVectors { form.vectors(of: try form.read(url)) }

  private static func vector<Form: AutoencoderForm>(
    _ form: Form, of query: String
  ) throws -> CodeVectors { form.vectors(of: try form.example(query)) }
}
