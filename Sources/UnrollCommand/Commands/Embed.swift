import ArgumentParser
import Foundation
import TaskCommands
import Unroll

struct Embed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the vectors that a run of 'unroll train autoencode' makes of sequences.",
    discussion: """
      Beside VECTORS.npy stand the names as VECTORS.txt, one a line: the sentences, the first \
      sentences of documents, or the paths of recordings inside their folder. They are in VECTORS.npy \
      too, after the numbers, where numpy reads no more: the two always belong together.
      """)

  @Argument(help: ArgumentHelp("The run folder.", valueName: "run")) var folder: String
  @OptionGroup var sequences: SequenceArguments
  @Option(help: "File of the vectors, in numpy's .npy format.") var out: String?
  @Option(help: "File of the vectors as lines 'name<TAB>number<TAB>…'.") var tsv: String?
  @OptionGroup var team: TeamOptions

  func validate() throws {
    if out == nil, tsv == nil { throw ValidationError("Name a file with --out or --tsv.") }
  }

  func run() throws {
    let model = try OpenedRun(folder, team: try team.team)
      .ability(Abilities.embedding, for: "unroll embed")
    let source = try sequences.url(for: model)
    // Names go to a file beside the vectors, which is easily the text's.
    let names = try out.map { CodeVectors.namesFile(of: try URL(typed: $0)).path }
    try OutputFiles.check(
      [("--out", out), ("--out", names), ("--tsv", tsv)],
      reading: [(model.readsAudio ? "--audio" : "--text", [source.path])])
    let vectors = try model.vectors(of: source) {
      Output.standardError.write("warning: \($0)\n")
    }
    if let out { try vectors.write(to: URL(typed: out)) }
    if let tsv { try vectors.writeTable(to: URL(typed: tsv)) }
    Output.standardError.message("\(vectors.count) vectors of \(vectors.columns) numbers")
  }
}

/// Where sequences are, of the kind that a run reads.
struct SequenceArguments: ParsableArguments {
  @Option(help: "File of sentences, one a line, for a run of text.") var text: String?
  @Option(help: "Folder of WAV files, for a run of recordings.") var audio: String?

  func validate() throws {
    if text != nil, audio != nil { throw ValidationError("Use either --text or --audio.") }
  }

  /// Throws a usage `UserError` unless the option that the run needs was used.
  func url(for model: any SequenceEmbedding) throws -> URL {
    guard let path = model.readsAudio ? audio : text else {
      let given = text ?? audio
      throw UserError.usage(
        given.map { "the run reads \(model.readsAudio ? "recordings" : "text"), not '\($0)'" }
          ?? "no sequences to make vectors of",
        hint: model.readsAudio ? "name a folder with --audio" : "name a file with --text")
    }
    return try URL(typed: path)
  }
}
