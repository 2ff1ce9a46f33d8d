/// What the data suggest for settings that nobody gave: values, and the reason for them in a few words, which
/// users read when a run begins.
public struct Advice: Sendable {
  /// Values that one reason stands behind.
  package struct Rule: Sendable {
    let reason: String
    package let values: [(key: String, value: OptionValue)]
  }

  package private(set) var rules: [Rule] = []

  public init() {}

  /// Adds values by their keys, each of which is named once in an advice.
  ///
  /// - Parameter reason: without a full stop: `243 examples`.
  public mutating func add(
    because reason: String, _ values: KeyValuePairs<String, OptionValue>
  ) {
    let known = Set(rules.flatMap(\.values).map(\.key))
    precondition(values.allSatisfy { !known.contains($0.key) }, "a second advice on a setting")
    rules.append(Rule(reason: reason, values: values.map { ($0.key, $0.value) }))
  }

  /// What is left in tables that say how to learn, not what: weights of another run fit its own network.
  package var onLearning: Advice {
    var advice = Advice()
    advice.rules = rules.map { rule in
      Rule(
        reason: rule.reason,
        values: rule.values.filter { entry in
          Self.learningTables.contains { entry.key.hasPrefix($0 + ".") }
        })
    }
    return advice
  }

  /// Tables that neither the examples nor the network depend on.
  static let learningTables: Set<String> = ["train", "optimizer", "schedule"]
}
