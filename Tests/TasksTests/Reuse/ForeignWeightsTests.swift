import Autodiff
import Compute
import Foundation
import Interchange
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// `model.safetensors` as other tools write it.
@Suite struct ForeignWeightsTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Weights that another tool saved carry no digest: they are taken, and told.
  @Test func weightsOfAnotherToolAreTaken() throws {
    let data = try folder.write("b\tx y\na\ty z\n", to: "texts.tsv")
    let run = try TrainingRun<ClassificationTask>(
      ClassificationTask.schema.resolve(
        overrides: [
          "data.train": data.path, "model.hidden": "5", "train.updates": "1",
          "data.valid_fraction": "0",
        ].map { SettingsOverride($0, text: $1) }), folder: .plan(at: folder.file("run")))
    try run.begin()
    try run.train(stopAt: .max)
    let file = try SafetensorsFile.open(run.folder.model)
    var (header, bytes) = ([String](), Data())
    for (name, tensor) in file.tensors.sorted(by: { $0.key < $1.key }) {
      let first = bytes.count
      try file.withBytes(of: name) { bytes.append(contentsOf: $0) }
      header.append(
        #""\#(name)":{"dtype":"F32","shape":\#(tensor.shape),"data_offsets":[\#(first),\#(bytes.count)]}"#
      )
    }
    let text = "{" + header.joined(separator: ",") + "}"
    var all = Data(withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { Data($0) })
    all += Data(text.utf8) + bytes
    try all.write(to: run.folder.model)
    var told: [String] = []
    let task = try ClassificationTask.opened(in: run.folder, team: WorkerTeam(count: 1)) {
      told.append($0)
    }
    #expect(told.count == 1 && told[0].contains("saved by another tool"), "\(told)")
    #expect(
      task.parameters.parameters.flatMap(\.values)
        == run.task.parameters.parameters.flatMap(\.values))
  }
}
