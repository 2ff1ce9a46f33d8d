// libunroll: recurrent networks from C and whatever can call C.
//
// Every function returns 0, or what the command would exit with: 1 something failed, 2 what was asked for
// does not exist or does not fit, 3 the training diverged. `*text` is then the reason, as people should
// read it, on a second line behind "  hint: " the next step, if there is one. Where it is 0, `*text` is the
// answer. Either is the caller's, who gives it back with `unroll_free`; `text` may be NULL.
//
// Strings are UTF-8. "JSON" says that a string is JSON: requests are objects whose members may all be left
// out, and so may the object (NULL).
//
// Any thread may call any function at any time. Calls that use one opened run wait for each other; runs and
// trainings beside it do not. The library keeps no signal, ends no process (but where the system
// refuses memory in the midst of a computation), and leaves the floating-point mode as it found it. Its
// threads do not survive a fork: a child of a process that has used it is refused, and has to `exec`.

#ifndef UNROLL_H
#define UNROLL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// An opened run; 0 is none. Numbers are never used again: one that was closed is refused.
typedef int64_t unroll_run;

/// Gives an answer or a reason back.
void unroll_free(char *text);

/// Answer: JSON with `version`, `instruction_set`, `cores` and `tasks`, a list of `name` and `about`.
int unroll_info(char **text);

// MARK: Training

/// What happens in a training, as JSON whose `event` is `started`, `updated`, `validated`, `saved`, `tested`,
/// `note`, `warning` or `ended`; of updates some twenty a second. NULL asks only whether to go on. Called by
/// the thread that trains.
///
/// Returns 0 to go on; all else ends the training after the update, with a checkpoint to resume from.
typedef int (*unroll_progress)(void *context, const char *event);

/// Answer: JSON, a list with an object for each setting of the task that `unroll train TASK` trains:
/// `name`, `key`, `kind` (`integer`, `number`, `boolean`, `string`, `choice`, `strings`, `period`), `must` (in
/// words what a value has to be), `values` of a choice, `default`, `help`, `is_path`, `may_change`.
int unroll_settings(const char *task, char **text);

/// Refuses what `unroll_train` would refuse of a task and its settings alone: nothing is read or written.
int unroll_check_settings(const char *task, const char *settings, char **text);

/// Trains a new run in `folder`.
///
/// - task: as `unroll train` names it: `lm`, `tag`, ….
/// - settings: JSON, by name (`clip_norm` for `--clip-norm`) or key (`optimizer.clip_norm`). What is left out
///   follows from the data, as on the command line; `"defaults": "fixed"` keeps it as it is. The environment
///   sets nothing.
/// - overwrites: whether a run that the folder holds is replaced.
/// - Answer: JSON with `end`, which is `finished`, `stopped_early` or `interrupted`, and `updates`.
int unroll_train(
    const char *task, const char *settings, const char *folder, int overwrites,
    unroll_progress progress, void *context, char **text);

/// Trains a new run of `classify` or `regress` in `folder` on series of numbers in memory, which go to the file
/// `folder-data.ts` beside it: from there the run can be resumed.
///
/// - values, lengths, count, width: as in `unroll_predict_series`.
/// - answers: JSON, a list with the label of each of the series, or its number; NULL where the task asks for
///   none, as with `every_step`.
/// - settings, overwrites, progress and the answer: as in `unroll_train`; they name no `data`.
int unroll_train_series(
    const char *task, const char *settings, const float *values, const int64_t *lengths, int64_t count,
    int64_t width, const char *answers, const char *folder, int overwrites, unroll_progress progress,
    void *context, char **text);

/// Goes on with the run in `folder` from its last checkpoint, with settings that may change.
int unroll_resume(
    const char *folder, const char *settings, unroll_progress progress, void *context, char **text);

/// Answer: JSON, the list of what was recorded of the run in `folder` so far, as in its `metrics.jsonl`.
int unroll_metrics(const char *folder, char **text);

// MARK: Using a run

/// Opens the best weights of the run in `folder`.
///
/// - options: JSON: `threads` (0: as many as there are cores), `top_k`, `columns`, `beam`, `length_penalty`,
///   `n_best`, `confidence`: as `unroll predict` has them.
int unroll_open(const char *folder, const char *options, unroll_run *run, char **text);

/// Frees what the run holds, its parameters among it, once no call uses it.
int unroll_close(unroll_run run, char **text);

/// Answer: JSON with `task`, `settings` (by key), `parameters` (a list of `name` and `shape`), `abilities`
/// (`predict`, `predict_series`, `sample`, `score`, `embed`), `classes`, `series_width` and `notes`.
int unroll_describe(unroll_run run, char **text);

/// - inputs: JSON, a list of strings, each as a line that `unroll predict` reads.
/// - Answer: JSON, a list of what `unroll predict --json` prints.
int unroll_predict(unroll_run run, const char *inputs, char **text);

/// Reads series of numbers and answers with the probability of each class, or with numbers.
///
/// - values: the series one after the other, in each step after step the `width` numbers of a step; finite.
/// - lengths: steps of each series.
/// - outputs: [count, columns], `columns` being what `*columns` says afterwards; at most `capacity` floats are
///   written. With a capacity of 0 nothing is computed, and `*columns` alone is set.
int unroll_predict_series(
    unroll_run run, const float *values, const int64_t *lengths, int64_t count, int64_t width,
    float *outputs, int64_t capacity, int64_t *columns, char **text);

/// - request: JSON: `prompt`, `condition`, `count`, `length`, `temperature`, `top_k`, `top_p`, `seed`.
/// - Answer: JSON, the text as a string.
int unroll_sample(unroll_run run, const char *request, char **text);

/// - sentences: JSON, a list of strings.
/// - Answer: JSON, a list of `log_probability` (in nats) and `tokens`.
int unroll_score(unroll_run run, const char *sentences, char **text);

/// - inputs: JSON, a list of strings: texts, or paths of recordings.
/// - vectors: [inputs, columns]; see `unroll_predict_series`.
int unroll_embed(
    unroll_run run, const char *inputs, float *vectors, int64_t capacity, int64_t *columns,
    char **text);

/// Measures the run on files in the format that it was trained on.
///
/// - files: JSON, a list of paths.
/// - Answer: JSON, what `unroll eval --json` prints.
int unroll_evaluate(unroll_run run, const char *files, char **text);

/// The numbers of a parameter, in the order of its shape, rows first. They are the run's: to be read, until it
/// is closed.
int unroll_parameter(
    unroll_run run, const char *name, const float **values, int64_t *count, char **text);

#ifdef __cplusplus
}
#endif

#endif
