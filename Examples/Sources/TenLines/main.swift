import Foundation
import Unroll

let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ten-\(UUID())")
defer { try? FileManager.default.removeItem(at: folder) }
let text = folder.appendingPathComponent("text.txt")
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
try String(repeating: "a pear is a pear. ", count: 400).write(
  to: text, atomically: true, encoding: .utf8)
var settings = LanguageModelSettings()
(settings.data.text, settings.model.stack.hidden, settings.train.updates) = ([text.path], 32, 40)
let run = try TrainingRun<LanguageModelTask>(settings, at: folder.appendingPathComponent("run"))
try run.train { _ in }
try run.task.sample(SamplingRequest()) { print($0, terminator: "") }
