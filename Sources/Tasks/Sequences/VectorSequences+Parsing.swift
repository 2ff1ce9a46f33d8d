import Compute
import Corpora
import Foundation

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
