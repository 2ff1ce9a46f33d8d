import TestSupport
import Testing
import Unroll

@Suite struct ValidationReportTests {
  /// The loss of the training beside that of the validation is the mean over all examples since the last one.
  @Test func trainingLossIsTheMeanSinceTheLastValidation() throws {
    let runs = try TargetRuns()
    defer { withExtendedLifetime(runs) {} }
    let run = try runs.begin("run", ["train.eval_every": "5"])
    var (sum, count, validations) = (0.0, 0, 0)
    _ = try run.train { event in
      switch event {
      case .updated(let report):
        sum += report.loss * Double(report.tokens)
        count += report.tokens
      case .validated(let report):
        let loss = report.trainingLoss ?? .nan
        #expect(abs(loss - sum / Double(count)) < 1e-12 * loss)
        (sum, count, validations) = (0, 0, validations + 1)
      default: break
      }
    }
    #expect(validations == 7)
  }
}
