import ArgumentParser

/// What a cross-validation has beside a training.
struct CrossValidationArguments: ParsableArguments {
  @Option(parsing: .unconditional, help: "Parts that the data are divided into.") var folds = 5
  @Option(
    parsing: .unconditional, help: "Trainings for each part, with as many seeds from --seed on.")
  var seeds = 1
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    if folds < 2 || folds > 1 << 20 {
      throw ValidationError("--folds must be 2...\(1 << 20), found \(folds).")
    }
    if seeds < 1 || seeds > 1 << 20 {
      throw ValidationError("--seeds must be 1...\(1 << 20), found \(seeds).")
    }
  }
}
