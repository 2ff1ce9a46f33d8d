import CKernels
import Compute
import Foundation
import Testing

/// The cells' gate kernels against their formulas in Double.
@Suite struct CellKernelTests {
  static let rows = 3, groups = 2
  static let units = 16 * groups

  /// A buffer of `rows` rows with a margin that must stay untouched.
  struct Buffer {
    var values: [Float]
    let stride: Int

    init(blocks: Int = 1, seed: UInt64, size: Float = 1) {
      stride = blocks * CellKernelTests.units + 5
      values = testNumbers(CellKernelTests.rows * stride, seed: seed).map { size * $0 }
    }

    /// The value of `gate` of `unit`, gates of 16 units side by side.
    func at(_ row: Int, _ unit: Int, gate: Int = 0, of blocks: Int = 1) -> Double {
      Double(values[row * stride + unit / 16 * 16 * blocks + gate * 16 + unit % 16])
    }

    func marginEquals(_ other: Buffer) -> Bool {
      let width = stride - 5
      return (0..<CellKernelTests.rows).allSatisfy { row in
        (width..<stride).allSatisfy {
          values[row * stride + $0] == other.values[row * stride + $0]
        }
      }
    }
  }

  private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// A handful of roundings of values of size 1: about 2 ulp each from an activation.
  private func close(_ computed: Double, _ exact: Double) -> Bool {
    abs(computed - exact) <= 8 * 0x1p-23 * max(1, abs(exact))
  }

  private func forEachUnit(_ body: (_ row: Int, _ unit: Int) -> Void) {
    for row in 0..<Self.rows { for unit in 0..<Self.units { body(row, unit) } }
  }

  @Test(arguments: KernelTable.all)
  func rnnTanh(table: KernelTable) {
    let kernels = InstructionSet.table(for: table.set)!
    let h = Buffer(seed: 1), dh = Buffer(seed: 2)
    var d = Buffer(seed: 3)
    let dBefore = d
    kernels.pointee.rnn_tanh_backward(
      Self.rows, Self.groups, h.values, h.stride, dh.values, dh.stride, &d.values, d.stride)
    forEachUnit { row, unit in
      let y = h.at(row, unit)
      #expect(close(d.at(row, unit), dh.at(row, unit) * (1 - y * y)))
    }
    #expect(d.marginEquals(dBefore))
  }

