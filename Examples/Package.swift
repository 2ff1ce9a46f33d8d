// swift-tools-version: 6.1
import PackageDescription

// What a package of one's own can add to Unroll: each target is one such thing, through public names
// alone. `make examples` builds and runs them.

func example(_ name: String, _ folder: String, commands: Bool = false) -> Target {
  .executableTarget(
    name: name,
    dependencies: [.product(name: "Unroll", package: "unroll")]
      + (commands ? [.product(name: "TaskCommands", package: "unroll")] : []),
    path: "Sources/\(folder)")
}

let package = Package(
  name: "UnrollExamples",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "unroll", path: "..")],
  targets: [
    example("ten-lines", "TenLines"),
    example("own-model", "OwnModel"),
    example("own-cell", "OwnCell"),
    example("own-operation", "OwnOperation"),
    example("own-rules", "OwnRules"),
    example("own-task", "OwnTask", commands: true),
  ],
  swiftLanguageModes: [.v6]
)
