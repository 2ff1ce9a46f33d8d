import Compute
import Corpora
import Foundation

/// What a classifier learns from and is validated on.
struct ClassificationCorpus {
  let labels: LabelSet
  /// Of the training part; nil for series of numbers.
  let vocabulary: Vocabulary?
  let training: SequenceDataset
  let validation: SequenceDataset?
  /// Labels that are empty or seen once, in sentences.
  let warnings: [String]

  /// Reads the table `data`.
  init(_ configuration: ResolvedConfiguration) throws {
    let form = ClassificationForm(configuration)
    guard let path = configuration.path("data.train") else {
      throw UserError.usage("no data to train on", hint: "name a file or folder with --data")
    }
    let data = try ClassificationData.read(
      path, labels: configuration.path("data.labels"), form: form)
    guard data.labels.count > 1 else {
      throw UserError(
        "'\(path.relativePath)' has the single label '\(data.labels.names.first ?? "")', "
          + "expected at least two", hint: "add examples of another label")
    }
    labels = data.labels
    warnings = data.warnings
    if let valid = configuration.path("data.valid") {
      vocabulary = try data.vocabulary(Array(0..<data.count), form: form)
      training = try data.dataset(vocabulary, form: form)
      validation = try ClassificationData.read(
        valid, labels: configuration.path("data.valid_labels"), form: form, known: labels
      ).dataset(vocabulary, form: form)
    } else {
      let split = try DataSplit.heldOut(
        configuration.number("data.valid_fraction"), of: data.count,
        seed: UInt64(configuration.integer("data.split_seed")), strata: data.strata)
      vocabulary = try data.vocabulary(split.training, form: form)
      let all = try data.dataset(vocabulary, form: form)
      training = all.subset(split.training)
      validation = split.heldOut.isEmpty ? nil : all.subset(split.heldOut)
    }
  }
}

extension ResolvedConfiguration {
  /// The path that an option names; nil if it is empty.
  func path(_ key: String) -> URL? {
    let path = string(key)
    return path.isEmpty ? nil : URL(fileURLWithPath: path)
  }
}
