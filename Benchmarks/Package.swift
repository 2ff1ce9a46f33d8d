// swift-tools-version: 6.1
import PackageDescription

// A package of its own: whoever depends on Unroll does not build its benchmarks.
let package = Package(
  name: "UnrollBenchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "Unroll", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .executableTarget(
      name: "kernels",
      dependencies: [
        .product(name: "Unroll", package: "Unroll"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
