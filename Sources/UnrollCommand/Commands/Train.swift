import ArgumentParser

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains a model.",
    discussion: "Continue any run, whatever it trains, with: unroll train --resume RUN",
    subcommands: [TrainLanguageModel.self], defaultSubcommand: TrainLanguageModel.self)
}
