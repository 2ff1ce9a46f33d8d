import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel

/// A trained classifier as its run folder keeps it.
package struct TrainedClassifier: TrainedModel {
  package let classifier: Classifier
  private let form: ClassificationForm
  private let reader: SequenceReader
  private let configuration: ResolvedConfiguration

  package init(_ folder: RunFolder, team: WorkerTeam) throws {
    configuration = try ClassificationJob.configuration(of: folder)
    form = ClassificationForm(configuration)
    let readsText = FileManager.default.fileExists(atPath: folder.vocabulary.path)
    classifier = try Classifier(
      configuration, labels: LabelSet(contentsOf: folder.labels),
      vocabulary: readsText ? Vocabulary(contentsOf: folder.vocabulary) : nil,
      width: readsText ? nil : folder.inputWidth(), seed: 0)
    try folder.restoreModel(classifier.model.parameters)
    reader = SequenceReader(classifier.model, team: team)
  }

  /// - Parameter files: the data, and for IDX images then their labels.
  package func evaluate(_ files: [URL]) throws -> Evaluation {
    classifier.evaluate(try read(files), reader)
  }

  package func gradientFlow(_ files: [URL], lags: Int, team: WorkerTeam) throws -> GradientFlow {
    try GradientFlow(classifier.model, try read(files), lags: lags, team: team)
  }

  private func read(_ files: [URL]) throws -> SequenceDataset {
    guard let first = files.first, files.count <= 2 else {
      throw UserError.usage(
        "found \(files.count) files, expected the data (and the labels of IDX images)",
        hint: "name it with --data")
    }
    let data = try ClassificationData.read(
      first, labels: files.count > 1 ? files[1] : nil, form: form, known: classifier.labels)
    return try data.dataset(classifier.vocabulary, form: form)
  }

  /// One text a line, or one row of numbers separated by commas.
  package func predict(
    _ nextLine: () throws -> String?, emit: (Prediction) throws -> Void
  ) throws {
    var number = 0
    while let line = try nextLine() {
      number += 1
      let dataset = SequenceDataset(try inputs(line, number), .none)
      var prediction: Prediction?
      reader.read(dataset) { prediction = classifier.prediction($0) }
      if let prediction { try emit(prediction) }
    }
  }

  private func inputs(_ line: String, _ number: Int) throws -> SequenceDataset.Inputs {
    if let vocabulary = classifier.vocabulary {
      return try form.inputs([line], vocabulary) { _ in "standard input line \(number)" }
    }
    guard case .vectors(let width) = classifier.model.configuration.input else {
      preconditionFailure("no vocabulary for tokens")
    }
    return .vectors(try VectorSequences(parsing: line, width: width, place: "line \(number)"))
  }
}

extension RunFolder {
  /// Columns of what the first recurrent layer reads.
  func inputWidth() throws -> Int {
    try SafetensorsFile.open(model).tensor("rnn.weight_ih_l0").shape.last ?? 1
  }
}

extension VectorSequences {
  /// One sequence of numbers separated by commas. Throws a `UserError` naming place and column.
  init(parsing line: String, width: Int, place: String) throws {
    self.init(width: width)
    let fields = line.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = try fields.enumerated().map { column, field -> Float in
      let text = field.trimmingCharacters(in: .whitespaces)
      guard let number = Float(text), number.isFinite else {
        throw UserError(
          "\(place), column \(column + 1): found '\(text)', expected a finite number")
      }
      return number
    }
    guard numbers.count.isMultiple(of: width) else {
      throw UserError(
        "\(place): found \(numbers.count) numbers, expected a multiple of \(width), "
          + "the numbers of a step")
    }
    append(numbers)
  }
}
