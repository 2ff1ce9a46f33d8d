import ArgumentParser
import Foundation
import TaskCommands
import Unroll

struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints the log-probability of each sentence on standard input.",
    discussion: """
      One sentence a line. It is scored as a line of the training text: after a line's end, and \
      with the line's end at its own end. Natural logarithms.

      With --ids a line is one of several readings of a sentence, and says which: 'id ||| text ||| …' \
      (bars) or 'id text' (blank). The score goes behind the line, or in the place of the text; with \
      --best only the most probable reading of lines with the same id is printed.

      With --arpa the probability of every word is a mean of the model's and an n-gram model's, in which \
      the n-grams weigh --weight.
      """)

  @Argument(
    help: ArgumentHelp(
      "The run folder; of several, whose probabilities of words are averaged.", valueName: "run"))
  var folders: [String]
  @OptionGroup var team: TeamOptions
  @Option(help: "Lines begin with the id of a sentence.") var ids: HypothesisForm?
  @Flag(help: "Print the most probable of the readings that follow each other with one id.")
  var best = false
  @Option(
    help: ArgumentHelp("An n-gram model in ARPA's format, for runs of words.", valueName: "file"),
    completion: .file())
  var arpa: String?
  @Option(parsing: .unconditional, help: "Weight of the n-grams' probabilities. (default: 0.5)")
  var weight: Double?
  @Flag(
    help:
      "For --output nce: take outputs for logarithms of probabilities, without a sum over the vocabulary."
  ) var selfNormalised = false
  @Flag(help: "Print one JSON object a sentence.") var json = false
  @Flag(help: "Give 'nan' for a sentence that cannot be scored, and go on.") var skipBad = false

  func validate() throws {
    if best, ids == nil { throw ValidationError("--best needs --ids.") }
    if weight != nil, arpa == nil { throw ValidationError("--weight needs --arpa.") }
    if let weight, !(0...1).contains(weight) {
      throw ValidationError("--weight must be 0...1, found \(weight).")
    }
  }

  func run() throws {
    let run = try OpenedRun(folders, team: try team.team)
    let task = try run.ability(Abilities.scoring, for: "unroll score")
    if selfNormalised {
      try run.ability(Abilities.selfNormalising, for: "--self-normalised").readSelfNormalised()
    }
    if let arpa {
      try run.ability(Abilities.interpolating, for: "--arpa").interpolate(
        with: NGramModel(arpa: URL(typed: arpa)), weight: weight ?? 0.5)
    }
    let input = LineReader.standardInput()
    var readings: [Reading] = []
    var number = 0
    let skipped = SkippedLines()
    var output = ScoreOutput(json: json, best: best)
    while let (line, fault) = try input.nextLine() {
      number += 1
      do {
        let reading = try Reading(line, ids, at: "line \(number) of standard input")
        if let fault { throw fault }
        readings.append(reading)
      } catch let error as UserError {
        // What came before it is answered first.
        output.show(readings, try scores(readings[...], task, skipped))
        readings = []
        guard skipBad else {
          output.finish()
          throw error
        }
        skipped.tell(error)
        if fault != nil, let reading = try? Reading(line, ids, at: "line \(number)") {
          output.show([reading], [nil])
        }
        continue
      }
      // Enough to fill minibatches of equal lengths; no more, so that output flows.
      if readings.count == 1024 || !input.hasLine {
        output.show(readings, try scores(readings[...], task, skipped))
        readings = []
      }
    }
    output.show(readings, try scores(readings[...], task, skipped))
    output.finish()
    skipped.finish()
  }

  /// The score of each sentence; nil for one that is passed over. Halves find the bad ones, before
  /// anything is computed.
  private func scores(
    _ readings: ArraySlice<Reading>, _ task: any Scoring, _ skipped: SkippedLines
  ) throws -> [SentenceScore?] {
    do {
      return try task.score(readings.map { ($0.text, $0.place) })
    } catch let error as UserError where skipBad {
      guard readings.count > 1 else {
        skipped.tell(error)
        return [nil]
      }
      let middle = readings.startIndex + readings.count / 2
      return try scores(readings[..<middle], task, skipped)
        + scores(readings[middle...], task, skipped)
    }
  }
}
