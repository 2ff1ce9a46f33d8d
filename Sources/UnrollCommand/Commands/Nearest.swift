import ArgumentParser
import Foundation
import TaskCommands
import Unroll

struct Nearest: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds the sequences whose vectors are nearest to a query's, by the cosine.",
    discussion: """
      A query is a sentence for a run of sentences, a document with line feeds between its sentences \
      for a hierarchical one, the path of a WAV file for a run of recordings. What is searched are \
      the sequences of a file or folder, or vectors that 'unroll embed' wrote.
      """)

  @Argument(help: ArgumentHelp("The run folder.", valueName: "run")) var folder: String
  @Option(
    parsing: .unconditionalSingleValue, help: "What to search for; may be repeated.")
  var query: [String]
  @OptionGroup var sequences: SequenceArguments
  @Option(help: "Vectors to search, an .npy file with its names beside it.") var vectors: String?
  @Option(parsing: .unconditional, help: "How many to show.") var count = 10
  @OptionGroup var team: TeamOptions
  @Flag(help: "Print one JSON object a query.") var json = false

  func validate() throws {
    if count < 1 { throw ValidationError("--count must be at least 1, found \(count).") }
    if vectors != nil, sequences.text != nil || sequences.audio != nil {
      throw ValidationError("--vectors takes the place of --text and --audio.")
    }
  }

  func run() throws {
    let team = try team.team
    let model = try OpenedRun(folder, team: team)
      .ability(Abilities.embedding, for: "unroll nearest")
    // Before the set is read: it may be large.
    let queries = try query.map { try model.vector(ofQuery: $0) }
    let set =
      try vectors.map {
        try CodeVectors(contentsOf: URL(typed: $0)) {
          Output.standardError.write("warning: \($0)\n")
        }
      }
      ?? model.vectors(of: try sequences.url(for: model))
    guard set.columns == model.codeSize else {
      throw UserError.usage(
        "'\(vectors ?? "")' holds vectors of \(set.columns) numbers, the run makes "
          + "\(model.codeSize)", hint: "write them with unroll embed and the same run")
    }
    for (text, vector) in zip(query, queries) {
      let found = set.nearest(to: vector[0], limit: count, team: team)
      json ? show(json: text, found, set) : show(text, found, set)
    }
  }

  private func show(_ text: String, _ found: [CodeVectors.Neighbour], _ set: CodeVectors) {
    if query.count > 1 { Output.standardOutput.write("\(text)\n") }
    for (rank, neighbour) in found.enumerated() {
      Output.standardOutput.write(
        String(format: "%3ld  %.4f  ", rank + 1, neighbour.similarity)
          + set.names[neighbour.index] + "\n")
    }
  }

  private func show(json text: String, _ found: [CodeVectors.Neighbour], _ set: CodeVectors) {
    let nearest = found.enumerated().map { rank, neighbour -> JSONValue in
      [
        "rank": .integer(rank + 1), "similarity": .number(neighbour.similarity),
        "index": .integer(neighbour.index), "item": .string(set.names[neighbour.index]),
      ]
    }
    let object: JSONValue = ["query": .string(text), "nearest": .array(nearest)]
    Output.standardOutput.write("\(object)\n")
  }
}
