import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Runs

@_cdecl("unroll_predict")
public func unrollPredict(
  _ run: Int64, _ inputs: UnsafePointer<CChar>?, _ text: TextPlace?
) -> Int32 {
  Call.answer(text) {
    var lines = try JSONValue.strings(from: inputs, "the inputs")[...]
    var answers: [JSONValue] = []
    try OpenRuns.run(run).use(as: Abilities.predicting, for: "predict") { task in
      try task.predict(
        { lines.popFirst() }, isReady: { true }, named: "input"
      ) { answers.append($0.json) }
    }
    return "\(JSONValue.array(answers))"
  }
}

@_cdecl("unroll_predict_series")
public func unrollPredictSeries(
  _ run: Int64, _ values: UnsafePointer<Float>?, _ lengths: UnsafePointer<Int64>?, _ count: Int64,
  _ width: Int64, _ outputs: UnsafeMutablePointer<Float>?, _ capacity: Int64,
  _ columns: UnsafeMutablePointer<Int64>?, _ text: TextPlace?
) -> Int32 {
  columns?.pointee = 0
  return Call.answer(text) {
    try OpenRuns.run(run).use(as: Abilities.predictingSeries, for: "predict_series") { task in
      guard let expected = task.seriesWidth else {
        throw UserError.usage("the run reads no series of numbers", hint: "use unroll_predict")
      }
      columns?.pointee = Int64(task.outputCount)
      guard capacity > 0 else { return }
      guard width == expected else {
        throw UserError.usage("found series of \(width) numbers a step, expected \(expected)")
      }
      let series = try VectorSequences(
        values, lengths: UnsafeBufferPointer(checking: lengths, count), width: expected)
      try write(try task.outputs(of: series), of: task.outputCount, to: outputs, capacity)
    }
    return ""
  }
}

@_cdecl("unroll_sample")
public func unrollSample(
  _ run: Int64, _ request: UnsafePointer<CChar>?, _ text: TextPlace?
) -> Int32 {
  Call.answer(text) {
    let request = try SamplingRequest(request)
    var sample = ""
    try OpenRuns.run(run).use(as: Abilities.sampling, for: "sample") { task in
      try task.sample(request) { sample += $0 }
    }
    return "\(JSONValue.string(sample))"
  }
}

@_cdecl("unroll_score")
public func unrollScore(
  _ run: Int64, _ sentences: UnsafePointer<CChar>?, _ text: TextPlace?
) -> Int32 {
  Call.answer(text) {
    let sentences = try JSONValue.strings(from: sentences, "the sentences")
    let scores = try OpenRuns.run(run).use(as: Abilities.scoring, for: "score") { task in
      sentences.isEmpty ? [] : try task.score(sentences)
    }
    let list = scores.map { score -> JSONValue in
      ["log_probability": .number(score.logProbability), "tokens": .integer(score.tokens)]
    }
    return "\(JSONValue.array(list))"
  }
}

@_cdecl("unroll_embed")
public func unrollEmbed(
  _ run: Int64, _ inputs: UnsafePointer<CChar>?, _ vectors: UnsafeMutablePointer<Float>?,
  _ capacity: Int64, _ columns: UnsafeMutablePointer<Int64>?, _ text: TextPlace?
) -> Int32 {
  columns?.pointee = 0
  return Call.answer(text) {
    try OpenRuns.run(run).use(as: Abilities.embedding, for: "embed") { task in
      columns?.pointee = Int64(task.codeSize)
      guard capacity > 0 else { return }
      let codes = try JSONValue.strings(from: inputs, "the inputs")
        .map { try task.vector(ofQuery: $0).values }
      try write(codes, of: task.codeSize, to: vectors, capacity)
    }
    return ""
  }
}

@_cdecl("unroll_evaluate")
public func unrollEvaluate(
  _ run: Int64, _ files: UnsafePointer<CChar>?, _ text: TextPlace?
) -> Int32 {
  Call.answer(text) {
    let files = try JSONValue.strings(from: files, "the files").map { URL(fileURLWithPath: $0) }
    return "\(try OpenRuns.run(run).use { try $0.evaluate(files).json })"
  }
}

/// Writes rows of `columns` numbers to a caller's place of `capacity`.
private func write(
  _ rows: [[Float]], of columns: Int, to place: UnsafeMutablePointer<Float>?, _ capacity: Int64
) throws {
  guard let place, capacity >= Int64(rows.count * columns) else {
    throw UserError.usage(
      "found room for \(place == nil ? 0 : capacity) numbers, expected \(rows.count) rows of "
        + "\(columns)")
  }
  for (number, row) in rows.enumerated() {
    precondition(row.count == columns, "\(row.count) numbers for \(columns) columns")
    row.withUnsafeBufferPointer { row in
      guard let start = row.baseAddress else { return }
      (place + number * columns).update(from: start, count: columns)
    }
  }
}

extension SamplingRequest {
  fileprivate init(_ text: UnsafePointer<CChar>?) throws {
    self.init()
    var request = try Request(text, "the options of a sample")
    prompt = try request.string("prompt") ?? prompt
    condition = try request.string("condition")
    count = try request.integer("count", in: .count) ?? count
    length = try request.integer("length", in: .count) ?? length
    rule = SamplingRule(
      temperature: try request.number("temperature", "0 or more") { $0 >= 0 } ?? 1,
      topK: try request.integer("top_k", in: .count) ?? 0,
      topP: try request.number("top_p", "above 0 and at most 1") { $0 > 0 && $0 <= 1 } ?? 1)
    seed = try request.integer("seed", in: 0...Int.max).map(UInt64.init) ?? seed
    try request.finish()
    guard condition == nil || prompt.isEmpty else {
      throw UserError.usage("prompt and condition are two beginnings", hint: "name one")
    }
    guard condition != nil || count == 1 else {
      throw UserError.usage("count is for texts of a condition", hint: "name one")
    }
  }
}
