import Foundation
import Testing

/// The walls of the house stand where `Package.swift` and the folders say: `Sources/README.md`.
@Suite struct ArchitectureTests {
  private static let read = Result { try House(checkout: .checkout) }
  let house: House

  init() throws { house = try Self.read.get() }

  @Test func everyImportHasItsArrow() {
    #expect(house.modules.count > 10)
    for module in house.modules {
      let arrows = house.arrows[module.name] ?? []
      for file in module.files {
        for name in file.imports where house.isInHouse(name) && !arrows.contains(name) {
          Issue.record("\(module.name)/\(file.path) imports \(name), to which no arrow leads")
        }
      }
    }
  }

  @Test func everyArrowIsUsed() {
    for module in house.modules {
      let used = Set(module.files.flatMap(\.imports))
      for name in (house.arrows[module.name] ?? []).subtracting(used) {
        Issue.record("no file of \(module.name) imports \(name): its arrow leads nowhere")
      }
    }
  }

  /// A folder knows another one if it mentions a type that is declared there; folders in a folder
  /// are one room with it. That is a look at words, not at what the compiler resolves.
  @Test func noFoldersKnowEachOtherInACircle() {
    for module in house.modules {
      let mentions = module.mentions
      for circle in circles(of: mentions.mapValues { Set($0.keys) }) {
        let arrows = circle.flatMap { from in
          (mentions[from] ?? [:]).filter { circle.contains($0.key) }
            .map { "\(from) → \($0.key): \($0.value)" }
        }
        Issue.record("circle in \(module.name): \(arrows.sorted().joined(separator: "; "))")
      }
    }
  }

  /// Of these the compiler writes the name of the folder into the program, or its length: `make dist` would
  /// not make the same bytes in another one.
  @Test func nothingSaysWhereItWasBuilt() {
    for module in house.modules {
      for file in module.files {
        for word in ["withoutActuallyEscaping", "#filePath"] where file.code.contains(word) {
          Issue.record("\(module.name)/\(file.path) has \(word)")
        }
      }
    }
  }

  @Test func circlesAreFound() {
    #expect(circles(of: ["a": ["b"], "b": ["c"], "c": ["b"], "d": ["a"]]) == [["b", "c"]])
    #expect(circles(of: ["a": ["b", "c"], "b": ["c"], "c": []]) == [])
    let code = House.File(
      path: "A/A.swift",
      text: """
        import Compute
        @_exported import Parallel
        /// Mentions Commented.
        package struct Outer<Element: Bound> {
          enum Inner { case word("Quoted \\(Interpolated.self)") }
        }
        extension Other { typealias Name = Element }
        """)
    #expect(code.imports == ["Compute", "Parallel"])
    #expect(code.declared == ["Outer"])
    #expect(code.words.isSuperset(of: ["Outer", "Bound", "Inner", "Interpolated", "Other"]))
    #expect(code.words.isDisjoint(with: ["Commented", "Quoted", "Mentions"]))
  }

  /// `%d` takes the lower 32 bits of an `Int`: 5.4 billion tokens were told as 1.1 billion.
  @Test func noFormatCutsANumber() throws {
    let sources = URL.checkout.appendingPathComponent("Sources")
    let names = try #require(FileManager.default.enumerator(atPath: sources.path))
      .compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }
    #expect(names.count > 500)
    for name in names {
      let text = try String(contentsOf: sources.appendingPathComponent(name), encoding: .utf8)
      for found in text.matches(of: /%[-+ 0]*[0-9]*[diuxX]\b/) where text.contains("format:") {
        Issue.record("\(name) has \(found.0), expected %ld, %lu or %lx")
      }
    }
  }

  /// Groups of names that reach each other.
  private func circles(of arrows: [String: Set<String>]) -> Set<Set<String>> {
    func reached(from start: String) -> Set<String> {
      var (found, open) = (Set<String>(), [start])
      while let name = open.popLast() {
        for next in arrows[name] ?? [] where found.insert(next).inserted { open.append(next) }
      }
      return found
    }
    let reach = Dictionary(uniqueKeysWithValues: arrows.keys.map { ($0, reached(from: $0)) })
    return Set(
      reach.filter { $0.value.contains($0.key) }.map { name, found in
        found.filter { reach[$0]?.contains(name) == true }
      })
  }
}
