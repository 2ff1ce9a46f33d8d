import Corpora
import Foundation
import Interchange
import Reports
import Testing

/// What comes from data stays text, and the page may do nothing but show it.
@Suite struct ReportPageTests {
  /// Ends of scripts and comments, entities, separators that end lines in scripts, half of what a parser
  /// waits for.
  private static let hostile = [
    "</script><script>alert(1)</script>", "<!--<script>", "]]>", "\"'&amp;&lt;", "\u{2028}\u{2029}",
    "<img src=x onerror=alert(1)>", "</style></title>", "\\u003c/script\\u003e", "\u{0}\u{7}",
  ]

  private func quoted(_ text: String) -> String { JSONValue.string(text).description }

  private func page(isLive: Bool = false) throws -> (html: String, data: JSONValue) {
    let hostile = Self.hostile.joined(separator: " ")
    let made = try HandMadeRun(
      [
        #"{"update":3,"split":"train","loss":2.5,"tokens":7,\#(quoted(hostile)):1}"#,
        #"{"update":3,"split":"valid","loss":2.25,"version":\#(quoted(hostile))}"#,
        #"{"update":3,"split":"sample","text":\#(quoted(hostile))}"#,
        #"{"update":4,"split":"skipped","rows":[\#(quoted(hostile))]}"#,
        #"{"update":4,"split":"profile","phase":\#(quoted(hostile)),"seconds":1}"#,
      ],
      settings: ["data.text": "/tmp/<b>&'\" text"])
    defer { withExtendedLifetime(made) {} }
    let page = ReportPage([try RunReport(made.run, name: hostile)], isLive: isLive)
    return (page.html, page.data)
  }

  @Test func nothingFromDataBecomesMarkup() throws {
    let (html, data) = try page()
    for tag in ["script", "style", "title", "img", "b", "body", "head"] {
      let opened = html.matches(of: try Regex("<\(tag)[ >]")).count
      let closed = html.matches(of: try Regex("</\(tag)>")).count
      let expected = ["script": 2, "img": 0, "b": 0][tag] ?? 1
      #expect(opened == expected && closed == expected, "\(tag): \(opened), \(closed)")
    }
    #expect(!html.contains("<!--"))
    // And nothing of it is lost.
    let text = try #require(html.firstMatch(of: /(?s)id="data">(.*?)<\/script>/)).1
    #expect(try JSONValue(parsing: String(text)) == data)
    #expect(!text.unicodeScalars.contains { ["\u{2028}", "\u{2029}", "\u{0}"].contains($0) })
    let run = try #require(data["runs"]?.array?.first)
    let hostile = Self.hostile.joined(separator: " ")
    #expect(run["name"]?.string == hostile)
    #expect(run["samples"]?.array?.first?["text"]?.string == hostile)
    #expect(run["events"]?.array?.first?["text"]?.string?.hasSuffix(hostile) == true)
    #expect(run["phases"]?.array?.first?["phase"]?.string == hostile)
  }

  /// The policy knows the style and the script that are in the page, and allows no other place.
  @Test(arguments: [false, true]) func thePolicyFits(isLive: Bool) throws {
    let html = try page(isLive: isLive).html
    let policy = try #require(html.firstMatch(of: /Security-Policy" content="([^"]*)"/)).1
    func source(_ text: Substring) throws -> String {
      let hexadecimal = SHA256.hexadecimal(of: Data(text.utf8))
      let bytes = stride(from: 0, to: 64, by: 2).compactMap { place -> UInt8? in
        let start = hexadecimal.index(hexadecimal.startIndex, offsetBy: place)
        return UInt8(hexadecimal[start...].prefix(2), radix: 16)
      }
      return "'sha256-\(Data(bytes).base64EncodedString())'"
    }
    let style = try #require(html.firstMatch(of: /(?s)<style>(.*?)<\/style>/)).1
    let script = try #require(html.firstMatch(of: /(?s)<script>(.*?)<\/script>/)).1
    #expect(
      policy == """
        default-src 'none'; style-src \(try source(style)); script-src \(try source(script)); \
        img-src data:; connect-src \(isLive ? "'self'" : "'none'"); base-uri 'none'; \
        form-action 'none'
        """)
    #expect(html.contains(" data-live>") == isLive)
  }

  /// No address of any place but the name of SVG, and no way around text nodes.
  @Test func nothingIsLoaded() {
    let whole = ReportPage.style + ReportPage.script
    #expect(whole.matches(of: /https?:|url\((?!#)|@import/).map { String($0.0) } == ["http:"])
    for word in [
      "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function",
    ] {
      #expect(!whole.contains(word), "\(word)")
    }
  }

  @Test func thePageIsTheSameEachTime() throws {
    let made = try HandMadeRun([#"{"update":1,"split":"train","loss":2.5,"tokens":7}"#])
    defer { withExtendedLifetime(made) {} }
    let pages = try (0..<2).map { _ in ReportPage([try RunReport(made.run)]).html }
    #expect(pages[0] == pages[1])
  }
}
