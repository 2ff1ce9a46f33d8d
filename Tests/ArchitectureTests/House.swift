import Foundation

extension URL {
  /// The folder that holds `Package.swift`.
  static let checkout = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}

/// The modules in `Sources`, as their texts tell, and the arrows of `Package.swift`.
struct House {
  struct Module {
    let name: String
    let files: [File]

    /// For each folder the other folders that it knows, with an example of a file and a type.
    var mentions: [String: [String: String]] {
      var owners: [String: Set<String>] = [:]
      for file in files {
        for name in file.declared { owners[name, default: []].insert(file.folder) }
      }
      var mentions: [String: [String: String]] = [:]
      for file in files {
        for word in file.words.sorted() {
          guard let owners = owners[word], !owners.contains(file.folder) else { continue }
          for owner in owners {
            mentions[file.folder, default: [:]][owner] = "\(file.path): \(word)"
          }
        }
      }
      return mentions
    }
  }

  struct File {
    /// In the module's folder.
    let path: String
    let imports: Set<String>
    /// Types at the top level.
    let declared: Set<String>
    /// Names of types, and all else that looks like one.
    let words: Set<String>
    /// The text without comments and strings.
    let code: String

    init(path: String, text: String) {
      self.path = path
      let code = Self.withoutCommentsAndStrings(text)
      self.code = code
      imports = Set(
        code.matches(of: /(?m)^\s*(?:@\w+\s+|public\s+|package\s+)*import\s+(\w+)/).map {
          String($0.1)
        })
      declared = Set(
        code.matches(
          of:
            /(?m)^(?:(?:package|public|final|indirect|@\w+(?:\([^)]*\))?)\s+)*(?:struct|class|enum|protocol|typealias)\s+([A-Z]\w*)/
        ).map { String($0.1) })
      // What follows a dot is a member of something, whose own name is looked at.
      words = Set(code.matches(of: /(?:^|[^.\w])([A-Z]\w*)/).map { String($0.1) })
    }

    /// The first folder of the path; empty for a file beside the folders.
    var folder: String { path.contains("/") ? String(path.prefix { $0 != "/" }) : "" }

    /// Of strings the values in them stay.
    private static func withoutCommentsAndStrings(_ text: String) -> String {
      text.replacing(/(?s)\/\*.*?\*\//, with: "")
        .replacing(/\/\/[^\n]*/, with: "")
        .replacing(/"(?:\\.|[^"\\\n])*"/) { string in
          string.output.matches(of: /\\\(([^)]*)/).map { " \($0.1) " }.joined()
        }
    }
  }

  let modules: [Module]
  /// Targets that each target depends on, products of other packages by the module's name.
  let arrows: [String: Set<String>]

  init(checkout: URL) throws {
    let sources = checkout.appendingPathComponent("Sources")
    let manifest = try String(
      contentsOf: checkout.appendingPathComponent("Package.swift"), encoding: .utf8)
    arrows = Self.arrows(manifest)
    modules = try FileManager.default.contentsOfDirectory(atPath: sources.path).sorted()
      .compactMap { name in
        let folder = sources.appendingPathComponent(name)
        let paths = FileManager.default.subpaths(atPath: folder.path) ?? []
        let files = try paths.filter { $0.hasSuffix(".swift") }.map { path in
          File(
            path: path,
            text: try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8))
        }
        return files.isEmpty ? nil : Module(name: name, files: files)
      }
  }

  /// Whether a module of that name is ours or that of a package: the system's need no arrow.
  func isInHouse(_ module: String) -> Bool {
    arrows[module] != nil || arrows.values.contains { $0.contains(module) }
  }

  /// Reads `.target(name: "A", dependencies: ["B", product])` and its kin.
  private static func arrows(_ manifest: String) -> [String: Set<String>] {
    var arrows: [String: Set<String>] = [:]
    let products = ["argumentParser": "ArgumentParser"]
    let starts = manifest.matches(
      of: /\.(?:target|executableTarget|systemLibrary|testTarget)\(\s*name: "(\w+)"/)
    for (index, start) in starts.enumerated() {
      let end = index + 1 < starts.count ? starts[index + 1].range.lowerBound : manifest.endIndex
      let text = manifest[start.range.upperBound..<end]
      var names: Set<String> = []
      if let list = text.firstRange(of: "dependencies: [") {
        // The lists that are added to it by conditions count as well.
        let stop = text[list.upperBound...].firstMatch(
          of:
            /\n\s*(?:swiftSettings|exclude|resources|path):|\]\)(?:,|\n)|\],\s*(?:path|exclude|resources|swiftSettings):/
        )
        let dependencies = text[list.upperBound..<(stop?.range.upperBound ?? text.endIndex)]
        for match in dependencies.matches(
          of: /\.product\(name: "(\w+)", package: "[^"]*"\)|"(\w+)"|\b(argumentParser)\b/)
        {
          if let name = match.1 ?? match.2 { names.insert(String(name)) }
          if let name = match.3.flatMap({ products[String($0)] }) { names.insert(name) }
        }
      }
      arrows[String(start.1)] = names
    }
    return arrows
  }
}
