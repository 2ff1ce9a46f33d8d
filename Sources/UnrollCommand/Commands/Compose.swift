import ArgumentParser
import Foundation
import TaskCommands
import Unroll

struct Compose: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Composes music and writes it as a Standard MIDI file.",
    discussion: """
      The run is one of unroll train compose. It begins with nothing, with a label, with a note or \
      chord, or with the music of a MIDI file, and goes on with what it draws itself. A note that sounds at two \
      steps running is held.
      """)

  @Argument(help: ArgumentHelp("The run folder.", valueName: "run")) var folder: String
  @Option(help: "The MIDI file to write.") var out: String
  @Option(help: "What the piece is to be: one of the labels it was trained with.")
  var label: String?
  @Option(help: ArgumentHelp("First note or chord: C4 or 60 or C4,E4,G4.", valueName: "notes"))
  var from: String?
  @Option(help: ArgumentHelp("MIDI file to go on from.", valueName: "file")) var seedFile: String?
  @Option(parsing: .unconditional, help: "Steps to draw.") var steps = 64
  @Option(
    parsing: .unconditional,
    help: "Below 1 bolder, above 1 wilder; 0: every key that is more probable than not.")
  var temperature = 1.0
  @Option(parsing: .unconditional, help: "Seed of the draws.") var seed: UInt64 = 1
  @Option(parsing: .unconditional, help: "Quarter notes a minute.") var tempo = 90.0
  @Flag(help: "Print the notes of each step as one JSON object.") var json = false

  func validate() throws {
    if steps < 0 || steps > 1 << 20 {
      throw ValidationError("--steps must be 0...\(1 << 20), found \(steps).")
    }
    if !(temperature >= 0 && temperature.isFinite) {
      throw ValidationError("--temperature must be 0 or more, found \(temperature).")
    }
    if !(4...1000).contains(tempo) {
      throw ValidationError("--tempo must be 4...1000, found \(tempo).")
    }
    if from != nil, seedFile != nil {
      throw ValidationError("--from and --seed-file are two beginnings: name one.")
    }
  }

  func run() throws {
    try OutputFiles.check(
      [("--out", out)], reading: [("--seed-file", [seedFile].compactMap(\.self))])
    let task = try OpenedRun(folder, team: WorkerTeam(count: 1))
      .ability(Abilities.composing, for: "unroll compose")
    var opening = PianoRoll()
    if let from { opening.append(try NoteName.parse(list: from)) }
    if let seedFile { opening = try task.piece(URL(typed: seedFile)) }
    var request = CompositionRequest()
    request.label = label
    request.steps = steps
    request.temperature = temperature
    request.seed = seed
    let music = try task.compose(after: opening, request)
    try MIDIFile(
      music, stepsPerQuarter: task.stepsPerQuarter, beatsPerMinute: tempo
    ).write(to: URL(typed: out))
    if json {
      let notes = music.steps.map { JSONValue.array($0.map { .integer(Int($0)) }) }
      let object: JSONValue = ["file": .string(out), "steps": .array(notes)]
      Output.beside([out]).write("\(object)\n")
    } else {
      Output.beside([out]).write(
        "\(music.stepCount) steps, \(music.noteCount) notes in '\(out)'\n")
    }
  }
}
