#!/usr/bin/env python3
"""Whether the tests can fail: `make test-mutants`.

Changes one operator, bound or constant at a time, in places that a seed chooses in every module, runs
the tests that should notice, and lists what none of them noticed, with file and line. Exit 1 if fewer
than 95 % are noticed, or if a survivor is not argued in `argued.json`.

All changes are built at once: in a copy of the package each place asks which change is on
(`MUTANT_UNDER_TEST` in the environment; none without). `a < b` becomes `a <┑ b`, an operator of its own
that is `<`, or `<=` where its number is on.

  mutants.py build            copies, changes and builds
  mutants.py run [NUMBER …]   runs all, or these; what is known already is not run again
  mutants.py run --quick      the same with the tests nearest to each place; the others stay open
  mutants.py report           says what came out
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import re
import selectors
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
ARGUED = pathlib.Path(__file__).with_name("argued.json")
VARIABLE = "MUTANT_UNDER_TEST"

# Places a part of the sources, and the tests that should notice, those that are quick first.
AREAS = [
    ("Sources/Measures/Scores", 13, ["MeasuresTests", "TasksTests"]),
    ("Sources/Measures/Vectors", 2, ["MeasuresTests", "TasksTests"]),
    ("Sources/Runs/Schedules", 6, ["RunsTests", "TasksTests"]),
    ("Sources/Runs/Optimizers", 6, ["RunsTests", "TasksTests"]),
    ("Sources/Runs/Runs", 7, ["RunsTests", "TasksTests|CommandTests"]),
    ("Sources/Runs/Updates", 4, ["RunsTests|ThroughputTests", "TasksTests|CommandTests"]),
    ("Sources/Runs/Folders", 5, ["RunsTests", "TasksTests|CommandTests"]),
    ("Sources/Runs/Metrics", 3, ["RunsTests", "CommandTests"]),
    ("Sources/Runs/Settings", 3, ["RunsTests", "TasksTests|TaskCommandsTests|CommandTests"]),
    ("Sources/Networks/Decoding", 11, ["NetworksTests", "TasksTests"]),
    ("Sources/Networks/Recurrence", 6, ["NetworksTests", "TasksTests"]),
    ("Sources/Networks/Cells", 3, ["NetworksTests", "TasksTests"]),
    ("Sources/Networks/Models", 4, ["NetworksTests", "TasksTests"]),
    ("Sources/Networks/Initializers", 2, ["NetworksTests", "TasksTests"]),
    ("Sources/Corpora/Readers", 12, ["CorporaTests", "TasksTests|CommandTests"]),
    ("Sources/Corpora/Batching", 7, ["CorporaTests", "RunsTests|TasksTests"]),
    ("Sources/Corpora/Text", 4, ["CorporaTests", "TasksTests"]),
    ("Sources/Corpora/Subwords", 4, ["CorporaTests", "TasksTests"]),
    ("Sources/Corpora/Tags", 2, ["CorporaTests", "TasksTests"]),
    ("Sources/Corpora/Tokenizers", 2, ["CorporaTests", "TasksTests"]),
    ("Sources/Corpora/Vocabularies", 2, ["CorporaTests", "TasksTests"]),
    ("Sources/Corpora/Audio", 2, ["CorporaTests", "TasksTests"]),
    ("Sources/Corpora/Synthetic", 2, ["CorporaTests", "TasksTests"]),
    ("Sources/Interchange", 12, ["InterchangeTests", "CorporaTests|RunsTests|TasksTests"]),
    ("Sources/Autodiff/Operations", 12, ["AutodiffTests", "NetworksTests|TasksTests"]),
    ("Sources/Autodiff/Tape", 2, ["AutodiffTests", "NetworksTests|RunsTests"]),
    ("Sources/Autodiff/Parameters", 2, ["AutodiffTests", "NetworksTests|RunsTests"]),
    ("Sources/Parallel", 4, ["ParallelTests", "AutodiffTests|NetworksTests|RunsTests"]),
    ("Sources/Compute", 7, ["ComputeTests", "AutodiffTests|NetworksTests|RunsTests"]),
    ("Sources/CKernels", 8, ["ComputeTests", "AutodiffTests|NetworksTests|RunsTests"]),
    ("Sources/Tasks", 9, ["TasksTests", "CommandTests"]),
    ("Sources/Throughput", 1, ["ThroughputTests"]),
    ("Sources/TaskCommands", 1, ["TaskCommandsTests", "CommandTests"]),
    ("Sources/UnrollCommand", 1, ["CommandTests"]),
]

# Operator, its change, precedence, and how both are written down.
OPERATORS = {
    "<": ("<=", "comparison"),
    "<=": ("<", "comparison"),
    ">": (">=", "comparison"),
    ">=": (">", "comparison"),
    "==": ("!=", "equality"),
    "!=": ("==", "equality"),
    "+": ("-", "sum"),
    "-": ("+", "sum"),
    "*": ("+", "product"),
    "/": ("*", "quotient"),
    "%": ("/", "remainder"),
    "&&": ("||", "conjunction"),
    "||": ("&&", "disjunction"),
    "+=": ("-=", "assignment"),
    "-=": ("+=", "assignment"),
    "..<": ("one less", "range"),
}

PRECEDENCE = {
    "comparison": "ComparisonPrecedence", "equality": "ComparisonPrecedence",
    "sum": "AdditionPrecedence", "product": "MultiplicationPrecedence",
    "quotient": "MultiplicationPrecedence", "remainder": "MultiplicationPrecedence",
    "conjunction": "LogicalConjunctionPrecedence", "disjunction": "LogicalDisjunctionPrecedence",
    "assignment": "AssignmentPrecedence", "range": "RangeFormationPrecedence",
}


# Places.


def code_mask(text):
    """True for characters of code, False in comments and strings."""
    mask = bytearray(b"\1" * len(text))
    i = 0

    def hide(start, end):
        mask[start:end] = b"\0" * (end - start)

    while i < len(text):
        if text.startswith("//", i):
            end = text.find("\n", i)
            end = len(text) if end < 0 else end
        elif text.startswith("/*", i):
            end = text.find("*/", i) + 2
        elif text.startswith('"""', i):
            end = text.find('"""', i + 3) + 3
        elif text[i] == '"':
            end, depth = i + 1, 0
            while end < len(text) and (depth or text[end] != '"'):
                if text.startswith("\\(", end):
                    depth += 1
                    end += 1
                elif depth and text[end] == "(":
                    depth += 1
                elif depth and text[end] == ")":
                    depth -= 1
                elif text[end] == "\\":
                    end += 1
                end += 1
            end += 1
        else:
            i += 1
            continue
        hide(i, end)
        i = end
    return mask


