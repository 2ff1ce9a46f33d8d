import Corpora
import Foundation
import Measures
import Runs

extension RegressionTask {
  public func evaluate(_ examples: RegressionExamples) -> Evaluation {
    if let windows = examples.windows, let form = form.forecast {
      return evaluate(examples.dataset, windows, season: form.season)
    }
    var scores = RegressionScores()
    let (sum, count) = core.reader.read(examples.dataset) { reading in
      let (truth, prediction) = pairs(reading, examples)
      for (truth, prediction) in zip(truth, prediction) {
        scores.add(truth: truth, prediction: prediction)
      }
    }
    let rSquared = scores.rSquared
    let mean = scores.meanSquaredError
    // Of a quantile, what it was trained by, in the targets' unit.
    let loss =
      levels == nil ? mean : sum / Double(count) * (seriesFacts.target ?? .none).deviation
    return Evaluation(
      score: Score(
        loss: loss, unit: .number,
        figures: [Figure("mae", scores.meanAbsoluteError, .number, .lowerIsBetter)]
          + (levels == nil ? [] : [Figure("mse", mean, .number, .lowerIsBetter)])
          + (rSquared.map { [Figure("r2", $0, .number, .higherIsBetter)] } ?? []),
        count: scores.count,
        text: (levels == nil ? "" : String(format: "quantile loss %.6f  ", loss))
          + String(format: "MSE %.6f  MAE %.6f", mean, scores.meanAbsoluteError)
          + (rSquared.map { String(format: "  R² %.4f", $0) } ?? "")))
  }

  /// Forecasts in the series' own unit; the loss is that of the scale that the model sees.
  private func evaluate(
    _ data: SequenceDataset, _ windows: ForecastWindows, season: Int
  ) -> Evaluation {
    var scores = ForecastScores(season: season)
    var inside = 0
    let (sum, count) = core.reader.read(data) { reading in
      let truth = windows.truth(reading.example).map(Double.init)
      let steps = forecast(reading.outputs[0], windows.scale(reading.example))
      scores.add(
        truth: truth, prediction: steps.map { $0[middle] },
        history: windows.history(reading.example).map(Double.init))
      inside += zip(truth, steps).count { value, quantiles in
        // No range: what is no number has no place in one.
        value >= (quantiles.first ?? value) && value <= (quantiles.last ?? value)
      }
    }
    let loss = sum / Double(count)
    let scaled = scores.meanAbsoluteScaledError
    var figures = [
      Figure("mae", scores.meanAbsoluteError, .number, .lowerIsBetter),
      Figure("rmse", scores.rootMeanSquaredError, .number, .lowerIsBetter),
      Figure("naive_mae", scores.naiveMeanAbsoluteError, .number, nil),
    ]
    if let scaled { figures.append(Figure("mase", scaled, .number, .lowerIsBetter)) }
    var text = String(
      format: "loss %.6f  MAE %.4f  RMSE %.4f", loss, scores.meanAbsoluteError,
      scores.rootMeanSquaredError)
    if let scaled { text += String(format: "  MASE %.4f", scaled) }
    text += String(format: "  (last season again: MAE %.4f)", scores.naiveMeanAbsoluteError)
    if let levels, levels.count > 1 {
      let coverage = Double(inside) / Double(scores.count)
      figures.append(Figure("coverage", coverage, .share, nil))
      text += String(
        format: "  %.1f %% between %g and %g", 100 * coverage, levels[0], levels[levels.count - 1])
    }
    return Evaluation(
      score: Score(loss: loss, unit: .number, figures: figures, count: scores.count, text: text))
  }

  /// The place of the median, or of the quantile next to it, among those of a number.
  var middle: Int {
    guard let levels else { return 0 }
    return levels.indices.min { abs(levels[$0] - 0.5) < abs(levels[$1] - 0.5) } ?? 0
  }

  /// The quantiles of each step that is forecast, rising, or its only number.
  func forecast(_ outputs: [Float], _ scale: Scale) -> [[Double]] {
    let size = levels?.count ?? 1
    return stride(from: 0, to: outputs.count, by: size).map { step in
      // Nothing keeps learnt quantiles from crossing.
      outputs[step..<step + size].sorted().map(scale.undone)
    }
  }

  /// That on which an output of a step is predicted.
  func scale(ofOutput place: Int) -> Scale {
    if !form.predictsEveryStep { return seriesFacts.target ?? .none }
    return seriesFacts.channels.indices.contains(place) ? seriesFacts.channels[place] : .none
  }
}
