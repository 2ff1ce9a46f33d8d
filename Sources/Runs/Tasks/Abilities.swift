import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel

// What tasks can do once they are trained. A command asks for the ability, and names the tasks that
// have it where a run lacks it.

/// Says something about every input: a label, tags, a translation.
public protocol Predicting: TrainingTask {
  /// One input, read from one line or several.
  associatedtype Query
  /// Gathers queries from lines.
  func queries() throws -> any QueryReader<Query>
  /// Answers all queries, in their order; the work is shared by the team.
  func predict(_ queries: [Query]) throws -> [Prediction]
}

/// Chooses how outputs become text: `--beam` and the like.
package protocol Decoding: Predicting {
  /// Throws a usage `UserError` unless the options make sense for this task.
  func decode(_ options: DecodingOptions) throws
}

/// Shows more than the best answer, each with its probability: `--top-k`.
package protocol Ranking: Predicting {
  func rank(_ count: Int)
}

/// Takes lines for columns of words: `--columns`.
package protocol ColumnReading: Predicting {
  func readColumns()
}

/// Makes other sequences to measure on: `--length`, `--repeats`, `--unseen`.
package protocol Resizable: TrainingTask {
  /// Nil for the length and the repeats of the training, and for the sequences of validation.
  ///
  /// - Parameter unseen: how many sequences that neither trained nor validated.
  func resize(length: Int?, repeats: Int?, unseen: Int?) throws
}

/// Reads one long text in several parts at once: `--streams`.
package protocol StreamReading: TrainingTask {
  func read(streams: Int)
}

/// Has outputs that are logarithms of probabilities near enough: `--self-normalised`.
package protocol SelfNormalising: TrainingTask {
  /// From now on nothing is summed up over all outputs in measuring and scoring. Throws a usage
  /// `UserError` if the model was not trained for that.
  func readSelfNormalised() throws
}

/// Answers together with models of other runs, which know the same vocabularies and labels.
package protocol Ensembling: TrainingTask {
  /// From now on answers are those of all models, each with the same weight. Throws a usage `UserError`
  /// if they do not read the same.
  func join(_ others: [Self]) throws
}

/// Is measured together with them too: probabilities are averaged before anything is counted.
package protocol EnsembleMeasuring: Ensembling {}

extension Ensembling {
  /// - Parameter others: of the same task.
  package func join(any others: [any TrainingTask]) throws {
    try join(others.compactMap { $0 as? Self })
  }
}

/// Writes text of its own.
public protocol Sampling: TrainingTask {
  /// What a text can be asked to be, where it has to be asked.
  var conditions: [String] { get }
  /// Throws a usage `UserError` for a part of the request that makes no sense for this task.
  func sample(_ request: SamplingRequest, write: (String) throws -> Void) throws
}

extension Sampling {
  public var conditions: [String] { [] }
}

public struct SamplingRequest: Sendable {
  /// Text to continue; empty for none.
  public var prompt = ""
  /// The label of the text.
  public var condition: String?
  public var count = 1
  /// Tokens drawn at most.
  public var length = 500
  public var rule = SamplingRule()
  public var seed: UInt64 = 1

  public init() {}
}

/// Writes music of its own.
package protocol Composing: TrainingTask {
  /// Steps of a quarter note.
  var stepsPerQuarter: Int { get }
  /// The music of a MIDI file, at the model's steps. Throws a `UserError` if it has no note.
  func piece(_ url: URL) throws -> PianoRoll
  /// An opening, which may have no step at all, and what follows from it.
  func compose(after opening: PianoRoll, _ request: CompositionRequest) throws -> PianoRoll
}

package struct CompositionRequest: Sendable {
  /// What the piece is to be; nil for anything.
  package var label: String?
  /// Steps to draw.
  package var steps = 64
  package var temperature = 1.0
  package var seed: UInt64 = 1

  package init() {}
}

/// Tells how probable a sentence is.
public protocol Scoring: TrainingTask {
  /// The log-probability of each sentence, and its tokens. Throws a `UserError` naming the place of
  /// one that has none.
  func score(_ sentences: [(text: String, place: String)]) throws -> [SentenceScore]
}

/// Scores sentences together with an n-gram model: `--arpa`.
package protocol Interpolating: Scoring {
  /// - Parameter weight: of the n-grams' probabilities, 0…1.
  func interpolate(with ngrams: NGramModel, weight: Double) throws
}

public struct SentenceScore: Sendable {
  /// In nats.
  public let logProbability: Double
  public let tokens: Int

  public init(logProbability: Double, tokens: Int) {
    self.logProbability = logProbability
    self.tokens = tokens
  }
}