# Lines on which a change would be none of the program's work: messages, declarations, checks of
# programmers' mistakes, hints to the allocator, patterns.
SKIPPED = re.compile(
    r"^\s*(@|#|import |case |default:|where |public func |package func |private func |func |static func |"
    r"(private |package |public |fileprivate )?(extension|protocol|typealias|struct|class|enum|subscript)\b)"
    r"|reserveCapacity|UInt8\(ascii|\bnil\b|\binit\(|"
    r"hint:|@Setting|@Option|\bas\b|prefetch|alignment|SIMD")

# Lines of C on which a change would change no result.
HINTS = re.compile(r"^\s*#|prefetch")

# Calls whose arguments are messages or checks of programmers' mistakes, to the closing bracket.
MESSAGES = re.compile(
    r"\b(?:precondition\w*|assert\w*|fatalError|UserError(?:\.\w+)?|ValidationError|error|message|isEqual)\(")

SWIFT = re.compile(
    r"(?<= )(<=|>=|==|!=|\+=|-=|&&|\|\||<|>|\+|-|\*|/|%)(?= )"
    r"|(?<=[\w\])])\.\.<(?=[\w(])"
    r"|(?<![.\w])(?:min|max)(?=\()"
    r"|(?<=return )(?:true|false)\b"
    r"|(?<![\w.$\[#])(?:\d+\.\d+(?:e-?\d+)?|\d+e-?\d+|\d+)(?![\w.(\]])")

KERNELS = re.compile(
    r"\bv_add(?=\()|\bv_sub(?=\()|\bv_fma(?=\()|\bv_fnma(?=\()|\bv_max(?=\()|\bv_min(?=\()"
    r"|(?<=v_all\()-?\d[\w.+]*?f?(?=\))"
    r"|(?<=; )[^;()]* (?:<|<=) [^;()]*(?=;)")

