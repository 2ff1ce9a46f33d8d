import Compute
import Foundation
import Interchange

extension GraphExporting {
  /// Writes the graphs of the run in `folder`, with its settings, vocabularies and labels as metadata: one
  /// to `url`, several beside it, `model-encoder.onnx` for `model.onnx`.
  ///
  /// - Returns: the files and what is in them.
  package func writeGraphs(
    of folder: RunFolder, to url: URL
  ) throws -> [(url: URL, graph: ONNXGraph)] {
    let metadata = try self.metadata(of: folder)
    return try graphs().map { exported in
      let target = exported.part.isEmpty ? url : url.adding(part: exported.part)
      try ONNXModel(exported.graph, metadata: metadata + exported.notes).write(to: target)
      return (target, exported.graph)
    }
  }

  /// `unroll.task`, and the run's files of text by their names: `config.toml`, `vocabulary.json` …
  private func metadata(of folder: RunFolder) throws -> [(key: String, value: String)] {
    let names = [RunFolder.configurationName] + artifacts.map(\.name)
    let files = try names.filter { !$0.hasSuffix(".safetensors") }.compactMap {
      name -> (key: String, value: String)? in
      let url = folder.url.appendingPathComponent(name)
      guard FileManager.default.fileExists(atPath: url.path) else { return nil }
      return (name, try RegularFile.text(of: url))
    }
    return [("unroll.task", Self.name)] + files
  }
}

extension URL {
  /// `model-encoder.onnx` for `model.onnx`.
  fileprivate func adding(part: String) -> URL {
    let stem = deletingPathExtension().lastPathComponent
    let ending = pathExtension.isEmpty ? "" : ".\(pathExtension)"
    return deletingLastPathComponent().appendingPathComponent("\(stem)-\(part)\(ending)")
  }
}
