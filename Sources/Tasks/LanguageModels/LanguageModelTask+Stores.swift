import Compute
import Corpora
import Foundation
import Networks
import Runs

extension LanguageModelTask {
  /// Of stores: what a token is was decided when they were made.
  public static func decided(by settings: LanguageModelSettings) throws -> [SettingsOverride] {
    guard let name = settings.data.stores.first else { return [] }
    let manifest = try StoreManifest(of: try WeightedPath(name).url)
    let data = settings.data
    for (option, isGiven, asked, found) in [
      ("tokens", data.$tokens.isGiven, data.tokens, manifest.kind),
      ("split", data.$split.isGiven, data.split, manifest.split),
    ] where isGiven && asked != found {
      throw UserError.usage(
        "--\(option) \(asked), but '\(name)' was made with --\(option) \(found)",
        hint: "drop --\(option), or make another store")
    }
    return [
      SettingsOverride("data.tokens", .string(manifest.kind)),
      SettingsOverride("data.split", .string(manifest.split)),
    ]
  }

  /// The order that the settings ask for.
  func order(
    _ text: LanguageModelText, _ settings: LanguageModelSettings, lineEnd: Int32
  ) throws -> any LanguageModelOrder {
    let (batch, steps) = (settings.train.sequencesPerUpdate, settings.streams.steps)
    let seed = UInt64(settings.train.seed)
    switch settings.streams.order {
    case .stream:
      return try StreamOrder(text, model.configuration, batch: batch, steps: steps)
    case .documents:
      guard settings.train.leafCount == 1 else {
        throw UserError.usage(
          "--order documents has streams of different lengths, which are not dealt to leaves",
          hint: "drop --leaves and --accumulate, or use another order")
      }
      return try DocumentOrder(
        text, model.configuration, batch: batch, steps: steps, seed: seed, lineEnd: lineEnd)
    case .lines: return try LineOrder(text, batch: batch, seed: seed, lineEnd: lineEnd)
    }
  }
}