SWAPS = {
    "v_add": "v_sub", "v_sub": "v_add", "v_fma": "v_fnma", "v_fnma": "v_fma",
    "v_max": "v_min", "v_min": "v_max"}


def places(path):
    """All places of a file: (start, end, what, change)."""
    text = path.read_text()
    mask = code_mask(text)
    is_swift = path.suffix == ".swift"
    for call in MESSAGES.finditer(text) if is_swift else []:
        end, depth = call.end(), 1
        while depth and end < len(text):
            depth += mask[end] * ((text[end] == "(") - (text[end] == ")"))
            end += 1
        mask[call.start():end] = bytes(end - call.start())
    start = 0
    for line in text.splitlines(keepends=True):
        if not (SKIPPED if is_swift else HINTS).search(line):
            for match in (SWIFT if is_swift else KERNELS).finditer(line):
                if all(mask[start + match.start():start + match.end()]):
                    what = match.group()
                    if is_swift and what == "-" and "(-" in line:
                        continue
                    yield start + match.start(), start + match.end(), what, change(what, is_swift)
        start += len(line)


def change(what, is_swift):
    if not is_swift:
        if what in SWAPS:
            return SWAPS[what]
        if " <= " in what:
            return what.replace(" <= ", " < ", 1)
        if " < " in what:
            return what.replace(" < ", " <= ", 1)
        return f"1.5f * {what}" if float.fromhex(what.rstrip("f")) else "1"
    if what in OPERATORS:
        return OPERATORS[what][0]
    if what in ("min", "max"):
        return {"min": "max", "max": "min"}[what]
    if what in ("true", "false"):
        return {"true": "false", "false": "true"}[what]
    if "." in what or "e" in what:
        return repr(float(what) * 1.5) if float(what) else "1.0"
    return str(int(what) + 1)


def mirrored(tree, file):
    """The suites in the folder of the tests that mirrors the folder of a source file; None without any."""
    module, *folders = file.relative_to(tree / "Sources").parent.parts
    folder = tree / "Tests" / f"{module}Tests"
    for name in folders:
        folder = folder / name if (folder / name).is_dir() else folder
    if folder.parent.name == "Tests":
        return None
    suites = set()
    for test in folder.rglob("*.swift"):
        suites |= set(re.findall(r"\bstruct (\w+Tests)\b", test.read_text()))
    return f"{module}Tests\\.({'|'.join(sorted(suites))})" if suites else None


def choose(tree, seed, extra):
    """A list of mutants, numbered from 1, evenly over the files of each area."""
    mutants = []
    for area, count, filters in AREAS:
        files = sorted(
            f for f in (tree / area).rglob("*")
            if f.suffix == ".swift" or f.name in (
                "rows.inc.h", "optimizers.inc.h", "activations.inc.h", "cells.inc.h"))
        pool = []
        for file in files:
            found = list(places(file))
            order = random.Random(f"{seed} {file.relative_to(tree)}")
            order.shuffle(found)
            pool += [(rank / max(1, len(found)) + order.random() * 0.2, file, place)
                     for rank, place in enumerate(found)]
        pool.sort(key=lambda entry: (entry[0], str(entry[1]), entry[2]))
        taken_lines = set()
        for _, file, place in pool:
            if count + extra == 0:
                break
            line = file.read_text()[:place[0]].count("\n") + 1
            if (file, line) in taken_lines:
                continue
            taken_lines.add((file, line))
            count -= 1
            mutants.append({
                "number": len(mutants) + 1, "file": str(file.relative_to(tree)), "line": line,
                "start": place[0], "end": place[1], "what": place[2], "change": place[3],
                "text": file.read_text().splitlines()[line - 1].strip(),
                "filters": list(filter(None, [mirrored(tree, file)])) + filters})
    return mutants


# The changed copy.


def symbol(number):
    # Box drawing to dingbats: characters of operators.
    return chr(0x2500 + number)


