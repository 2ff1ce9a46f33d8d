import Compute
import Testing

/// Expects `body` to throw a `UserError` whose whole text holds every one of `parts`.
package func expectUserError(
  saying parts: String..., sourceLocation: SourceLocation = #_sourceLocation,
  from body: () throws -> Void
) {
  do {
    try body()
    Issue.record("nothing was thrown", sourceLocation: sourceLocation)
  } catch let error as UserError {
    for part in parts {
      #expect(error.description.contains(part), sourceLocation: sourceLocation)
    }
  } catch {
    Issue.record("not a UserError: \(error)", sourceLocation: sourceLocation)
  }
}
