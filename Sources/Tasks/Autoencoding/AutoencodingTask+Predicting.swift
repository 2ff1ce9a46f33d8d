import Compute
import Foundation
import Measures
import Networks
import Runs

extension AutoencodingTask: Predicting {
  public func queries() -> any QueryReader<AutoencodingQuery> { form.queries() }

  public func predict(_ queries: [AutoencodingQuery]) throws -> [Prediction] {
    try form.predict(queries)
  }
}

extension AutoencodingTask: SequenceEmbedding {
  package var readsAudio: Bool { form is SegmentForm }
  package var codeSize: Int { form.model.configuration.codeSize }
  package var queryKind: String { form.queryKind }

  package func vectors(of url: URL, _ warn: (String) -> Void) throws -> CodeVectors {
    let examples = try examples(try read([url]))
    // Between documents they have to be.
    if case .text(let texts) = examples, texts.unit == .sentence, texts.blankCount > 0 {
      warn(
        "'\(url.relativePath)' has \(texts.blankCount) blank lines, which have no vectors: from the first on, "
          + "numbers of vectors are not those of lines")
    }
    return form.vectors(of: examples)
  }

  package func vector(ofQuery query: String) throws -> CodeVectors {
    guard !query.allSatisfy(\.isWhitespace) else {
      throw UserError.usage("the query is empty", hint: "expected \(queryKind)")
    }
    return form.vectors(of: try form.example(query))
  }
}
