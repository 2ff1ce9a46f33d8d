import Autodiff
import Parallel
import Measures
import Testing
import Runs

@Suite struct WeightAverageTests {
  @Test func isTheMeanOfWhatItTookIn() {
    let store = ParameterStore<Float>()
    let weight = store.add("w", shape: [5, 3], role: .matrix, initializer: .zeros)
    let bias = store.add("b", shape: [7], role: .bias, initializer: .constant(2))
    store.allocate(seed: 1)
    let average = WeightAverage(of: store)
    let team = WorkerTeam(count: 3)
    for value in [1, 2, 6] as [Float] {
      weight.values = Array(repeating: value, count: 15)
      average.accumulate(team)
    }
    #expect(average.count == 3)
    average.use {
      #expect(weight.values == Array(repeating: 3, count: 15))
      #expect(bias.values == Array(repeating: 2, count: 7))
    }
    #expect(weight.values == Array(repeating: 6, count: 15))
  }

  /// Worse than the best of all validations but the last `patience` before it.
  @Test func triggerIsNonMonotonic() {
    func fires(_ patience: Int, at latest: Double, after earlier: [Double]) -> Bool {
      AveragingTrigger(patience: patience).fires(
        at: Standing(number: latest), after: earlier.map(Standing.init(number:)))
    }
    #expect(!fires(2, at: 9, after: []))
    #expect(!fires(2, at: 9, after: [1, 2]), "no validation is older than the last two")
    #expect(fires(2, at: 3.1, after: [3, 2, 1]))
    #expect(!fires(2, at: 3, after: [3, 2, 1]))
    #expect(!fires(0, at: 9, after: [1, 1, 1]))
  }
}