def replacement(mutant):
    number, what = mutant["number"], mutant["what"]
    if mutant["file"].endswith(".h"):
        return f"(unroll_mutant == {number} ? ({mutant['change']}) : ({what}))"
    if what in OPERATORS:
        return what + symbol(number)
    if what in ("min", "max"):
        return f"mutant{number}"
    return f"mutant{number}({what})"


def definition(mutant):
    """What a place calls instead."""
    number, what, other = mutant["number"], mutant["what"], mutant["change"]
    on = f"unroll_mutant_is({number})"
    head = "@inlinable @inline(__always) public func"
    if what in ("min", "max"):
        return (
            f"{head} mutant{number}<T: Comparable>(_ a: T, _ b: T) -> T "
            f"{{ {on} ? Swift.{other}(a, b) : Swift.{what}(a, b) }}\n"
            f"{head} mutant{number}<T: Comparable>(_ a: T, _ b: T, _ c: T) -> T "
            f"{{ {on} ? Swift.{other}(a, b, c) : Swift.{what}(a, b, c) }}\n")
    if what in ("true", "false"):
        return f"{head} mutant{number}(_ a: Bool) -> Bool {{ {on} ? !a : a }}\n"
    if what not in OPERATORS:
        if "." in other or "e" in other:
            return (
                f"{head} mutant{number}<T: BinaryFloatingPoint>(_ a: T) -> T "
                f"{{ {on} ? T({other} as Double) : a }}\n")
        return f"{head} mutant{number}<T: Numeric>(_ a: T) -> T {{ {on} ? a + 1 : a }}\n"
    name = what + symbol(number)
    kind = OPERATORS[what][1]
    lines = [f"infix operator {name}: {PRECEDENCE[kind]}"]

    def add(generic, a, b, result, body_on, body, attributes=""):
        lines.append(
            f"{attributes}{head} {name}{generic}(a: {a}, b: {b}) -> {result} "
            f"{{ {on} ? {body_on} : {body} }}")

    if kind in ("comparison", "equality"):
        bound = "Comparable" if kind == "comparison" else "Equatable"
        add(f"<T: {bound}>", "T", "T", "Bool", f"a {other} b", f"a {what} b")
    elif kind == "sum":
        add("<T: AdditiveArithmetic>", "T", "T", "T", f"a {other} b", f"a {what} b")
        sign = "-" if what == "+" else ""
        back = "" if what == "+" else "-"
        add("<T: _Pointer>", "T", "Int", "T", f"a.advanced(by: {sign}b)", f"a.advanced(by: {back}b)",
            "@_disfavoredOverload ")
        if what == "+":
            add("<T: RangeReplaceableCollection>", "T", "T", "T", "a", "a + b")
    elif kind == "product":
        add("<T: Numeric>", "T", "T", "T", "a + b", "a * b")
    elif kind == "quotient":
        add("<T: BinaryInteger>", "T", "T", "T", "a * b", "a / b")
        add("<T: FloatingPoint>", "T", "T", "T", "a * b", "a / b")
    elif kind == "remainder":
        add("<T: BinaryInteger>", "T", "T", "T", "a / b", "a % b")
    elif kind in ("conjunction", "disjunction"):
        lines.append(
            f"{head} {name}(a: Bool, b: @autoclosure () throws -> Bool) rethrows -> Bool "
            f"{{ {on} ? try (a {other} b()) : try (a {what} b()) }}")
    elif kind == "assignment":
        lines.append(
            f"{head} {name}<T: AdditiveArithmetic>(a: inout T, b: T) "
            f"{{ if {on} {{ a {other} b }} else {{ a {what} b }} }}")
        if what == "+=":
            lines.append(
                f"{head} {name}<T: RangeReplaceableCollection, S: Sequence>(a: inout T, b: S) "
                f"where S.Element == T.Element {{ if !{on} {{ a.append(contentsOf: b) }} }}")
    elif kind == "range":
        lines.append(
            f"{head} {name}<T: Strideable>(a: T, b: T) -> Range<T> where T.Stride: SignedInteger "
            f"{{ {on} && a < b ? a..<b.advanced(by: -1) : a..<b }}")
    return "\n".join(lines) + "\n"


SWITCH_HEADER = """\
#ifndef UNROLL_MUTANT_H
#define UNROLL_MUTANT_H
#include <stdbool.h>
extern int unroll_mutant;
static inline bool unroll_mutant_is(int number) { return unroll_mutant == number; }
#endif
"""

