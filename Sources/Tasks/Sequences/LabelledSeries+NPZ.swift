import Compute
import Corpora
import Foundation
import Interchange

extension LabelledSeries {
  /// Reads series in any format: archives of numpy here, all else as `LabelledSeries.read` does.
  static func read(
    file url: URL, _ form: SeriesForm, firstColumn: FirstColumn
  ) throws -> LabelledSeries {
    url.contentExtension == "npz"
      ? try read(npz: url, form, firstColumn)
      : try read(url, form, firstColumn: firstColumn)
  }

  /// Reads an archive of numpy: series in an array `X`, of the shape `[series, steps]`, or
  /// `[series, steps, channels]` as `--layout step` says, `[series, channels, steps]` with `--layout
  /// channel`; their labels or targets in an array `y`.
  ///
  /// Throws a `UserError` that names the array and, for what is no finite number, its place.
  private static func read(
    npz url: URL, _ form: SeriesForm, _ firstColumn: FirstColumn
  ) throws -> LabelledSeries {
    let archive = try ZIPArchive(url)
    func array(_ names: [String]) throws -> (array: NumpyArray, place: String) {
      for name in names {
        guard let bytes = try archive.content(of: name + ".npy") else { continue }
        let place = "'\(url.path)' array '\(name)'"
        return (try NumpyArray(bytes, place: place), place)
      }
      throw UserError(
        "'\(url.path)' has no array '\(names[0])', found "
          + archive.names.map { $0.hasSuffix(".npy") ? String($0.dropLast(4)) : $0 }
          .joined(separator: ", "),
        hint: "write it with numpy.savez(FILE, X=series, y=labels)")
    }
    let (series, place) = try array(["X", "x", "data"])
    guard case .numbers(let numbers) = series.elements else {
      throw UserError(
        "\(place) holds text, expected numbers", hint: "save X.astype(float)")
    }
    guard (2...3).contains(series.shape.count),
      series.shape.allSatisfy({ $0 > 0 })
    else {
      throw UserError(
        "\(place) has the shape \(series.shape), expected numbers [series, steps] or "
          + "[series, steps, channels]")
    }
    let count = series.shape[0]
    let isByChannel = form.layout == .channel
    let channels = series.shape.count == 2 ? 1 : series.shape[isByChannel ? 1 : 2]
    let size = numbers.count / count
    try form.check(features: channels, place)
    let targets = try Self.targets(of: count, firstColumn, array)
    var rows = SeriesRows(firstColumn, features: channels)
    for index in 0..<count {
      let values = try numbers[index * size..<(index + 1) * size].map { number -> Float? in
        if Float(number).isFinite { return Float(number) }
        guard number.isNaN, form.missing != .refuse else {
          throw UserError(
            "\(place), series \(index + 1): found \(number), expected a finite number",
            hint: number.isNaN ? "say what stands for it, as with --missing mean" : "mend the data")
        }
        return nil
      }
      try rows.add(
        form.missing.filled(form.inSteps(values, features: channels), width: channels) {
          UserError("\(place), series \(index + 1): channel \($0 + 1) has no number at all")
        }, label: targets?.labels[index], target: targets?.numbers?[index], line: index + 1)
    }
    let places = targets.map { "\($0.place), element" } ?? "\(place), series"
    return try rows.series(place) { "\(places) \($0)" }
  }

  /// What each series has as label or as target; nil where there is none.
  private static func targets(
    of count: Int, _ firstColumn: FirstColumn, _ array: ([String]) throws -> (NumpyArray, String)
  ) throws -> (labels: [String], numbers: [Float]?, place: String)? {
    if case .value = firstColumn { return nil }
    let (labels, labelPlace) = try array(["y", "Y", "labels", "label", "target"])
    guard labels.shape == [count] else {
      throw UserError(
        "\(labelPlace) has the shape \(labels.shape), expected [\(count)]: one for each of the series"
      )
    }
    let (names, missing): ([String], Int?) =
      switch labels.elements {
      case .texts(let texts): (texts, texts.firstIndex(of: ""))
      case .numbers(let values):
        (
          values.map { Int(exactly: $0).map(String.init) ?? "\($0)" },
          values.firstIndex(where: \.isNaN)
        )
      }
    guard case .number = firstColumn else {
      guard let missing else { return (names, nil, labelPlace) }
      throw UserError(
        "\(labelPlace), element \(missing + 1): found no label",
        hint: "leave out the series without one")
    }
    guard case .numbers(let values) = labels.elements,
      values.allSatisfy({ Float($0).isFinite })
    else { throw UserError("\(labelPlace) holds what is no finite number") }
    return (names, values.map { Float($0) }, labelPlace)
  }
}
