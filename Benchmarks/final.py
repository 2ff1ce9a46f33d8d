#!/usr/bin/env python3
"""Trains a recipe with each of some seeds, measures it on the test data, and writes the figures down.

    final.py LOG RECIPE --task TASK --train OPTION… --test FILE… [--seeds 1 2 3] [--runs FOLDER]
             [--beam N] [--unroll PROGRAM] [--again REASON]

`--train` takes the options of `unroll train TASK` that name the data, `--data FILE` and the like. A line of
JSON for each seed, and one for all of them together where the task measures runs together, is added to LOG:
date, commit, digests of recipe and data, figures, processor time; with `--beam` another for each, of that search.
Settings are chosen before: the recipe has to be committed, and figures of the same recipe on the same test data are read once, unless a reason is given.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile


def digest(paths):
    """Of the bytes of files and of all files in folders, in the order of their names."""
    found = hashlib.sha256()
    for path in map(pathlib.Path, paths):
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                found.update(file.read_bytes())
    return found.hexdigest()[:16]


def output(*command):
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{run.stderr.strip()}")
    return run.stdout


def commit_of(recipe):
    """The commit that settings and program come from. Ends where the recipe is not in it."""
    folder = recipe.resolve().parent
    if output("git", "-C", folder, "status", "--porcelain", "--", recipe.name).strip():
        sys.exit(f"{recipe} is not committed: settings are chosen before the test data are read")
    return output("git", "-C", folder, "rev-parse", "--short=12", "HEAD").strip()


def processor_seconds():
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=pathlib.Path)
    parser.add_argument("recipe", type=pathlib.Path)
    parser.add_argument("--task", required=True)
    parser.add_argument("--train", nargs=argparse.REMAINDER, required=True, help="the last option")
    parser.add_argument("--test", nargs="+", required=True)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--runs", type=pathlib.Path, help="folder for the runs, where stopped ones go on; else they are not kept")
    parser.add_argument("--beam", type=int, help="hypotheses of a search that is measured too")
    parser.add_argument("--unroll", default="unroll")
    parser.add_argument("--again", metavar="REASON")
    given = parser.parse_args()

    named = [part for part in given.train if os.path.exists(part)]
    entry = {"recipe": given.recipe.name, "commit": commit_of(given.recipe), "settings": digest([given.recipe]),
             "data": digest(named), "test": digest(given.test)}
    if given.again:
        entry["again"] = given.again
    earlier = given.log.read_text().splitlines() if given.log.exists() else []
    for line in map(json.loads, earlier):
        if not given.again and all(line[key] == entry[key] for key in ["settings", "data", "test"]):
            sys.exit(f"{given.log} has figures of this recipe on these data, of {line['date']}")

    def write(seeds, run_seconds, figures, search):
        date = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        kept = {key: value for key, value in figures.items() if isinstance(value, (int, float))}
        line = json.dumps({"date": date, **entry, "seeds": seeds, **search,
                           "seconds": round(run_seconds, 1), **kept})
        with given.log.open("a") as log:
            log.write(line + "\n")
        print(line, flush=True)

    with tempfile.TemporaryDirectory() as temporary:
        runs = given.runs or pathlib.Path(temporary)
        folders = [runs / f"{given.recipe.stem}-{seed}" for seed in given.seeds]
        before = processor_seconds()
        seconds = []
        # All are trained before anything is measured.
        for seed, folder in zip(given.seeds, folders):
            if (folder / "config.toml").exists():
                output(given.unroll, "train", "--resume", folder, "--threads", 1, "--quiet")
            else:
                output(given.unroll, "train", given.task, "--config", given.recipe, *given.train, "--seed", seed,
                       "--threads", 1, "--quiet", "--out", folder)
            seconds.append(processor_seconds() - before - sum(seconds))
        measure = ["--data", *given.test, "--threads", "1", "--quiet", "--json"]
        for search in [{}] + ([{"beam": given.beam}] if given.beam else []):
            options = measure + [str(part) for key, value in search.items() for part in (f"--{key}", value)]
            for seed, folder, taken in zip(given.seeds, folders, seconds):
                write([seed], taken, json.loads(output(given.unroll, "eval", folder, *options)), search)
            if len(folders) > 1:
                together = subprocess.run(
                    [given.unroll, "eval", *folders, *options], capture_output=True, text=True)
                if together.returncode == 0:
                    write(given.seeds, sum(seconds), json.loads(together.stdout), search)


if __name__ == "__main__":
    main()
