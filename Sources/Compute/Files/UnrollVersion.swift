/// The version of this program, by semantic versioning: `docs/stability.md` says what it promises.
package enum UnrollVersion {
  package static let current = "0.2.0"
}
