import Interchange
import Networks

/// Writes formulas of cells down as nodes.
struct FormulaWriter {
  let builder: ONNXGraphBuilder
  /// What is written already. The formulas are kept, so that no other gets the identity of one.
  private var written: [ObjectIdentifier: (UnitFormula, ONNXValue)] = [:]

  init(_ builder: ONNXGraphBuilder) { self.builder = builder }

  mutating func write(_ formula: UnitFormula) -> ONNXValue {
    if let (_, value) = written[ObjectIdentifier(formula)] { return value }
    let value =
      switch formula.operation {
      case .given(let name): ONNXValue(name: name)
      case .constant(let number): builder.number(Float(number))
      case .units(let numbers): builder.numbers(numbers.map { Float($0) })
      case .sigmoid(let x): builder.sigmoid(write(x))
      case .tanh(let x): builder.tanh(write(x))
      case .sum(let x, let y): builder.node("Add", write(x), write(y))
      case .difference(let x, let y): builder.node("Sub", write(x), write(y))
      case .product(let x, let y): builder.node("Mul", write(x), write(y))
      case .quotient(let x, let y): builder.node("Div", write(x), write(y))
      case .maximum(let x, let y): builder.node("Max", write(x), write(y))
      case .choice(let x, isAtMost: let limit, let then, else: let other):
        builder.chosen(
          builder.node("LessOrEqual", write(x), write(limit)), write(then), write(other))
      }
    written[ObjectIdentifier(formula)] = (formula, value)
    return value
  }
}
