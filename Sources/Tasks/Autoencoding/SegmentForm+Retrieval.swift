import Compute
import Corpora
import Foundation
import Interchange
import Measures

/// Query by example: how well vectors find recordings of the same.
extension SegmentForm {
  /// With labels of the recordings, or labels in their files' names up to the first `_`, retrieval is
  /// measured too.
  func evaluate(_ examples: AutoencodingExamples) throws -> Evaluation {
    let recordings = examples.recordings
    let score = score(examples)
    guard let labels = recordings.labels ?? recordings.labelsInNames,
      let found = RetrievalScores(vectors(of: examples), labels: labels, team: team),
      let baseline = RetrievalScores(
        try averagedFrames(of: recordings), labels: labels, team: team)
    else { return Evaluation(score: score, report: "no two recordings with the same label") }
    func line(_ what: String, _ scores: RetrievalScores) -> String {
      String(
        format: "%@: mean average precision %.2f %%, nearest right %.2f %%", what,
        100 * scores.meanAveragePrecision, 100 * scores.precisionAtOne)
    }
    return Evaluation(
      score: score,
      report: "query by example, each of \(found.queryCount) recordings against all others\n"
        + line("vectors", found) + "\n" + line("averaged frames", baseline),
      details: [
        .init("map", .number(found.meanAveragePrecision)),
        .init("precision_at_1", .number(found.precisionAtOne)),
        .init("averaged_frames_map", .number(baseline.meanAveragePrecision)),
        .init("averaged_frames_precision_at_1", .number(baseline.precisionAtOne)),
        .init("queries", .integer(found.queryCount)),
      ])
  }

  /// What the vectors are measured against: the mean of a recording's frames. These are not
  /// normalised within the recording, where every mean would be 0, but over all recordings.
  private func averagedFrames(of recordings: Recordings) throws -> CodeVectors {
    var raw = features
    raw.isNormalized = false
    let files = recordings.utterances.files
    let sequences = try Utterances(
      files, in: recordings.folder, raw, sampleRate: format.sampleRate, team: team
    ).sequences
    let width = sequences.width
    let scales = Scale.ofChannels(sequences)
    var values: [Float] = []
    for index in 0..<sequences.count {
      var sum = [Double](repeating: 0, count: width)
      for (place, value) in sequences[index].enumerated() { sum[place % width] += Double(value) }
      let length = Double(sequences[index].count / width)
      for (column, scale) in scales.enumerated() {
        values.append(Float((sum[column] / length - scale.mean) / scale.deviation))
      }
    }
    return CodeVectors(names: files, columns: width, values: values)
  }
}
