import Compute
import Interchange

/// Gathers queries from lines.
public protocol QueryReader<Query> {
  associatedtype Query
  /// Whether every line is a query of its own: one that is blank or makes no sense then has a prediction
  /// that says nothing, so that lines of input and output stay side by side.
  var answersEveryLine: Bool { get }
  /// Takes a line; gives the query that it completes.
  ///
  /// Throws a `UserError` for a line that makes no sense; it can go on behind it.
  ///
  /// - Parameter place: `standard input line 3`, for messages.
  mutating func read(_ line: String, at place: String) throws -> Query?
  /// What is to be told of the last line though it has an answer; nil: nothing.
  var remark: UserError? { get }
  /// Goes on behind a line that made no sense; says whether an answer to it was to be expected, which is
  /// then one that says nothing.
  mutating func passOver(_ line: String) -> Bool
  /// The query that the last lines have begun, if any.
  mutating func finish() throws -> Query?
  /// The same.
  ///
  /// - Parameter tell: is told what of it has no answer, and throws where that is to end the prediction.
  mutating func finish(telling tell: (UserError) throws -> Void) throws -> Query?
}

extension QueryReader {
  public var answersEveryLine: Bool { false }
  public var remark: UserError? { nil }
  public func passOver(_ line: String) -> Bool { answersEveryLine }
  public mutating func finish(telling tell: (UserError) throws -> Void) throws -> Query? {
    try finish()
  }
}

/// A line that is no text, of what more can be read behind.
package struct FaultyLine: Error {
  /// With marks in the place of what is wrong.
  let text: String
  let error: UserError

  package init(_ text: String, _ error: UserError) { (self.text, self.error) = (text, error) }
}

/// A query a line.
public struct LineQueries<Query>: QueryReader {
  private let query: (String, String) throws -> Query?
  private let odd: (String, String) -> UserError?
  public private(set) var remark: UserError?

  /// - Parameters:
  ///   - query: makes one of a line and its place; nil for a line that asks nothing.
  ///   - odd: what is to be told of a line that has an answer.
  public init(
    _ query: @escaping (_ line: String, _ place: String) throws -> Query?,
    odd: @escaping (_ line: String, _ place: String) -> UserError? = { _, _ in nil }
  ) {
    (self.query, self.odd) = (query, odd)
  }

  public var answersEveryLine: Bool { true }
  public mutating func read(_ line: String, at place: String) throws -> Query? {
    remark = odd(line, place)
    return try query(line, place)
  }
  public func finish() -> Query? { nil }
}

extension Prediction {
  /// Of a line that has none.
  static func none(because error: UserError) -> Prediction {
    Prediction(text: "", json: .object([.init("error", .string(error.message))]))
  }
}

extension Predicting {
  /// Predicts for what `nextLine` returns, until it returns nil: many queries at a time, as long as
  /// lines come without waiting.
  ///
  /// - Parameters:
  ///   - name: of a line, for messages, before its number.
  ///   - isReady: whether the next line is there already. Whoever waits for an answer before the next
  ///     line gets it.
  ///   - skip: is told of each line that makes no sense, and, where a line is a query, of each blank one;
  ///     prediction goes on behind it. Nil: the first one is thrown, once what came before it is answered.
  ///     So is what `nextLine` throws, but for a `FaultyLine`, which makes no sense.
  ///   - tell: is told what is odd in a line that has an answer.
  package func predict(
    batch size: Int = 64, _ nextLine: () throws -> String?, isReady: () -> Bool,
    named name: String = "standard input line", skip: ((UserError) -> Void)? = nil,
    tell: (UserError) -> Void = { _ in }, emit: (Prediction) throws -> Void
  ) throws {
    try predict(with: try queries(), size, nextLine, isReady, name, skip, tell, emit)
  }

  private func predict(
    with reader: some QueryReader<Query>, _ size: Int, _ nextLine: () throws -> String?,
    _ isReady: () -> Bool, _ name: String, _ skip: ((UserError) -> Void)?,
    _ tell: (UserError) -> Void, _ emit: (Prediction) throws -> Void
  ) throws {
    var (reader, number) = (reader, 0)
    var gathered: [Result<Query, UserError>] = []
    func flush() throws {
      let queries = gathered.compactMap { try? $0.get() }
      let predicted = try Activity.run("predicting") { _ in
        queries.isEmpty ? [] : try predict(queries)
      }
      var answers = predicted[...]
      precondition(answers.count == queries.count, "\(answers.count) of \(queries.count) answers")
      for query in gathered {
        switch query {
        case .success: if let answer = answers.popFirst() { try emit(answer) }
        case .failure(let error): try emit(.none(because: error))
        }
      }
      gathered = []
    }
    /// Takes what lines say, or nothing.
    ///
    /// - Parameter passOver: whether an answer was to be expected where they make no sense.
    func gather(_ query: () throws -> Query?, passOver: () -> Bool) throws {
      do {
        if let query = try query() { gathered.append(.success(query)) }
      } catch let error as UserError {
        guard let skip else { throw error }
        skip(error)
        if passOver() { gathered.append(.failure(error)) }
      }
    }
    var isAtEnd = false
    while !isAtEnd {
      do {
        var (line, fault): (String?, UserError?)
        do { line = try nextLine() } catch let faulty as FaultyLine {
          (line, fault) = (faulty.text, faulty.error)
        }
        if let line {
          number += 1
          let place = "\(name) \(number)"
          try gather {
            if let fault { throw fault }
            let query = try reader.read(line, at: place)
            if query == nil, reader.answersEveryLine { throw UserError("\(place) asks nothing") }
            if let remark = reader.remark { tell(remark) }
            return query
          } passOver: {
            reader.passOver(line)
          }
        } else {
          isAtEnd = true
          try gather {
            try reader.finish { error in
              guard let skip else { throw error }
              skip(error)
            }
          } passOver: {
            true
          }
        }
      } catch {
        // What came before is answered.
        try flush()
        throw error
      }
      if isAtEnd || gathered.count >= size || !isReady() { try flush() }
    }
  }
}
