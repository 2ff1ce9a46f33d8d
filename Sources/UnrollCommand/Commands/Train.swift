import ArgumentParser
import TaskCommands

struct Train: ParsableCommand {
  /// Tasks whose options are generated from their settings; in the order of the reference.
  static var tasks: [any TrainableTask.Type] { [] }

  static let configuration = CommandConfiguration(
    abstract: "Trains a model.",
    discussion: "Continue any run, whatever it trains, with: unroll train --resume RUN",
    subcommands: [
      TrainLanguageModel.self, TrainTranscriber.self, TrainTranslator.self, TrainAutoencoder.self,
      TrainAnswerer.self, TrainClassifier.self, TrainTagger.self, TrainRegression.self,
      TrainComposer.self, TrainAdding.self, TrainCopy.self, TrainParity.self,
      TrainTemporalOrder.self,
      TrainRecall.self,
    ] + tasks.map { $0.command }, defaultSubcommand: TrainLanguageModel.self)
}