  @Test(arguments: KernelTable.all)
  func lstm(table: KernelTable) {
    let kernels = InstructionSet.table(for: table.set)!
    let x = Buffer(blocks: 4, seed: 4, size: 3), cPrev = Buffer(seed: 5, size: 2)
    let dh = Buffer(seed: 6), dcLater = Buffer(seed: 7)
    var gates = x, c = Buffer(seed: 8), h = Buffer(seed: 9), dc = dcLater
    let cBefore = c, hBefore = h
    kernels.pointee.lstm_forward(
      Self.rows, Self.groups, &gates.values, gates.stride, cPrev.values, cPrev.stride, &c.values,
      c.stride, &h.values, h.stride)
    let active = gates
    kernels.pointee.lstm_backward(
      Self.rows, Self.groups, &gates.values, gates.stride, cPrev.values, cPrev.stride, c.values,
      c.stride, dh.values, dh.stride, &dc.values, dc.stride)
    forEachUnit { row, unit in
      let i = sigmoid(x.at(row, unit, gate: 0, of: 4)), f = sigmoid(x.at(row, unit, gate: 1, of: 4))
      let g = tanh(x.at(row, unit, gate: 2, of: 4)), o = sigmoid(x.at(row, unit, gate: 3, of: 4))
      for (gate, exact) in [i, f, g, o].enumerated() {
        #expect(close(active.at(row, unit, gate: gate, of: 4), exact))
      }
      let cell = f * cPrev.at(row, unit) + i * g
      #expect(close(c.at(row, unit), cell))
      #expect(close(h.at(row, unit), o * tanh(cell)))

      let d = dh.at(row, unit), squashed = tanh(cell)
      let dCell = dcLater.at(row, unit) + d * o * (1 - squashed * squashed)
      let exact = [
        dCell * g * i * (1 - i), dCell * cPrev.at(row, unit) * f * (1 - f),
        dCell * i * (1 - g * g), d * squashed * o * (1 - o),
      ]
      for gate in 0..<4 { #expect(close(gates.at(row, unit, gate: gate, of: 4), exact[gate])) }
      #expect(close(dc.at(row, unit), dCell * f))
    }
    #expect(gates.marginEquals(x) && dc.marginEquals(dcLater))
    #expect(c.marginEquals(cBefore) && h.marginEquals(hBefore))
  }

  @Test(arguments: KernelTable.all)
  func lstmCoupled(table: KernelTable) {
    let kernels = InstructionSet.table(for: table.set)!
    let x = Buffer(blocks: 3, seed: 18, size: 3), cPrev = Buffer(seed: 19, size: 2)
    let dh = Buffer(seed: 20), dcLater = Buffer(seed: 21)
    var gates = x, c = Buffer(seed: 22), h = Buffer(seed: 23), dc = dcLater
    let cBefore = c, hBefore = h
    kernels.pointee.lstm_coupled_forward(
      Self.rows, Self.groups, &gates.values, gates.stride, cPrev.values, cPrev.stride, &c.values,
      c.stride, &h.values, h.stride)
    let active = gates
    kernels.pointee.lstm_coupled_backward(
      Self.rows, Self.groups, &gates.values, gates.stride, cPrev.values, cPrev.stride, c.values,
      c.stride, dh.values, dh.stride, &dc.values, dc.stride)
    forEachUnit { row, unit in
      let f = sigmoid(x.at(row, unit, gate: 0, of: 3)), g = tanh(x.at(row, unit, gate: 1, of: 3))
      let o = sigmoid(x.at(row, unit, gate: 2, of: 3)), before = cPrev.at(row, unit)
      for (gate, exact) in [f, g, o].enumerated() {
        #expect(close(active.at(row, unit, gate: gate, of: 3), exact))
      }
      let cell = f * before + (1 - f) * g
      #expect(close(c.at(row, unit), cell))
      #expect(close(h.at(row, unit), o * tanh(cell)))

      let d = dh.at(row, unit), squashed = tanh(cell)
      let dCell = dcLater.at(row, unit) + d * o * (1 - squashed * squashed)
      let exact = [
        dCell * (before - g) * f * (1 - f), dCell * (1 - f) * (1 - g * g),
        d * squashed * o * (1 - o),
      ]
      for gate in 0..<3 { #expect(close(gates.at(row, unit, gate: gate, of: 3), exact[gate])) }
      #expect(close(dc.at(row, unit), dCell * f))
    }
    #expect(gates.marginEquals(x) && dc.marginEquals(dcLater))
    #expect(c.marginEquals(cBefore) && h.marginEquals(hBefore))
  }

  @Test(arguments: KernelTable.all)
  func lstmPeephole(table: KernelTable) {
    let kernels = InstructionSet.table(for: table.set)!
    let x = Buffer(blocks: 4, seed: 24, size: 3), cPrev = Buffer(seed: 25, size: 2)
    let p = Buffer(blocks: 3, seed: 26)
    let dh = Buffer(seed: 27), dcLater = Buffer(seed: 28)
    var gates = x, c = Buffer(seed: 29), h = Buffer(seed: 30), dc = dcLater
    var dp = Buffer(blocks: 3, seed: 31)
    let before = (c: c, h: h, dp: dp)
    kernels.pointee.lstm_peephole_forward(
      Self.rows, Self.groups, &gates.values, gates.stride, p.values, cPrev.values, cPrev.stride,
      &c.values, c.stride, &h.values, h.stride)
    let active = gates
    kernels.pointee.lstm_peephole_backward(
      Self.rows, Self.groups, &gates.values, gates.stride, p.values, cPrev.values, cPrev.stride,
      c.values, c.stride, dh.values, dh.stride, &dc.values, dc.stride, &dp.values, dp.stride)
    forEachUnit { row, unit in
      let previous = cPrev.at(row, unit)
      let hole = (0..<3).map { p.at(0, unit, gate: $0, of: 3) }
      let i = sigmoid(x.at(row, unit, gate: 0, of: 4) + hole[0] * previous)
      let f = sigmoid(x.at(row, unit, gate: 1, of: 4) + hole[1] * previous)
      let g = tanh(x.at(row, unit, gate: 2, of: 4))
      let cell = f * previous + i * g
      let o = sigmoid(x.at(row, unit, gate: 3, of: 4) + hole[2] * cell)
      for (gate, exact) in [i, f, g, o].enumerated() {
        #expect(close(active.at(row, unit, gate: gate, of: 4), exact))
      }
      #expect(close(c.at(row, unit), cell))
      #expect(close(h.at(row, unit), o * tanh(cell)))

      let d = dh.at(row, unit), squashed = tanh(cell)
      let dO = d * squashed * o * (1 - o)
      let dCell = dcLater.at(row, unit) + d * o * (1 - squashed * squashed) + dO * hole[2]
      let dI = dCell * g * i * (1 - i), dF = dCell * previous * f * (1 - f)
      for (gate, exact) in [dI, dF, dCell * i * (1 - g * g), dO].enumerated() {
        #expect(close(gates.at(row, unit, gate: gate, of: 4), exact))
      }
      for (gate, exact) in [dI * previous, dF * previous, dO * cell].enumerated() {
        #expect(close(dp.at(row, unit, gate: gate, of: 3), exact))
      }
      #expect(close(dc.at(row, unit), dCell * f + dI * hole[0] + dF * hole[1]))
    }
    #expect(gates.marginEquals(x) && dc.marginEquals(dcLater) && dp.marginEquals(before.dp))
    #expect(c.marginEquals(before.c) && h.marginEquals(before.h))
  }

  @Test(arguments: KernelTable.all)
  func gruSimple(table: KernelTable) {
    let kernels = InstructionSet.table(for: table.set)!
    let x = Buffer(blocks: 2, seed: 32, size: 3)
    let hPrev = Buffer(seed: 33), dh = Buffer(seed: 34)
    var gates = x, h = Buffer(seed: 35), dhPrev = Buffer(seed: 36)
    let before = (h: h, dhPrev: dhPrev)
    kernels.pointee.gru_simple_forward(
      Self.rows, Self.groups, &gates.values, gates.stride, hPrev.values, hPrev.stride, &h.values,
      h.stride)
    let active = gates
    kernels.pointee.gru_simple_backward(
      Self.rows, Self.groups, &gates.values, gates.stride, hPrev.values, hPrev.stride, dh.values,
      dh.stride, &dhPrev.values, dhPrev.stride)
    forEachUnit { row, unit in
      let z = sigmoid(x.at(row, unit, gate: 0, of: 2)), n = tanh(x.at(row, unit, gate: 1, of: 2))
      let previous = hPrev.at(row, unit), d = dh.at(row, unit)
      for (gate, exact) in [z, n].enumerated() {
        #expect(close(active.at(row, unit, gate: gate, of: 2), exact))
      }
      #expect(close(h.at(row, unit), (1 - z) * n + z * previous))
      let exact = [d * (previous - n) * z * (1 - z), d * (1 - z) * (1 - n * n)]
      for gate in 0..<2 { #expect(close(gates.at(row, unit, gate: gate, of: 2), exact[gate])) }
      #expect(close(dhPrev.at(row, unit), before.dhPrev.at(row, unit) + d * z))
    }
    #expect(gates.marginEquals(x) && h.marginEquals(before.h))
    #expect(dhPrev.marginEquals(before.dhPrev))
  }

  @Test(arguments: KernelTable.all)
  func gru(table: KernelTable) {
    let kernels = InstructionSet.table(for: table.set)!
    let x = Buffer(blocks: 3, seed: 10, size: 2), u = Buffer(blocks: 3, seed: 11, size: 2)
    let hPrev = Buffer(seed: 12), dh = Buffer(seed: 13)
    var gates = x, un = Buffer(seed: 14), h = Buffer(seed: 15)
    var du = Buffer(blocks: 3, seed: 16), dhPrev = Buffer(seed: 17)
    let before = (un: un, h: h, du: du, dhPrev: dhPrev)
    kernels.pointee.gru_forward(
      Self.rows, Self.groups, &gates.values, gates.stride, u.values, u.stride, &un.values,
      un.stride, hPrev.values, hPrev.stride, &h.values, h.stride)
    let active = gates
    kernels.pointee.gru_backward(
      Self.rows, Self.groups, &gates.values, gates.stride, un.values, un.stride, hPrev.values,
      hPrev.stride, dh.values, dh.stride, &du.values, du.stride, &dhPrev.values, dhPrev.stride)
    forEachUnit { row, unit in
      func sum(_ gate: Int) -> Double {
        x.at(row, unit, gate: gate, of: 3) + u.at(row, unit, gate: gate, of: 3)
      }
      let r = sigmoid(sum(0)), z = sigmoid(sum(1)), projected = u.at(row, unit, gate: 2, of: 3)
      let n = tanh(x.at(row, unit, gate: 2, of: 3) + r * projected)
      for (gate, exact) in [r, z, n].enumerated() {
        #expect(close(active.at(row, unit, gate: gate, of: 3), exact))
      }
      #expect(un.at(row, unit) == projected)
      let previous = hPrev.at(row, unit), d = dh.at(row, unit)
      #expect(close(h.at(row, unit), (1 - z) * n + z * previous))

      let dN = d * (1 - z) * (1 - n * n)
      let dZ = d * (previous - n) * z * (1 - z)
      let dR = dN * projected * r * (1 - r)
      for (gate, exact) in [dR, dZ, dN].enumerated() {
        #expect(close(gates.at(row, unit, gate: gate, of: 3), exact))
      }
      for (gate, exact) in [dR, dZ, dN * r].enumerated() {
        #expect(close(du.at(row, unit, gate: gate, of: 3), exact))
      }
      #expect(close(dhPrev.at(row, unit), before.dhPrev.at(row, unit) + d * z))
    }
    #expect(gates.marginEquals(x) && un.marginEquals(before.un) && h.marginEquals(before.h))
    #expect(du.marginEquals(before.du) && dhPrev.marginEquals(before.dhPrev))
  }

  @Test(arguments: KernelTable.all)
  func sigmoidBackward(table: KernelTable) {
    let kernels = InstructionSet.table(for: table.set)!
    let y = Buffer(seed: 37), dy = Buffer(seed: 38)
    var d = Buffer(seed: 39)
    let before = d
    kernels.pointee.sigmoid_backward(
      Self.rows, Self.groups, y.values, y.stride, dy.values, dy.stride, &d.values, d.stride)
    forEachUnit { row, unit in
      let value = y.at(row, unit)
      #expect(close(d.at(row, unit), dy.at(row, unit) * value * (1 - value)))
    }
    #expect(d.marginEquals(before))
  }

  @Test(arguments: KernelTable.all)
  func clockwork(table: KernelTable) {
    let kernels = InstructionSet.table(for: table.set)!
    let x = Buffer(seed: 40, size: 3), hPrev = Buffer(seed: 41), dh = Buffer(seed: 42)
    let periods = (0..<Self.units).map { Float(1 << ($0 % 8)) }
    var cPrev = Buffer(seed: 43)
    for index in cPrev.values.indices { cPrev.values[index] = Float((index * 5) % 9) }
    var c = Buffer(seed: 44), h = Buffer(seed: 45), d = Buffer(seed: 46), dc = Buffer(seed: 47)
    var dhPrev = Buffer(seed: 48)
    let before = (c: c, h: h, d: d, dc: dc, dhPrev: dhPrev)
    kernels.pointee.clockwork_forward(
      Self.rows, Self.groups, x.values, x.stride, periods, cPrev.values, cPrev.stride, &c.values,
      c.stride, hPrev.values, hPrev.stride, &h.values, h.stride)
    kernels.pointee.clockwork_backward(
      Self.rows, Self.groups, cPrev.values, cPrev.stride, c.values, c.stride, h.values, h.stride,
      dh.values, dh.stride, &d.values, d.stride, &dc.values, dc.stride, &dhPrev.values,
      dhPrev.stride)
    forEachUnit { row, unit in
      let isDue = cPrev.at(row, unit) == 0
      let next = cPrev.at(row, unit) + 1, count = next < Double(periods[unit]) ? next : 0
      let new = tanh(x.at(row, unit)), up = dh.at(row, unit)
      #expect(c.at(row, unit) == count)
      if isDue {
        #expect(close(h.at(row, unit), new))
        #expect(close(d.at(row, unit), up * (1 - new * new)))
        #expect(dhPrev.at(row, unit) == before.dhPrev.at(row, unit))
      } else {
        #expect(h.at(row, unit) == hPrev.at(row, unit))
        #expect(d.at(row, unit) == 0)
        #expect(close(dhPrev.at(row, unit), before.dhPrev.at(row, unit) + up))
      }
      #expect(dc.at(row, unit) == (count == 0 ? 0 : before.dc.at(row, unit)))
    }
    #expect(c.marginEquals(before.c) && h.marginEquals(before.h) && d.marginEquals(before.d))
    #expect(dc.marginEquals(before.dc) && dhPrev.marginEquals(before.dhPrev))
  }

  @Test(arguments: KernelTable.all)
  func minGRU(table: KernelTable) {
    let kernels = InstructionSet.table(for: table.set)!
    let x = Buffer(blocks: 2, seed: 49, size: 3), hPrev = Buffer(seed: 50), dh = Buffer(seed: 51)
    var gates = x, h = Buffer(seed: 52), dhPrev = Buffer(seed: 53)
    let before = (h: h, dhPrev: dhPrev)
    kernels.pointee.min_gru_activate(Self.rows, Self.groups, &gates.values, gates.stride)
    let active = gates
    active.values.withUnsafeBufferPointer { values in
      let z = values.baseAddress!
      kernels.pointee.mix(
        Self.rows, Self.groups, z, active.stride, 32, z + 16, active.stride, 32, hPrev.values,
        hPrev.stride, &h.values, h.stride)
    }
    kernels.pointee.min_gru_backward(
      Self.rows, Self.groups, &gates.values, gates.stride, hPrev.values, hPrev.stride, dh.values,
      dh.stride, &dhPrev.values, dhPrev.stride)
    forEachUnit { row, unit in
      let z = sigmoid(x.at(row, unit, gate: 0, of: 2)), n = x.at(row, unit, gate: 1, of: 2)
      let previous = hPrev.at(row, unit), d = dh.at(row, unit)
      #expect(close(active.at(row, unit, gate: 0, of: 2), z))
      #expect(active.at(row, unit, gate: 1, of: 2) == n)
      #expect(close(h.at(row, unit), (1 - z) * previous + z * n))
      #expect(close(gates.at(row, unit, gate: 0, of: 2), d * (n - previous) * z * (1 - z)))
      #expect(close(gates.at(row, unit, gate: 1, of: 2), d * z))
      #expect(close(dhPrev.at(row, unit), before.dhPrev.at(row, unit) + d * (1 - z)))
    }
    #expect(gates.marginEquals(x) && h.marginEquals(before.h))
    #expect(dhPrev.marginEquals(before.dhPrev))
  }

  @Test(arguments: KernelTable.all)
  func minLSTM(table: KernelTable) {
    let kernels = InstructionSet.table(for: table.set)!
    let x = Buffer(blocks: 3, seed: 54, size: 3), hPrev = Buffer(seed: 55), dh = Buffer(seed: 56)
    var gates = x, z = Buffer(seed: 57), dhPrev = Buffer(seed: 58)
    let before = (z: z, dhPrev: dhPrev)
    kernels.pointee.min_lstm_activate(
      Self.rows, Self.groups, &gates.values, gates.stride, &z.values, z.stride)
    kernels.pointee.min_lstm_backward(
      Self.rows, Self.groups, &gates.values, gates.stride, z.values, z.stride, hPrev.values,
      hPrev.stride, dh.values, dh.stride, &dhPrev.values, dhPrev.stride)
    forEachUnit { row, unit in
      let i = sigmoid(x.at(row, unit, gate: 0, of: 3)), f = sigmoid(x.at(row, unit, gate: 1, of: 3))
      let g = x.at(row, unit, gate: 2, of: 3), share = i / (i + f)
      #expect(close(z.at(row, unit), share))
      let d = dh.at(row, unit), previous = hPrev.at(row, unit)
      let dShare = d * (g - previous) * share * (1 - share)
      for (gate, exact) in [dShare * (1 - i), -dShare * (1 - f), d * share].enumerated() {
        #expect(close(gates.at(row, unit, gate: gate, of: 3), exact))
      }
      #expect(close(dhPrev.at(row, unit), before.dhPrev.at(row, unit) + d * (1 - share)))
    }
    #expect(gates.marginEquals(x) && z.marginEquals(before.z))
    #expect(dhPrev.marginEquals(before.dhPrev))
  }
}