SWITCH_SOURCE = f"""\
#include "cmutant.h"
#include <stdlib.h>
int unroll_mutant = 0;
__attribute__((constructor(101))) static void unroll_choose_mutant(void) {{
  const char *number = getenv("{VARIABLE}");
  if (number) unroll_mutant = atoi(number);
}}
"""

PACKAGE_END = """
package.targets.append(.target(name: "CMutant"))
for target in package.targets where target.name != "CMutant" && target.type != .system {
  target.dependencies.append("CMutant")
}
"""


def write_copy(tree, mutants, original):
    for name in {m["file"] for m in mutants} | set(original):
        text = original.setdefault(name, (tree / name).read_text())
        here = sorted((m for m in mutants if m["file"] == name), key=lambda m: -m["start"])
        for mutant in here:
            text = text[:mutant["start"]] + replacement(mutant) + text[mutant["end"]:]
        if here and name.endswith(".h"):
            text = '#include "cmutant.h"\n' + text
        write(tree / name, text)
    for module in sorted(path for path in (tree / "Sources").iterdir() if path.is_dir()):
        own = [m for m in mutants
               if m["file"].startswith(f"Sources/{module.name}/") and m["file"].endswith(".swift")]
        file = module / "Mutants.swift"
        if own:
            write(file, "import CMutant\n\n" + "".join(map(definition, own)))
        else:
            file.unlink(missing_ok=True)


