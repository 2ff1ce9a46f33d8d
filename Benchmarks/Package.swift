// swift-tools-version: 6.1
import Foundation
import PackageDescription

// Kernels are no part of the public interface, so the benchmarks count as one of Unroll's own targets.
// The compiler knows a package by the name of its folder.
let unroll = URL(fileURLWithPath: Context.packageDirectory).deletingLastPathComponent()
  .lastPathComponent.lowercased().replacingOccurrences(
    of: "[^a-z0-9_]", with: "_", options: .regularExpression)

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
      ],
      swiftSettings: [.unsafeFlags(["-package-name", unroll])])
  ],
  swiftLanguageModes: [.v6]
)
