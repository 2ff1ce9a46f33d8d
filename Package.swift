// swift-tools-version: 6.1
import PackageDescription

// jemalloc, unless UNROLL_ALLOCATOR=system: a sanitizer's allocator cannot share a process with it.
let usesJemalloc = Context.environment["UNROLL_ALLOCATOR"] != "system"

// A file imports what it uses itself.
let explicitImports: [SwiftSetting] = [.enableUpcomingFeature("MemberImportVisibility")]

// The modules and their arrows are explained in Sources/README.md: arrows point down only.
let package = Package(
  name: "Unroll",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Unroll", targets: ["Unroll"]),
    .executable(name: "unroll", targets: ["UnrollCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .executableTarget(
      name: "UnrollCommand",
      dependencies: [
        "Unroll",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .target(
      name: "Unroll",
      dependencies: [
        "Training", "Interchange", "Networks", "Corpora", "Autodiff", "Parallel", "Compute",
      ]),
    .target(
      name: "Training",
      dependencies: [
        "Interchange", "Networks", "Corpora", "Autodiff", "Parallel", "Compute", "CKernels",
      ]),
    .target(name: "Interchange", dependencies: ["Networks", "Compute"]),
    .target(
      name: "Networks", dependencies: ["Autodiff", "Parallel", "Compute", "CKernels"],
      swiftSettings: explicitImports),
    .target(
      name: "Corpora",
      dependencies: [
        "Compute"
      ]),
    .target(
      name: "Autodiff", dependencies: ["Parallel", "Compute"], swiftSettings: explicitImports),
    .target(
      name: "Parallel", dependencies: ["Compute", "CKernels"], swiftSettings: explicitImports),
    .target(
      name: "Compute", dependencies: ["CKernels"] + (usesJemalloc ? ["CJemalloc"] : []),
      swiftSettings: explicitImports + (usesJemalloc ? [.define("JEMALLOC")] : [])),
    .target(name: "CKernels"),
    .systemLibrary(
      name: "CJemalloc", pkgConfig: "jemalloc", providers: [.apt(["libjemalloc-dev"])]),

    .target(
      name: "TestSupport", dependencies: ["Unroll"], path: "Tests/TestSupport",
      swiftSettings: explicitImports),
    .testTarget(
      name: "ComputeTests", dependencies: ["Compute", "CKernels", "TestSupport"],
      swiftSettings: explicitImports),
    .testTarget(
      name: "ParallelTests", dependencies: ["Parallel", "TestSupport"],
      swiftSettings: explicitImports),
    .testTarget(
      name: "AutodiffTests", dependencies: ["Autodiff", "TestSupport"],
      exclude: ["Goldens/make_operation_goldens.py", "Goldens/make_ctc_goldens.py"],
      resources: [.copy("Goldens/operations.json"), .copy("Goldens/ctc.json")],
      swiftSettings: explicitImports),
    .testTarget(
      name: "CorporaTests", dependencies: ["Corpora", "TestSupport"],
      exclude: ["Goldens/make_audio_goldens.py"], resources: [.copy("Goldens/audio.json")]),
    .testTarget(
      name: "NetworksTests", dependencies: ["Networks", "TestSupport"],
      swiftSettings: explicitImports),
    .testTarget(name: "InterchangeTests", dependencies: ["Interchange", "TestSupport"]),
    .testTarget(
      name: "TrainingTests", dependencies: ["Training", "TestSupport"],
      exclude: [
        "Goldens/make_goldens.py", "Goldens/make_span_goldens.py",
        "Goldens/make_subword_goldens.py", "Goldens/make_translation_goldens.py",
        "Goldens/make_memory_goldens.py",
        "Goldens/make_translator_goldens.py",
      ],
      resources: [.copy("Goldens/values")]),
    .testTarget(
      name: "CommandTests", dependencies: ["UnrollCommand", "TestSupport"],
      exclude: ["pytorch_evaluate.py"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)