/// Makes a sequence a vector.
package protocol SequenceEmbedding: TrainingTask {
  /// Whether sequences are recordings, and not text.
  var readsAudio: Bool { get }
  /// Numbers of a vector.
  var codeSize: Int { get }
  /// What a query is, in words.
  var queryKind: String { get }
  /// The vectors of all sequences in a file of text or a folder of recordings, in their order.
  ///
  /// - Parameter warn: takes what has no vector there, in a sentence.
  func vectors(of url: URL, _ warn: (String) -> Void) throws -> CodeVectors
  /// The vector of one sequence.
  func vector(ofQuery query: String) throws -> CodeVectors
}

extension SequenceEmbedding {
  package func vectors(of url: URL) throws -> CodeVectors { try vectors(of: url) { _ in } }
}

/// Can be written as graphs that other programs run: `--onnx`.
package protocol GraphExporting: TrainingTask {
  /// One graph, or the parts that have to be run one by one.
  ///
  /// Throws a `UserError` that names the layer which cannot be written.
  func graphs() throws -> [ExportedGraph]
}

/// A graph of a task.
package struct ExportedGraph: Sendable {
  /// What is added to the name of its file, such as `encoder`; empty for a graph that is the whole.
  package let part: String
  package let graph: ONNXGraph
  /// What has to be known beside the weights and is in no file of the run folder: text by name.
  package let notes: [(key: String, value: String)]

  package init(
    part: String = "", _ graph: ONNXGraph, notes: [(key: String, value: String)] = []
  ) {
    self.part = part
    self.graph = graph
    self.notes = notes
  }
}

/// Measures how a loss reaches back through time.
package protocol GradientMeasuring: TrainingTask {
  /// - Parameter files: such data as `evaluate` takes.
  func gradientFlow(_ files: [URL], lags: Int) throws -> GradientFlow
}

/// Shows what each token of its outputs looked at.
package protocol AlignmentShowing: TrainingTask {
  /// Of the first examples; none where the model has no attention.
  func alignments(of examples: Examples, count: Int) -> [AlignmentPlot]
}

extension AlignmentShowing {
  package func alignments(of files: [URL], count: Int) throws -> [AlignmentPlot] {
    alignments(of: try examples(try read(files).first(count)), count: count)
  }
}

/// Has a memory whose use can be drawn.
package protocol MemoryShowing: TrainingTask {
  /// One sequence of those that `evaluate` measures, step by step.
  func memoryTrace() throws -> MemoryTrace
}

/// What a model says of one input.
public struct Prediction: Sendable {
  /// One or more lines, without the last one's end.
  public let text: String
  /// Null where there is nothing to say.
  public let json: JSONValue

  public init(text: String, json: JSONValue) {
    self.text = text
    self.json = json
  }

  package func written(asJSON isJSON: Bool) -> String? {
    if isJSON { json == .null ? nil : "\(json)" } else { text }
  }
}

/// How the outputs of a model become text, as far as the model has a choice.
package struct DecodingOptions: Sendable, Equatable {
  /// Prefixes or hypotheses kept; 0: the best path, greedily.
  package var beam = 0
  /// A run of `unroll train lm` that guides the search.
  package var languageModel: URL?
  package var weight = 0.3
  package var bonus = 0.0
  /// Whether predictions show which frame said what.
  package var showsPath = false
  /// For translators: see `BeamSearchOptions`.
  package var lengthPenalty: Double?
  /// Translations, or sequences of tags, shown of each line.
  package var count: Int?
  /// For taggers: whether predictions show how probable each tag is.
  package var showsConfidence = false
  /// For translators: what stands in the place of unknown words.
  package var replacement: UnknownReplacement?
  /// Whether predictions show what each token looked at.
  package var showsAlignment = false
  /// Where to draw that, of the last line.
  package var plot: URL?

  /// The options that were typed, such as `--beam`.
  package var asked: [String] = []

  package init() {}

  /// Throws a usage `UserError` for an option that the task of this run lacks.
  ///
  /// - Parameter task: `taggers`.
  package func check(for task: String, allowed: Set<String>) throws {
    let foreign = asked.filter { !allowed.contains($0) }
    guard foreign.isEmpty else {
      throw UserError.usage(
        foreign.joined(separator: ", ") + (foreign.count == 1 ? " is" : " are")
          + " not for \(task), which take " + allowed.sorted().joined(separator: ", "),
        hint: "drop \(foreign.count == 1 ? "it" : "them") for this run")
    }
  }
}

/// What an unknown word of a translation becomes.
package enum UnknownReplacement: Sendable, Equatable {
  /// The source word that the decoder looked at most.
  case attention
  /// What a file says of that word, or the word itself: lines `source<TAB>target`.
  case lexicon(URL)
}
