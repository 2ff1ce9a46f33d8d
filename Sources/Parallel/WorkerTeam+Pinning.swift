import Compute

extension WorkerTeam {
  /// Keeps each worker on a processor of its own until the team is let go, but for the first: that is the thread
  /// that calls, and what it starts later would be kept there with it. The system leaves it what is free.
  ///
  /// Nothing happens where there are more workers than processors, where somebody else computes now, who may
  /// be kept on the same ones, or where the system has no such call. Numbers do not depend on it.
  ///
  /// - Parameter first: the place of the first worker among the processors.
  /// - Returns: whether they are kept.
  @discardableResult
  package func pin(from first: Int = 0) -> Bool {
    guard count > 1, count <= UsableCores.processors - first, Affinity.othersRunning == 0 else {
      return false
    }
    keep(on: Array(ProcessorOrder.current.numbers.dropFirst(first)))
    return true
  }

  /// - Parameter order: as many processors as there are workers, or more.
  package func keep(on order: [Int]) {
    crew.isPinned = true
    run { worker in
      if worker.index > 0 { Affinity.set([order[worker.index]]) }
    }
  }
}
