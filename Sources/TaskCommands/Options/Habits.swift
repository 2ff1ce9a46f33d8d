/// What people are used to type, from other tools.
package enum Habits {
  /// What options are called elsewhere, and here; of several names a task has one.
  static let all: [(name: String, options: [String])] = lists.flatMap { names, options in
    names.map { ($0, options) }
  }

  private static let lists: [(names: [String], options: [String])] = [
    (["arch", "rnn-type", "model-type", "rnn", "cell-type"], ["cell"]),
    (["bi", "bidir", "birnn", "is-bidirectional", "use-bidirectional"], ["bidirectional"]),
    (
      [
        "hidden-size", "hidden-dim", "hidden-units", "num-hidden", "nhid", "rnn-size", "units",
        "num-units", "rnn-units", "n-hidden", "h-dim", "d-model", "lstm-size",
        "encoder-hidden-size",
      ], ["hidden"]
    ),
    (
      [
        "num-layers", "n-layers", "nlayers", "depth", "n-layer", "num-rnn-layers", "enc-layers",
        "encoder-layers",
      ], ["layers"]
    ),
    (
      [
        "embedding-dim", "embedding-size", "embed-dim", "embed-size", "emsize", "emb-dim",
        "emb-size", "word-dim", "word-vec-size", "n-embd", "encoder-embed-dim",
      ], ["embedding"]
    ),
    (
      [
        "pretrained-embeddings", "embedding-file", "embeddings-file", "embed-path", "word-vectors",
        "glove", "vectors", "pre-word-vecs", "encoder-embed-path",
      ], ["embeddings"]
    ),
    (["dropout-rate", "dropout-prob", "drop", "drop-rate", "hidden-dropout-prob"], ["dropout"]),
    (["tied", "tie-weights", "weight-tying", "tie-word-embeddings"], ["tie"]),
    (
      [
        "batch-size", "bs", "minibatch", "train-batch-size", "per-device-train-batch-size",
        "mini-batch-size", "max-sentences",
      ], ["batch"]
    ),
    (
      ["bptt", "seq-len", "seq-length", "sequence-length", "block-size", "tokens-per-sample"],
      ["steps"]
    ),
    (
      [
        "gradient-accumulation-steps", "accumulate-grad-batches", "grad-accum",
        "update-freq", "accum-iter",
      ], ["accumulate"]
    ),
    (
      [
        "n-epochs", "num-epochs", "max-epochs", "num-train-epochs", "epoch", "nb-epoch",
        "max-epoch",
      ], ["epochs"]
    ),
    (
      [
        "max-steps", "num-steps", "max-updates", "iterations", "max-update", "train-steps",
        "num-train-steps", "n-iters",
      ], ["updates"]
    ),
    (
      [
        "num-workers", "num-threads", "workers", "jobs", "n-jobs", "num-proc", "cpus", "cores",
        "nthreads",
      ], ["threads"]
    ),
    (["random-seed", "manual-seed", "random-state"], ["seed"]),
    (["early-stopping", "early-stopping-patience"], ["patience"]),
    (["eval-steps", "val-check-interval", "validate-interval", "valid-steps"], ["eval-every"]),
    (["save-steps", "save-interval", "checkpoint-every", "save-freq"], ["save-every"]),
    (["dtype", "mixed-precision"], ["precision"]),
    (["learning-rate", "learningrate"], ["lr"]),
    (["optim", "opt"], ["optimizer"]),
    (["wd", "weightdecay", "l2", "l2-reg"], ["weight-decay"]),
    (
      [
        "clip", "grad-clip", "gradient-clip", "clip-grad", "max-grad-norm", "gradient-clip-val",
        "clip-grad-norm", "gradient-clipping", "clipnorm",
      ], ["clip-norm"]
    ),
    (["clipvalue", "clip-grad-value"], ["clip-value"]),
    (["scheduler", "lr-scheduler", "lr-schedule", "lr-scheduler-type"], ["schedule"]),
    (["warmup-steps", "warmup-updates", "num-warmup-steps"], ["warmup"]),
    (["input"], ["text", "data", "pairs", "stories"]),
    (
      [
        "dataset", "train", "train-file", "train-data", "training-data", "train-path", "data-path",
        "data-file", "corpus",
      ], ["data", "text", "pairs", "stories"]
    ),
    (
      [
        "val", "dev", "validation", "val-file", "val-data", "valid-data", "valid-file",
        "validation-file", "validation-data", "dev-file", "dev-data", "eval-file",
      ], ["valid"]
    ),
    (["val-split", "valid-split", "validation-split", "val-fraction"], ["valid-fraction"]),
    (["src", "train-src", "source-file"], ["source"]),
    (["tgt", "train-tgt", "target-file"], ["target"]),
    (["lower", "do-lower-case", "uncased"], ["lowercase"]),
    (["vocabulary-size"], ["vocab-size"]),
    (["max-vocab", "max-vocab-size", "vocab"], ["vocab-size"]),
    (["min-freq", "min-frequency"], ["min-count"]),
    (["level", "token-type", "tokenization"], ["tokens"]),
  ]

  /// What every run has an option for.
  static let ofRuns: [(name: String, option: String, isFlag: Bool)] = [
    (["output-dir", "save-dir", "output", "model-dir", "log-dir", "checkpoint-dir"], "out", false),
    (["resume-from-checkpoint", "resume-from", "restore", "load-checkpoint"], "resume", false),
    (["overwrite-output-dir", "force"], "overwrite", true),
  ].flatMap { (names: [String], option: String, isFlag: Bool) in
    names.map { ($0, option, isFlag) }
  }

  /// What has no option here, whether it takes a value elsewhere, and what to do instead.
  static let others: [(name: String, hasValue: Bool, hint: String)] = [
    (["cuda", "no-cuda", "use-cuda", "use-gpu"], false, onCPUs),
    (["device", "gpu", "gpus", "gpu-id"], true, onCPUs),
    (["bf16", "fp16", "amp", "half"], false, "use --precision bf16"),
    (["shuffle", "no-shuffle"], false, "leave it out: every epoch shuffles the examples anew"),
    (
      ["logging-steps", "log-interval", "print-every"], true,
      "leave it out: metrics.jsonl in the run folder has the updates, with --log-every 1 each"
    ),
    (["verbose"], false, "leave it out: progress is shown unless --quiet"),
    (["use-crf", "crf"], false, "use --head crf, where a task has it"),
  ].flatMap { (names: [String], hasValue: Bool, hint: String) in
    names.map { ($0, hasValue, hint) }
  }

  private static let onCPUs =
    "leave it out: Unroll trains on CPUs; --threads says on how many cores"
}

extension Habits {
  /// `--batch_size 32` as `--batch-size 32`: no option here has an underscore.
  ///
  /// - Parameter arguments: of the command line; what does not train is left as it is.
  package static func spelled(_ arguments: [String]) -> [String] {
    guard arguments.first == "train" else { return arguments }
    return arguments.map { argument in
      guard argument.wholeMatch(of: /--[A-Za-z][A-Za-z0-9_-]*(=.*)?/) != nil else {
        return argument
      }
      let name = argument.prefix { $0 != "=" }
      return String(name).replacing("_", with: "-") + argument.dropFirst(name.count)
    }
  }
}
