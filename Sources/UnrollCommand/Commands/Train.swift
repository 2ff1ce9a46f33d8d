import ArgumentParser

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains a model.",
    discussion: "Continue any run, whatever it trains, with: unroll train --resume RUN",
    subcommands: [
      TrainLanguageModel.self, TrainTranscriber.self, TrainTranslator.self, TrainAutoencoder.self,
      TrainAnswerer.self, TrainClassifier.self, TrainTagger.self, TrainRegression.self,
      TrainComposer.self, TrainAdding.self, TrainCopy.self, TrainParity.self,
      TrainTemporalOrder.self,
      TrainRecall.self,
    ], defaultSubcommand: TrainLanguageModel.self)
}
