import Synchronization

/// The cells by name: one line registers a cell everywhere, from `--cell` to checkpoints.
public enum Cells {
  private static let registered = Mutex<[any Cell]>([
    ElmanCell(.tanh), ElmanCell(.relu), JordanCell(), SCRNCell(), ClockworkCell(),
    GRUCell(), GRUResetBeforeCell(), GRUSimpleCell(),
    LSTMCell(), LSTMCoupledCell(), LSTMPeepholeCell(),
    MinGRUCell(), MinLSTMCell(),
  ])

  /// Makes a cell of another module known. Settings and run folders find it from now on, so this
  /// comes first in a program; a name stands for one cell for good.
  public static func register(_ cell: some Cell) {
    registered.withLock { cells in
      precondition(!cells.contains { $0.name == cell.name }, "two cells named \(cell.name)")
      cells.append(cell)
    }
  }

  public static var lstm: any Cell { LSTMCell() }
  public static var gru: any Cell { GRUCell() }
  /// Elman's, with tanh.
  public static var rnn: any Cell { ElmanCell() }

  /// In the order of registration.
  public static var all: [any Cell] { registered.withLock(\.self) }
  public static var names: [String] { all.map(\.name) }
  public static func named(_ name: String) -> (any Cell)? { all.first { $0.name == name } }
}

/// A cell among values that are compared: equal where the names are.
@propertyWrapper
package struct CellByName: Sendable, Equatable {
  package var wrappedValue: any Cell

  package init(wrappedValue: any Cell) { self.wrappedValue = wrappedValue }

  package static func == (one: CellByName, other: CellByName) -> Bool {
    one.wrappedValue.name == other.wrappedValue.name
  }
}
