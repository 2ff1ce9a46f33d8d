import Compute
import Foundation
import Interchange
import Measures
import Runs

/// What a run's best model does on data: figures, pictures, examples.
package struct RunMeasurement: Sendable {
  let json: JSONValue
  let pictures: [JSONValue]

  private static let alignments = 3
  private static let examples = 12
  private static let lags = 50

  /// Evaluates the model on `files`, in the format that it was trained on; what its task can show beside is
  /// shown.
  ///
  /// - Parameter tell: is told what could not be shown, and why.
  package init(_ task: any TrainingTask, on files: [URL], tell: (String) -> Void) throws {
    self = try Self.measured(task, files, tell)
  }

  private init(json: JSONValue, pictures: [JSONValue]) {
    (self.json, self.pictures) = (json, pictures)
  }

  private static func measured<Task: TrainingTask>(
    _ task: Task, _ files: [URL], _ tell: (String) -> Void
  ) throws -> RunMeasurement {
    let evaluation = try task.evaluate(files, tell: tell)
    var pictures: [JSONValue] = []
    if let confusion = evaluation.confusion {
      let text = confusion.classes.count <= 60 ? confusion.table : ""
      pictures.append(
        .picture("Which class was taken for which", ConfusionPlot(confusion).svg, text: text))
    }
    func trying(_ what: String, _ body: () throws -> Void) {
      do { try body() } catch {
        tell("no \(what): \((error as? UserError)?.message ?? "\(error)")")
      }
    }
    if let showing = Abilities.alignmentShowing.of(task) {
      trying("alignments") {
        for plot in try showing.alignments(of: files, count: alignments) {
          pictures.append(.picture("What was looked at", plot.svg))
        }
      }
    }
    if let measuring = Abilities.gradientMeasuring.of(task) {
      trying("gradients") {
        let flow = try measuring.gradientFlow(files, lags: lags)
        pictures.append(
          .picture(
            "Gradients through time", GradientPlot([("gradient", flow)]).svg, text: flow.report))
      }
    }
    var listing = PredictionListing([])
    if let able = Abilities.listing.of(task) {
      trying("examples") { listing = try able.listing(of: files, first: examples) }
    }
    let figures = evaluation.score.all.filter { $0.direction != nil }
    return RunMeasurement(
      json: [
        "files": .strings(files.map(\.lastPathComponent)),
        "figures": .array(
          figures.map { ["key": .string($0.key), "value": .short($0.value)] }),
        "columns": .strings(listing.columns),
        "examples": .array(listing.rows.prefix(examples).map(JSONValue.strings)),
      ], pictures: pictures)
  }
}
