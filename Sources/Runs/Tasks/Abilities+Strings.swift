import Networks

// Abilities for programs: strings in, values out.

extension Sampling {
  /// A text of the model's own that begins with `prompt`.
  public func sample(
    _ prompt: String = "", length: Int = 500, temperature: Double = 1, seed: UInt64 = 1
  ) throws -> String {
    var request = SamplingRequest()
    (request.prompt, request.length, request.seed) = (prompt, length, seed)
    request.rule = SamplingRule(temperature: temperature)
    var text = ""
    try sample(request) { text += $0 }
    return text
  }
}

extension Scoring {
  /// The log-probability of each sentence.
  public func score(_ sentences: [String]) throws -> [SentenceScore] {
    try score(sentences.enumerated().map { ($1, "sentence \($0 + 1)") })
  }
}

extension Predicting {
  /// What the model says of each input, written as `unroll predict` reads it.
  public func predict(_ lines: [String]) throws -> [Prediction] {
    var (rest, answers) = (lines[...], [Prediction]())
    try predict({ rest.popFirst() }, isReady: { true }) { answers.append($0) }
    return answers
  }
}
