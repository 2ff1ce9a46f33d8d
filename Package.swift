// swift-tools-version: 6.1
import PackageDescription

// jemalloc, unless UNROLL_ALLOCATOR=system: a sanitizer's allocator cannot share a process with it.
let usesJemalloc = Context.environment["UNROLL_ALLOCATOR"] != "system"

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

// The modules and their arrows are explained in Sources/README.md: arrows point down only.
let package = Package(
  name: "Unroll",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Unroll", targets: ["Unroll"]),
    .library(name: "TaskCommands", targets: ["TaskCommands"]),
    .executable(name: "unroll", targets: ["UnrollCommand"]),
    // What `Python/link` makes libunroll.so of.
    .library(name: "unroll-c", type: .static, targets: ["UnrollC", "CUnroll"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
  ],
  targets: [
    .executableTarget(
      name: "UnrollCommand", dependencies: ["Unroll", "TaskCommands", argumentParser]),
    .target(
      name: "UnrollC",
      dependencies: [
        "Tasks", "Runs", "Measures", "Interchange", "Networks", "Corpora", "Autodiff", "Parallel",
        "Compute",
      ]),
    .target(name: "CUnroll"),
    .target(
      name: "TaskCommands",
      dependencies: [
        "Runs", "Measures", "Interchange", "Corpora", "Parallel", "Compute", argumentParser,
      ] + (usesJemalloc ? ["CAllocation"] : []),
      swiftSettings: usesJemalloc ? [.define("JEMALLOC")] : []),
    .target(
      name: "Unroll",
      dependencies: [
        "Tasks", "Throughput", "Reports", "Runs", "Exchange", "Measures", "Interchange", "Networks",
        "Corpora", "Autodiff", "Parallel", "Compute",
      ]),
    .target(
      name: "Throughput",
      dependencies: [
        "Runs", "Measures", "Interchange", "Networks", "Corpora", "Autodiff", "Parallel", "Compute",
      ]),
    .target(
      name: "Reports", dependencies: ["Runs", "Measures", "Interchange", "Corpora", "Compute"]),
    .target(
      name: "Tasks",
      dependencies: [
        "Runs", "Exchange", "Measures", "Interchange", "Networks", "Corpora", "Autodiff",
        "Parallel", "Compute",
      ]),
    .target(
      name: "Exchange", dependencies: ["Interchange", "Networks", "Autodiff", "Compute"]),
    .target(
      name: "Runs",
      dependencies: [
        "Measures", "Interchange", "Networks", "Corpora", "Autodiff", "Parallel", "Compute",
        "CKernels",
      ]),
    .target(name: "Measures", dependencies: ["Interchange", "Corpora", "Parallel", "Compute"]),
    .target(name: "Interchange", dependencies: ["Compute"]),
    .target(name: "Networks", dependencies: ["Autodiff", "Parallel", "Compute", "CKernels"]),
    .target(
      name: "Corpora",
      dependencies: ["Compute", .product(name: "Crypto", package: "swift-crypto")]),
    .target(name: "Autodiff", dependencies: ["Parallel", "Compute"]),
    .target(name: "Parallel", dependencies: ["Compute", "CKernels"]),
    .target(
      name: "Compute", dependencies: ["CKernels", "CSystem"] + (usesJemalloc ? ["CJemalloc"] : []),
      swiftSettings: usesJemalloc ? [.define("JEMALLOC")] : []),
    .target(name: "CKernels"),
    .target(name: "CSystem"),
    .systemLibrary(
      name: "CJemalloc", pkgConfig: "jemalloc", providers: [.apt(["libjemalloc-dev"])]),

    .target(name: "TestSupport", dependencies: ["Unroll", "Runs"], path: "Tests/TestSupport"),
    .testTarget(name: "ArchitectureTests"),
    .testTarget(name: "ComputeTests", dependencies: ["Compute", "CKernels", "TestSupport"]),
    .testTarget(name: "ParallelTests", dependencies: ["Parallel", "TestSupport"]),
    .testTarget(
      name: "AutodiffTests", dependencies: ["Autodiff", "TestSupport"],
      exclude: ["Goldens/make_operation_goldens.py", "Goldens/make_ctc_goldens.py"],
      resources: [.copy("Goldens/operations.json"), .copy("Goldens/ctc.json")]),
    .testTarget(
      name: "CorporaTests", dependencies: ["Corpora", "Interchange", "TestSupport"],
      exclude: [
        "Goldens/make_audio_goldens.py", "Goldens/make_added_token_goldens.py",
        "Goldens/make_csv_goldens.py", "Goldens/make_vector_goldens.py",
      ],
      resources: [
        .copy("Goldens/audio.json"), .copy("Goldens/added_tokens.json"), .copy("Goldens/csv.json"),
        .copy("Goldens/vectors.json"),
      ]),
    .testTarget(name: "NetworksTests", dependencies: ["Networks", "TestSupport"]),
    .testTarget(
      name: "ExchangeTests",
      dependencies: ["Exchange", "Interchange", "Networks", "Autodiff", "Compute", "TestSupport"]),
    .testTarget(
      name: "InterchangeTests", dependencies: ["Interchange", "TestSupport"],
      exclude: [
        "Goldens/make_safetensors_verdicts.py", "Goldens/make_sound_goldens.py",
        "Goldens/make_midi_goldens.py",
      ],
      resources: [
        .copy("Goldens/safetensors_verdicts.jsonl"), .copy("Goldens/sounds.json"),
        .copy("Goldens/midi.json"),
      ]),
    .testTarget(
      name: "MeasuresTests", dependencies: ["Measures"],
      exclude: [
        "Goldens/make_seqeval_goldens.py", "Goldens/make_span_goldens.py",
        "Goldens/make_translation_goldens.py",
      ],
      resources: [.copy("Goldens/values")]),
    .testTarget(name: "RunsTests", dependencies: ["Runs", "TestSupport"]),
    .testTarget(
      name: "TasksTests", dependencies: ["Tasks", "TestSupport"],
      exclude: [
        "Goldens/make_goldens.py", "Goldens/make_subword_goldens.py",
        "Goldens/make_memory_goldens.py", "Goldens/make_translator_goldens.py",
      ],
      resources: [.copy("Goldens/values"), .copy("Fixtures")]),
    .testTarget(name: "ReportsTests", dependencies: ["Reports", "TestSupport"]),
    .testTarget(name: "ThroughputTests", dependencies: ["Throughput", "TestSupport"]),
    .testTarget(
      name: "TaskCommandsTests",
      dependencies: ["TaskCommands", "Runs", "Compute", "TestSupport", argumentParser]),
    .testTarget(
      name: "CommandTests", dependencies: ["UnrollCommand", "TestSupport"],
      exclude: ["pytorch_evaluate.py"],
      swiftSettings: usesJemalloc ? [.define("JEMALLOC")] : []),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)

if usesJemalloc {
  package.targets.append(.target(name: "CAllocation", dependencies: ["CSystem", "CJemalloc"]))
}

// `make docs` alone asks for the plugin that builds the pages.
if Context.environment["UNROLL_DOCS"] != nil {
  package.dependencies.append(
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"))
}

// The benchmarks of kernels, which are no part of the public interface: only for whoever asks for them.
if Context.environment["UNROLL_BENCHMARKS"] != nil {
  package.targets.append(
    .executableTarget(
      name: "kernels", dependencies: ["Unroll", "CKernels", argumentParser],
      path: "Benchmarks/Sources/kernels")
  )
}

// A file imports what it uses itself.
let ofC = ["CKernels", "CSystem", "CAllocation", "CUnroll"]
for target in package.targets where target.type != .system && !ofC.contains(target.name) {
  target.swiftSettings =
    (target.swiftSettings ?? []) + [.enableUpcomingFeature("MemberImportVisibility")]
}
