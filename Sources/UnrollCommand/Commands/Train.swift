import ArgumentParser

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains a model.",
    discussion: "Continue any run, whatever it trains, with: unroll train --resume RUN",
    subcommands: [
      TrainLanguageModel.self, TrainTranscriber.self, TrainClassifier.self, TrainTagger.self,
      TrainAutoencoder.self,
      TrainRegression.self, TrainComposer.self, TrainAdding.self, TrainCopy.self, TrainParity.self,
      TrainTemporalOrder.self,
    ], defaultSubcommand: TrainLanguageModel.self)
}
