import Corpora
import Foundation
import Interchange
import Measures

/// Reports of runs as one HTML page that needs nothing else: style, script and data are in it.
///
/// The page says itself what it may do (Content-Security-Policy): its own style and script, known by their
/// digests, and pictures that it holds. Nothing is loaded from anywhere; a live page asks the server that
/// it came from, and nobody else.
package struct ReportPage: Sendable {
  private let reports: [RunReport]
  /// Whether a server tells the page what has happened since.
  private let isLive: Bool

  package init(_ reports: [RunReport], isLive: Bool = false) {
    self.reports = reports
    self.isLive = isLive
  }

  /// What the script shows.
  package var data: JSONValue {
    [
      "shares": .strings(Figure.shares), "runs": .array(reports.map(\.json)),
    ]
  }

  package static func policy(isLive: Bool) -> String {
    [
      "default-src 'none'", "style-src '\(source(style))'", "script-src '\(source(script))'",
      "img-src data:", "connect-src \(isLive ? "'self'" : "'none'")", "base-uri 'none'",
      "form-action 'none'",
    ].joined(separator: "; ")
  }

  package var html: String {
    let names = reports.map(\.name).joined(separator: ", ")
    return """
      <!DOCTYPE html>
      <html lang="en"\(isLive ? " data-live" : "")>
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(Self.policy(isLive: isLive))">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="referrer" content="no-referrer">
      <title>\(Self.escaped(names)) – Unroll</title>
      <link rel="icon" href="data:,">
      <style>\(Self.style)</style>
      </head>
      <body>
      <a class="skip" href="#main">Skip to the figures</a>
      <header id="head"></header>
      <main id="main" tabindex="-1"><noscript><p>This page draws itself with the script that is in it; \
      it loads nothing. Allow scripts to see it.</p></noscript></main>
      <footer>Made by unroll report. Everything is in this page; nothing is loaded from a network.</footer>
      <script type="application/json" id="data">\(Self.inert(data))</script>
      <script>\(Self.script)</script>
      </body>
      </html>

      """
  }

  /// JSON that no reader of HTML takes for the end of a script, or for anything else than text.
  static func inert(_ value: JSONValue) -> String {
    var result = "".unicodeScalars
    for scalar in value.description.unicodeScalars {
      switch scalar {
      case "<": result += "\\u003c".unicodeScalars
      case ">": result += "\\u003e".unicodeScalars
      case "&": result += "\\u0026".unicodeScalars
      case "\u{2028}": result += "\\u2028".unicodeScalars
      case "\u{2029}": result += "\\u2029".unicodeScalars
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// Text between two tags.
  static func escaped(_ text: String) -> String {
    var result = "".unicodeScalars
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;".unicodeScalars
      case "<": result += "&lt;".unicodeScalars
      case ">": result += "&gt;".unicodeScalars
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// How a policy names a text: `sha256-…`.
  private static func source(_ text: String) -> String {
    let digits = SHA256.hexadecimal(of: Data(text.utf8)).utf8.map { Int($0) }
    func value(_ digit: Int) -> UInt8 { UInt8(digit > 0x39 ? digit - 0x57 : digit - 0x30) }
    let bytes = stride(from: 0, to: digits.count, by: 2).map {
      value(digits[$0]) << 4 | value(digits[$0 + 1])
    }
    return "sha256-" + Data(bytes).base64EncodedString()
  }
}
