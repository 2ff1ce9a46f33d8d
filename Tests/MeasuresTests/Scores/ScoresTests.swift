import Foundation
import Interchange
import Measures
import Testing

private let third = 1.0 / 3

struct ConfusionMatrixTests {
  /// truth 0 0 0 1 1 2 with predictions 0 1 0 1 0 1; class d is neither there nor predicted.
  private var matrix: ConfusionMatrix {
    var matrix = ConfusionMatrix(classes: ["a", "bee", "c", "d"])
    for (truth, prediction) in [(0, 0), (0, 1), (0, 0), (1, 1), (1, 0), (2, 1)] {
      matrix.add(truth: truth, prediction: prediction)
    }
    return matrix
  }

  @Test func scoresAreThoseOfTheDefinition() {
    #expect(matrix.accuracy == 0.5)
    #expect(matrix.microF1 == 0.5)
    let scores = matrix.classScores
    #expect(scores.map(\.precision) == [2 * third, third, 0, 0])
    #expect(scores.map(\.recall) == [2 * third, 0.5, 0, 0])
    #expect(scores.map(\.f1) == [2 * third, 0.4, 0, 0])
    // The class that never occurs does not count, the one that is never right does.
    #expect(matrix.macroF1 == (2 * third + 0.4) / 3)
  }

  /// As in scikit-learn: a class that is only ever predicted, wrongly, has an F1 of 0 and counts.
  @Test func macroF1CountsClassesThatOccurInPredictionsOnly() {
    var matrix = ConfusionMatrix(classes: ["a", "b", "c", "d"])
    for (truth, prediction) in [(0, 0), (0, 2), (1, 1)] {
      matrix.add(truth: truth, prediction: prediction)
    }
    #expect(matrix.classScores.map(\.f1) == [2 * third, 1, 0, 0])
    #expect(matrix.macroF1 == (2 * third + 1) / 3)
  }

  @Test func theTableIsAligned() {
    #expect(
      matrix.table == """
          truth 1 2 3 4  recall    prec      F1
        1 a     2 1 . .    66.7    66.7    66.7
        2 bee   1 1 . .    50.0    33.3    40.0
        3 c     . 1 . .     0.0     0.0     0.0
        4 d     . . . .     0.0     0.0     0.0

        """)
  }

  @Test func jsonHoldsEverything() throws {
    let json = matrix.json
    #expect(json["accuracy"]?.number == 0.5)
    #expect(json["confusion"]?.array?[0] == .array([2, 1, 0, 0].map { .integer($0) }))
    #expect(json["classes"]?.array?[1]["recall"]?.number == 0.5)
    #expect(json["empty_classes"] == .array([.string("d")]))
    #expect(try JSONValue(parsing: json.description)["classes_seen_once"] == .array([.string("c")]))
    // Without examples there is no accuracy, and JSON says so.
    #expect(ConfusionMatrix(classes: ["a"]).json.description.contains("\"accuracy\":null"))
  }

  /// A square of 60,000 classes would be 28.8 GB.
  @Test func manyClassesCostNoSquare() {
    var matrix = ConfusionMatrix(classes: (0..<60_000).map { "c\($0)" })
    for (truth, prediction) in [(59_999, 7), (3, 3), (59_999, 7)] {
      matrix.add(truth: truth, prediction: prediction)
    }
    #expect(matrix[59_999, 7] == 2 && matrix[7, 59_999] == 0)
    #expect(matrix.accuracy == third && matrix.macroF1 == third)
    let json = matrix.json
    #expect(json["confusion"] == nil)
    #expect(json["confusion_cells"]?.description == "[[3,3,1],[59999,7,2]]")
    let rows = matrix.table.split(separator: "\n")
    #expect(rows.count == 60_001)
    #expect(rows[4] == "    4 c3       100.0   100.0   100.0")
  }
}

struct MultiLabelScoresTests {
  @Test func scoresAreThoseOfTheDefinition() {
    var scores = MultiLabelScores(labels: ["a", "b", "c", "d"])
    scores.add(truth: [0, 1], probabilities: [0.9, 0.4, 0.1, 0])
    scores.add(truth: [], probabilities: [0.5, 0.2, .nan, 0])
    scores.add(truth: [1], probabilities: [0.1, 0.7, 0.499, 0])
    #expect(scores.overall.correct == 2 && scores.overall.predicted == 3)
    #expect(scores.overall.precision == 2 * third)
    #expect(scores.overall.recall == 2 * third)
    #expect(scores.counts.map(\.f1) == [2 * third, 2 * third, 0, 0])
    #expect(scores.macroF1 == 2 * third)
    #expect(scores.exactMatch == third)
    #expect(scores.emptyLabels == ["c", "d"])
    #expect(scores.labelsSeenOnce == ["a"])
    #expect(scores.json["micro"]?["f1"]?.number == 2 * third)
  }
}

extension MultiLabelScoresTests {
  @Test func macroF1CountsLabelsThatOccurInPredictionsOnly() {
    var scores = MultiLabelScores(labels: ["a", "b", "c"])
    scores.add(truth: [0], probabilities: [0.9, 0.6, 0.1])
    scores.add(truth: [0], probabilities: [0.8, 0.2, 0.3])
    #expect(scores.counts.map(\.f1) == [1, 0, 0])
    #expect(scores.macroF1 == 0.5)
  }
}

struct RegressionScoresTests {
  @Test func scoresAreThoseOfTheDefinition() {
    var scores = RegressionScores()
    // A large mean must not cost digits.
    for (truth, prediction) in [(1.0, 1.5), (2, 2), (3, 2), (6, 6.5)] {
      scores.add(truth: 1e9 + truth, prediction: 1e9 + prediction)
    }
    #expect(scores.meanSquaredError == 1.5 / 4)
    #expect(scores.meanAbsoluteError == 0.5)
    #expect(abs((scores.rSquared ?? 0) - (1 - 1.5 / 14)) < 1e-12)
    var constant = RegressionScores()
    constant.add(truth: 1, prediction: 2)
    #expect(constant.rSquared == nil)
    #expect(constant.json.description == #"{"count":1,"mse":1.0,"mae":1.0,"r2":null}"#)
  }
}

struct LikelihoodScoresTests {
  @Test func nllIsTheSumOverKeysPerStep() {
    var scores = LikelihoodScores()
    scores.add(logits: [0, 0, 0], truth: [1, 0, 1])
    #expect(abs(scores.nllPerStep - 3 * log(2)) < 1e-15)
    scores.add(logits: [2, -1, 0.5], truth: [1, 1, 0])
    let second = -log(1 / (1 + exp(-2.0))) - log(1 / (1 + exp(1.0))) - log(1 / (1 + exp(0.5)))
    #expect(abs(scores.total - 3 * log(2) - second) < 1e-14)
    #expect(scores.stepCount == 2)
    var extreme = LikelihoodScores()
    extreme.add(logits: [1e4, -1e4, 1e4], truth: [1, 0, 0])
    #expect(extreme.nllPerStep == 1e4)
  }
}
