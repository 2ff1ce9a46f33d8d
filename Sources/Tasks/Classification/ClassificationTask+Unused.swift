import Compute
import Runs

/// Options that would do nothing: of texts where the data are numbers, the other way round, and what a last state
/// never meets.
extension ClassificationTask {
  public static func checkNewRun(
    _ settings: ClassificationSettings, _ source: ClassificationData
  ) throws {
    try settings.model.stack.checkLastState(pooling: settings.model.pooling)
    let isOfTexts = source.width == nil
    let unused = isOfTexts ? ofSeries(settings.data) : ofTexts(settings.data)
    guard let (option, _) = unused.first(where: \.isGiven) else { return }
    let (purpose, found) = isOfTexts ? ("series", "texts") : ("texts", "series of numbers")
    throw UserError.usage(
      "\(option) is for \(purpose), but the data are \(found)", hint: "drop \(option)")
  }

  private typealias Option = (name: String, isGiven: Bool)

  private static func ofSeries(_ data: ClassificationSettings.Data) -> [Option] {
    let usual = ClassificationSettings.Data()
    return [
      ("--features", data.features != usual.features),
      ("--layout", data.series.layout != usual.series.layout),
      ("--missing", data.series.missing != usual.series.missing),
      ("--group", data.series.group != usual.series.group),
      ("--standardize", data.series.standardize != usual.series.standardize),
    ]
  }

  private static func ofTexts(_ data: ClassificationSettings.Data) -> [Option] {
    let usual = ClassificationSettings.Data()
    return [
      ("--tokens", data.tokens != usual.tokens),
      ("--encode", data.encode != usual.encode),
      ("--split", data.split != usual.split),
      ("--lowercase", data.lowercase != usual.lowercase),
      ("--vocab-size", data.vocabularySize != usual.vocabularySize),
      ("--min-count", data.minCount != usual.minCount),
    ]
  }
}
