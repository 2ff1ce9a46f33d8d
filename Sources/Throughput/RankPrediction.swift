import Foundation

/// How long an update takes that processes share, from what was measured of one of them and of their network.
///
/// Each process has its leaves. Gradients are halved log₂ R times until each process has a
/// slice summed over all, which it steps, and the weights come back the same way; all are packed by every process.
/// Both go in chunks, one of which is sent while another is computed. Of tables the rows that were looked up are
/// swapped whole.
package struct RankPrediction: Sendable, Equatable {
  /// Gradients that are exchanged.
  package struct Gradients: Sendable, Equatable {
    /// Of all that is no table, which has as many bytes of weights.
    package var denseBytes: Double
    /// Of the sums of squares that make their norm.
    package var normBytes: Double
    /// Of tables, by rows.
    package var tableRows: Int
    package var bytesPerRow: Double
    /// Of the whole minibatch, which look rows up evenly.
    package var tokens: Int
    /// Of their bytes, but not those of weights, that is sent: half in bf16.
    package var sentShare: Double
    /// Pieces in which what is dense is sent.
    package var chunks: Int

    package init(
      denseBytes: Double, normBytes: Double = 0, tableRows: Int = 0, bytesPerRow: Double = 0,
      tokens: Int = 0, sentShare: Double = 1, chunks: Int = 1
    ) {
      self.denseBytes = denseBytes
      self.normBytes = normBytes
      self.tableRows = tableRows
      self.bytesPerRow = bytesPerRow
      self.tokens = tokens
      self.sentShare = sentShare
      self.chunks = chunks
    }

    /// Of rows of tables that a process with a share of the tokens sends.
    func tableBytes(share: Double) -> Double {
      guard tableRows > 0 else { return 0 }
      let rows = Double(tableRows)
      return bytesPerRow * rows * (1 - pow(1 - 1 / rows, share * Double(tokens)))
    }
  }

  /// Seconds for the gradients of a process's leaves, without the step of the weights.
  package var gradientSeconds: Double
  /// Of them, for products, while which gradients are sent that are there.
  package var productSeconds: Double
  package var stepSeconds: Double
  /// Seconds in which all weights are packed.
  package var packingSeconds: Double
  package var gradients: Gradients
  /// Seconds of a small message.
  package var latency: Double
  /// Bytes a second, each way at once.
  package var bandwidth: Double
  /// Bytes a second that a process adds of what it has received.
  package var adding: Double
  /// What is left of a process's speed while it computes and exchanges at once; 1 where cores are free for both.
  package var beside = Beside()

  package struct Beside: Codable, Sendable, Equatable {
    /// Of the speed that computation has alone.
    package var computing: Double
    /// Of the speed that an exchange has alone.
    package var exchange: Double
    /// Seconds by which a message is later.
    package var delay: Double

    package init(computing: Double = 1, exchange: Double = 1, delay: Double = 0) {
      self.computing = computing
      self.exchange = exchange
      self.delay = delay
    }
  }

  /// Small messages of an update in each round: counts, losses, sums of squares, rows of tables, and what is
  /// agreed on.
  package static let smallMessages = 5.0

  package init(
    gradientSeconds: Double, productSeconds: Double = 0, stepSeconds: Double,
    packingSeconds: Double = 0, gradients: Gradients, latency: Double, bandwidth: Double,
    adding: Double
  ) {
    self.gradientSeconds = gradientSeconds
    self.productSeconds = productSeconds
    self.stepSeconds = stepSeconds
    self.packingSeconds = packingSeconds
    self.gradients = gradients
    self.latency = latency
    self.bandwidth = bandwidth
    self.adding = adding
  }

  /// Seconds of an update.
  package func seconds(ranks: Int) -> Double {
    gradientSeconds + stepSeconds / Double(ranks) + packingSeconds + exchangeSeconds(ranks: ranks)
  }

  /// Seconds of an update that no computation hides.
  package func exchangeSeconds(ranks: Int) -> Double {
    guard ranks > 1 else { return 0 }
    let rounds = log2(Double(ranks))
    let share = 1 - 1 / Double(ranks)
    let dense = share * gradients.denseBytes
    let tables = tableBytes(ranks: ranks)
    let chunks = rounds * Double(gradients.chunks) * (latency + beside.delay)
    let sums = exposed(
      chunks + dense * (gradients.sentShare / bandwidth + 1 / adding), beside: productSeconds)
    let weights = exposed(chunks + dense / bandwidth, beside: packingSeconds)
    return rounds * Self.smallMessages * latency + sums + weights
      + share * gradients.normBytes / bandwidth
      + tables * (gradients.sentShare / bandwidth + 1 / adding)
  }

  /// What an exchange adds to the work that it goes on beside: the longer one is waited for, and at either end a
  /// chunk of the other.
  private func exposed(_ exchange: Double, beside work: Double) -> Double {
    let ends = 1 / Double(max(gradients.chunks, 1))
    let inner = (work: work * (1 - ends), exchange: exchange * (1 - ends))
    let both = min(inner.work / beside.computing, inner.exchange / beside.exchange)
    let rest = (inner.work - both * beside.computing) + (inner.exchange - both * beside.exchange)
    return (work + exchange) * ends + both + rest - work
  }

  /// That a process sends in an update, but for small messages.
  package func sentBytes(ranks: Int) -> Double {
    let dense = (gradients.sentShare + 1) * gradients.denseBytes + gradients.normBytes
    return (1 - 1 / Double(ranks)) * dense + gradients.sentShare * tableBytes(ranks: ranks)
  }

  /// In each round a process has the rows of twice as many.
  private func tableBytes(ranks: Int) -> Double {
    (0..<max(ranks, 1).trailingZeroBitCount).reduce(0) {
      $0 + gradients.tableBytes(share: Double(1 << $1) / Double(ranks))
    }
  }
}