def write(path, text):
    """Only where it differs: what is unchanged is not built again."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def build(work, options):
    tree = work / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    archive = subprocess.Popen(["git", "-C", str(ROOT), "archive", "HEAD"], stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", str(tree)], stdin=archive.stdout, check=True)
    if (ROOT / "Package.resolved").exists():
        shutil.copy(ROOT / "Package.resolved", tree)
    (tree / "Sources/CMutant/include").mkdir(parents=True)
    (tree / "Sources/CMutant/include/cmutant.h").write_text(SWITCH_HEADER)
    (tree / "Sources/CMutant/cmutant.c").write_text(SWITCH_SOURCE)
    with (tree / "Package.swift").open("a") as package:
        package.write(PACKAGE_END)

    mutants = choose(tree, options.seed, options.extra)
    print(f"{len(mutants)} places", flush=True)
    original = {}
    while True:
        write_copy(tree, mutants, original)
        result = subprocess.run(
            ["swift", "build", "-c", "release", "--build-tests", "--scratch-path",
             str(work / "build"), "-j", str(options.jobs)],
            cwd=tree, capture_output=True, text=True)
        (work / "build.log").write_text(result.stdout + result.stderr)
        if result.returncode == 0:
            break
        mutants = without_errors(mutants, result.stdout + result.stderr, tree)
    (work / "mutants.json").write_text(json.dumps(mutants, indent=1))
    print(f"{len(mutants)} places built", flush=True)


def without_errors(mutants, log, tree):
    """Not every place takes a generic operator: those in error go."""
    bad = set()
    for path, line in re.findall(r"^(/\S+?):(\d+):\d+: error", log, re.M):
        if not path.startswith(str(tree)):
            continue
        name = str(pathlib.Path(path).relative_to(tree))
        if name.endswith("/Mutants.swift"):
            text = pathlib.Path(path).read_text().splitlines()[int(line) - 1]
            number = [m["number"] for m in mutants
                      if symbol(m["number"]) in text or f"mutant{m['number']}<" in text]
            bad |= set(number)
            continue
        near = [m for m in mutants if m["file"] == name]
        distance = {m["number"]: abs(m["line"] - int(line)) for m in near}
        bad |= {n for n, d in distance.items() if d == min(distance.values())}
    if not bad:
        sys.exit("the copy does not build:\n" + "\n".join(log.splitlines()[-40:]))
    print(f"  {len(bad)} places do not build and are left out: {sorted(bad)}", flush=True)
    return [m for m in mutants if m["number"] not in bad]


# Runs.


def run(work, options):
    mutants = {m["number"]: m for m in json.loads((work / "mutants.json").read_text())}
    results_file = work / "results.json"
    results = json.loads(results_file.read_text()) if results_file.exists() else {}
    for number in options.numbers or sorted(mutants):
        mutant = mutants[number]
        if str(number) in results and not options.numbers:
            continue
        outcome = None
        for stage in mutant["filters"][:1 if options.quick else None]:
            limit = baseline(work, stage, results, results_file, options)
            outcome = tests(work, stage, number, limit)
            if outcome:
                break
        if options.quick and not outcome:
            print(f"{number:4} goes on with all of its tests", flush=True)
            continue
        results[str(number)] = outcome or "survived"
        results_file.write_text(json.dumps(results, indent=1))
        print(f"{number:4} {mutant['file']}:{mutant['line']} '{mutant['what']}' → "
              f"'{mutant['change']}': {results[str(number)]}", flush=True)


def baseline(work, stage, results, results_file, options):
    """Seconds that the tests take without a change, and they must pass."""
    key = f"baseline {stage}"
    if key not in results:
        start = time.monotonic()
        outcome = tests(work, stage, 0, 3600)
        if outcome:
            sys.exit(f"the tests {stage} do not pass without a change: {outcome}")
        results[key] = time.monotonic() - start
        results_file.write_text(json.dumps(results, indent=1))
        print(f"baseline {stage}: {results[key]:.0f} s", flush=True)
    return 4 * results[key] + 60


def tests(work, stage, number, limit):
    """How a change was noticed; None if all tests passed."""
    bundle = work / "build/release/UnrollPackageTests.xctest"
    where = stage.partition("\\")[0]
    log = work / "test.log"
    environment = dict(os.environ) | {VARIABLE: str(number)}
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [str(bundle), "--testing-library", "swift-testing", "--no-parallel",
             "--filter", f"^({stage})[./]"],
            cwd=work / "tree", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment,
            start_new_session=True)
        selector = selectors.DefaultSelector()
        selector.register(process.stdout, selectors.EVENT_READ)
        end = time.monotonic() + limit
        outcome, rest = None, b""
        while outcome is None:
            if not selector.select(max(0, end - time.monotonic())):
                outcome = f"hung in {where}"
                break
            chunk = os.read(process.stdout.fileno(), 1 << 16)
            if not chunk:
                break
            sink.write(chunk)
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                found = re.search(r"Test (.*?) recorded an issue", line.decode(errors="replace"))
                if found:
                    outcome = f"noticed by {where} {found.group(1)}"
                    break
    if outcome:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return outcome
    status = process.wait()
    return f"noticed by {where}: exit {status}" if status else None


def report(work):
    mutants = json.loads((work / "mutants.json").read_text())
    results = json.loads((work / "results.json").read_text())
    argued = json.loads(ARGUED.read_text()) if ARGUED.exists() else {}
    done = [m for m in mutants if str(m["number"]) in results]
    survivors = [m for m in done if results[str(m["number"])] == "survived"]
    noticed = len(done) - len(survivors)
    open_ones = 0
    for mutant in survivors:
        key = f"{mutant['file']}: {mutant['text']}: {mutant['what']} → {mutant['change']}"
        reason = argued.get(key)
        open_ones += reason is None
        print(f"survived: {mutant['file']}:{mutant['line']}: {mutant['text']}\n"
              f"          '{mutant['what']}' → '{mutant['change']}'"
              f"{': ' + reason if reason else ''}")
    share = noticed / max(1, len(done))
    print(f"{len(done)} of {len(mutants)} tried, {noticed} noticed ({share:.1%}), "
          f"{len(survivors)} survived, {open_ones} of them not argued")
    return 0 if share >= 0.95 and open_ones == 0 else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=["build", "run", "report", "list"])
    parser.add_argument("numbers", type=int, nargs="*")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / ".build-mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--extra", type=int, default=0, help="places more an area")
    parser.add_argument("--quick", action="store_true", help="the tests nearest to a place alone")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    if options.action == "build":
        return build(options.work, options)
    if options.action == "run":
        return run(options.work, options)
    if options.action == "list":
        for m in choose(ROOT, options.seed, options.extra):
            print(f"{m['number']:4} {m['file']}:{m['line']} '{m['what']}' → '{m['change']}': {m['text']}")
        return 0
    return report(options.work)


if __name__ == "__main__":
    sys.exit(main())
