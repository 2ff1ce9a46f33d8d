/// The cells by name: one line registers a cell everywhere, from `--cell` to checkpoints.
public enum CellKind: String, Sendable, CaseIterable, Codable {
  case rnn
  case rnnReLU = "rnn-relu"
  case gru
  case gruResetBefore = "gru-reset-before"
  case lstm

  public var cell: any Cell {
    switch self {
    case .rnn: ElmanCell(.tanh)
    case .rnnReLU: ElmanCell(.relu)
    case .gru: GRUCell()
    case .gruResetBefore: GRUResetBeforeCell()
    case .lstm: LSTMCell()
    }
  }
}
