/// The cells by name: one line registers a cell everywhere, from `--cell` to checkpoints.
package enum CellKind: String, Sendable, CaseIterable, Codable {
  case rnn
  case rnnReLU = "rnn-relu"
  case jordan
  case scrn
  case clockwork
  case gru
  case gruResetBefore = "gru-reset-before"
  case gruSimple = "gru-simple"
  case lstm
  case lstmCoupled = "lstm-coupled"
  case lstmPeephole = "lstm-peephole"
  case minGRU = "mingru"
  case minLSTM = "minlstm"

  package var cell: any Cell {
    switch self {
    case .rnn: ElmanCell(.tanh)
    case .rnnReLU: ElmanCell(.relu)
    case .jordan: JordanCell()
    case .scrn: SCRNCell()
    case .clockwork: ClockworkCell()
    case .gru: GRUCell()
    case .gruResetBefore: GRUResetBeforeCell()
    case .gruSimple: GRUSimpleCell()
    case .lstm: LSTMCell()
    case .lstmCoupled: LSTMCoupledCell()
    case .lstmPeephole: LSTMPeepholeCell()
    case .minGRU: MinGRUCell()
    case .minLSTM: MinLSTMCell()
    }
  }
}
