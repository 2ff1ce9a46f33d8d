import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Networks

/// A trained language model as a run folder keeps it.
package struct LanguageModelArchive {
  package let folder: RunFolder
  package let configuration: ResolvedConfiguration
  package let vocabulary: Vocabulary
  package let model: LanguageModel<Float>

  /// Opens the best weights of the run at `url`.
  package init(at url: URL) throws {
    folder = try RunFolder.open(at: url)
    let kind = try folder.jobKind()
    guard kind == .languageModel else {
      throw UserError.usage(
        "'\(url.relativePath)' is a run of 'unroll train \(kind.rawValue)', expected a language model",
        hint: "measure it with unroll eval, or use unroll predict")
    }
    configuration = try LanguageModelJob.configuration(of: folder)
    vocabulary = try Vocabulary(contentsOf: folder.vocabulary)
    let precision = try Precision(checking: configuration)
    model = LanguageModel(
      try LanguageModelConfiguration(configuration, vocabularySize: vocabulary.count),
      precision: precision
    ).allocated(seed: nil)
    try folder.restoreModel(model.parameters)
  }
}
