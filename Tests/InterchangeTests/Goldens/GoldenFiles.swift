import Foundation
import Testing

/// Files and what another reader says of them, one a line: see the scripts beside this.
enum GoldenFiles {
  static func read<Golden: Decodable>(_ name: String, as type: Golden.Type) throws -> [Golden] {
    let url = try #require(Bundle.module.url(forResource: name, withExtension: "json"))
    return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: url))
  }
}
