import Autodiff
import Compute
import Parallel

/// Vectors of words from their characters: a bidirectional LSTM reads each distinct word of the
/// minibatch once, and the last states of both directions go to all its tokens.
///
/// Source: Lample et al., "Neural Architectures for Named Entity Recognition" (2016), section 4.1.
final class CharacterEncoder<S: MatrixElement>: Sendable {
  private let table: LookUpTable<S>
  private let stack: RecurrentStack<S>
  private let readers = TokenIndex()

  init(
    _ configuration: TaggerConfiguration.Characters, _ scheme: InitializationScheme,
    precision: Precision, in store: ParameterStore<S>
  ) {
    table = LookUpTable(
      "char_embedding", count: configuration.table.count, size: configuration.table.size,
      scheme: scheme, in: store)
    stack = RecurrentStack(
      StackConfiguration(
        cell: .lstm, inputSize: configuration.table.size, hiddenSize: configuration.hiddenSize,
        isBidirectional: true, initialization: scheme),
      prefix: "char_rnn.", precision: precision, in: store)
  }

  /// Gives `[tokens, 2 · hidden]` for the tokens of `plan`.
  func record(
    _ spellings: TaggerInput.Spellings, plan: RowPlan, on tape: Tape<S>
  ) -> Variable<S> {
    let x = table.record(spellings.characters, plan: spellings.plan, on: tape)
    let states = stack.record(x, on: tape).final[0].map(\.h)
    return tape.gathered(
      tape.concatenated(states), rows: spellings.rows, readers: readers, plan: plan)
  }
}
