// A cell of one's own, trained by the tasks that come with Unroll.
//
// The weighted leaky unit, one gate in place of an LSTM's four:
//
//     a = W x(t) + U h(t-1) + b        h(t) = tanh(a) / 2 + h(t-1) / 2
//
// `Recurrence` does the products, time, lengths and threads; the cell is what happens between them.

import Foundation
import Unroll

struct LeakyCell: Cell {
  let name = "leaky"
  let stages = [CellStage(blocks: 0..<1)]
  let forgetGate: Int? = nil
  let hasCellState = false
  let keepsValue = false

  func forward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    for row in 0..<step.rows {
      let (a, before, h) = (step.gates.row(row), step.hPrevious.row(row), step.h.row(row))
      for unit in 0..<step.groups * PanelLayout.lane {
        a[unit] = Scalar.tanh(a[unit])
        h[unit] = (a[unit] + before[unit]) / 2
      }
    }
  }

  /// `a` holds tanh(a) and takes dL/da; the half of dh that passes the product by goes to the step before.
  func backward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {
    for row in 0..<step.rows {
      let (a, dh, dBefore) = (step.gates.row(row), step.dh.row(row), step.dhPrevious.row(row))
      for unit in 0..<step.groups * PanelLayout.lane {
        a[unit] = dh[unit] / 2 * (1 - a[unit] * a[unit])
        dBefore[unit] += dh[unit] / 2
      }
    }
  }
}

Cells.register(LeakyCell())

let folder = FileManager.default.temporaryDirectory.appendingPathComponent("own-cell-\(getpid())")
defer { try? FileManager.default.removeItem(at: folder) }
let text = folder.appendingPathComponent("text.txt")
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
try String(repeating: "unroll me through time, ", count: 200)
  .write(to: text, atomically: true, encoding: .utf8)

var settings = LanguageModelSettings()
settings.data.text = [text.path]
settings.model.stack.cell = "leaky"
settings.model.stack.layers = 1
settings.model.stack.hidden = 32
settings.model.embedding = 16
settings.streams.steps = 24
settings.train.batch = 8
settings.train.epochs = 12
settings.optimizer.lr = 1e-2

let run = try TrainingRun<LanguageModelTask>(settings, at: folder.appendingPathComponent("run"))
try run.train { event in
  if case .validated(let report) = event { print(report.epoch, report.score.text) }
}
print(try run.task.sample("unroll ", length: 40, temperature: 0.1), terminator: "")
