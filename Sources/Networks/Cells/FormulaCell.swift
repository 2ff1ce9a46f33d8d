/// A cell that can say in symbols what its step computes, for those who have to write it down in
/// another language, such as ONNX.
///
/// Products, biases, projection and all that is not the cell's own are theirs, as they are
/// `Recurrence`'s. `FormulaTests` hold the symbols against `forward`.
public protocol FormulaCell: Cell {
  /// What `forward` computes. Called for each stage in turn, with the same `step`.
  func formula(stage: Int, _ step: inout StepFormula)
}

/// The values of one time step, in symbols: a value stands for all units of a layer.
public struct StepFormula {
  /// Units of the layer.
  public let hiddenSize: Int
  public let hPrevious: UnitFormula
  public let cPrevious: UnitFormula
  /// Peephole weights, one value a peephole.
  public let peepholes: [UnitFormula]
  /// One value a gate of the stage: pre-activations, which a formula may replace for later stages.
  public var gates: [UnitFormula] = []
  /// Gates of stage 0, as its formula left them, for a later stage.
  public var firstGates: [UnitFormula] = []
  /// A separate stage's recurrent part, one value a gate.
  public var recurrent: [UnitFormula] = []
  /// The source of the next stage's product.
  public var kept: UnitFormula
  /// The new states: the last stage has to set h, and c where the cell has one.
  public var h: UnitFormula
  public var c: UnitFormula

  public init(
    hiddenSize: Int, hPrevious: UnitFormula, cPrevious: UnitFormula, peepholes: [UnitFormula] = []
  ) {
    self.hiddenSize = hiddenSize
    self.hPrevious = hPrevious
    self.cPrevious = cPrevious
    self.peepholes = peepholes
    (kept, h, c) = (hPrevious, hPrevious, cPrevious)
  }
}

/// A value of every unit, made of others element by element. Values that are used twice are one object.
public final class UnitFormula: Sendable {
  public enum Operation: Sendable {
    /// A value that is given, by its name.
    case given(String)
    /// The same number for all units.
    case constant(Double)
    /// A number for each unit.
    case units([Double])
    case sigmoid(UnitFormula)
    case tanh(UnitFormula)
    case sum(UnitFormula, UnitFormula)
    case difference(UnitFormula, UnitFormula)
    case product(UnitFormula, UnitFormula)
    case quotient(UnitFormula, UnitFormula)
    case maximum(UnitFormula, UnitFormula)
    /// The third where the first is at most the second, else the fourth.
    case choice(UnitFormula, isAtMost: UnitFormula, UnitFormula, else: UnitFormula)
  }

  public let operation: Operation

  public init(_ operation: Operation) { self.operation = operation }

  public static func given(_ name: String) -> UnitFormula { UnitFormula(.given(name)) }
  public static func constant(_ value: Double) -> UnitFormula { UnitFormula(.constant(value)) }
  public static func units(_ values: [Double]) -> UnitFormula { UnitFormula(.units(values)) }
  public static func sigmoid(_ x: UnitFormula) -> UnitFormula { UnitFormula(.sigmoid(x)) }
  public static func tanh(_ x: UnitFormula) -> UnitFormula { UnitFormula(.tanh(x)) }
  public static func maximum(_ x: UnitFormula, _ y: UnitFormula) -> UnitFormula {
    UnitFormula(.maximum(x, y))
  }
  public static func choice(
    _ x: UnitFormula, isAtMost limit: UnitFormula, _ then: UnitFormula, else other: UnitFormula
  ) -> UnitFormula {
    UnitFormula(.choice(x, isAtMost: limit, then, else: other))
  }

  public static func + (x: UnitFormula, y: UnitFormula) -> UnitFormula { UnitFormula(.sum(x, y)) }
  public static func - (x: UnitFormula, y: UnitFormula) -> UnitFormula {
    UnitFormula(.difference(x, y))
  }
  public static func * (x: UnitFormula, y: UnitFormula) -> UnitFormula {
    UnitFormula(.product(x, y))
  }
  public static func / (x: UnitFormula, y: UnitFormula) -> UnitFormula {
    UnitFormula(.quotient(x, y))
  }
}

extension UnitFormula: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  public convenience init(floatLiteral value: Double) { self.init(.constant(value)) }
  public convenience init(integerLiteral value: Int) { self.init(.constant(Double(value))) }
}
