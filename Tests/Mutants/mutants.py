#!/usr/bin/env python3
"""Whether the tests can fail: `make test-mutants`.

Changes one operator, bound or constant at a time, in places that a seed chooses in every module, runs
the tests that reach them, and lists what none of them noticed, with file and line. Each survivor is argued
in `argued.json`: it changes no result, or why no test sees it. Exit 1 if one is not, or if fewer than 95 % of
those that change a result are noticed.

All changes are built at once: in a copy of the package each place asks which change is on
(`MUTANT_UNDER_TEST` in the environment; none without). `a < b` becomes `a <┑ b`, an operator of its own
that is `<`, or `<=` where its number is on.

  mutants.py build            copies, changes and builds
  mutants.py run [NUMBER …]   runs all, or these once more; what is known is not run again
  mutants.py report           says what came out
"""

import argparse
import itertools
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
REACHED = "MUTANTS_REACHED"
REACHED_SIZE = 4096
# A suite that is no Swift: exported graphs in onnxruntime.
ONNX = "Tests/ONNX/run"

# Places a part of the sources.
AREAS = [
    ("Sources/Measures/Scores", 13),
    ("Sources/Measures/Vectors", 2),
    ("Sources/Runs/Schedules", 6),
    ("Sources/Runs/Optimizers", 6),
    ("Sources/Runs/Runs", 7),
    ("Sources/Runs/Updates", 4),
    ("Sources/Runs/Folders", 5),
    ("Sources/Runs/Metrics", 3),
    ("Sources/Runs/Settings", 3),
    ("Sources/Networks/Decoding", 11),
    ("Sources/Networks/Recurrence", 6),
    ("Sources/Networks/Cells", 3),
    ("Sources/Networks/Models", 4),
    ("Sources/Networks/Initializers", 2),
    ("Sources/Corpora/Readers", 12),
    ("Sources/Corpora/Batching", 7),
    ("Sources/Corpora/Text", 4),
    ("Sources/Corpora/Subwords", 4),
    ("Sources/Corpora/Tags", 2),
    ("Sources/Corpora/Tokenizers", 2),
    ("Sources/Corpora/Vocabularies", 2),
    ("Sources/Corpora/Audio", 2),
    ("Sources/Corpora/Synthetic", 2),
    ("Sources/Interchange", 12),
    ("Sources/Autodiff/Operations", 12),
    ("Sources/Autodiff/Tape", 2),
    ("Sources/Autodiff/Parameters", 2),
    ("Sources/Parallel", 4),
    ("Sources/Compute", 7),
    ("Sources/CKernels", 8),
    ("Sources/Tasks", 9),
    ("Sources/Throughput", 1),
    ("Sources/TaskCommands", 1),
    ("Sources/UnrollCommand", 1),
    ("Sources/Exchange", 4),
    ("Sources/Reports", 3),
    ("Sources/Unroll", 1),
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


def choose(tree, seed, extra):
    """A list of mutants, numbered from 1, evenly over the files of each area."""
    mutants = []
    for area, count in AREAS:
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
                "text": file.read_text().splitlines()[line - 1].strip()})
    return mutants


# The changed copy.


def symbol(number):
    # Box drawing to dingbats: characters of operators.
    return chr(0x2500 + number)


def replacement(mutant):
    number, what = mutant["number"], mutant["what"]
    if mutant["file"].endswith(".h"):
        return f"(unroll_mutant_is({number}) ? ({mutant['change']}) : ({what}))"
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
#include <stddef.h>
extern int unroll_mutant;
extern char *unroll_reached;
static inline bool unroll_mutant_is(int number) {
  if (unroll_reached) unroll_reached[number] = 1;
  return unroll_mutant == number;
}
#endif
"""

# What was reached is in a file that is mapped: it outlives every end of the process, and its children write it too.
SWITCH_SOURCE = f"""\
#include "cmutant.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
int unroll_mutant = 0;
char *unroll_reached = NULL;
__attribute__((constructor(101))) static void unroll_choose_mutant(void) {{
  const char *number = getenv("{VARIABLE}");
  if (number) unroll_mutant = atoi(number);
  const char *path = getenv("{REACHED}");
  int file = path ? open(path, O_RDWR) : -1;
  if (file < 0) return;
  void *map = mmap(NULL, {REACHED_SIZE}, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (map != MAP_FAILED) unroll_reached = map;
}}
"""

PACKAGE_END = """
package.targets.append(.target(name: "CMutant"))
for target in package.targets where target.name != "CMutant" && target.type != .system {
  target.dependencies.append("CMutant")
}
"""


def write_copy(tree, mutants):
    """The package with all changes, over that of a build before; the suites whose files are new or differ."""
    names = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, check=True).stdout.decode().split("\0")
    copy = {name: ROOT / name for name in names if (ROOT / name).is_file()}
    if (ROOT / "Package.resolved").exists():
        copy["Package.resolved"] = ROOT / "Package.resolved"
    contents = {name: path.read_bytes() for name, path in copy.items()}
    contents["Package.swift"] += PACKAGE_END.encode()
    contents["Sources/CMutant/include/cmutant.h"] = SWITCH_HEADER.encode()
    contents["Sources/CMutant/cmutant.c"] = SWITCH_SOURCE.encode()
    for name in {m["file"] for m in mutants}:
        text = contents[name].decode()
        for mutant in sorted((m for m in mutants if m["file"] == name), key=lambda m: -m["start"]):
            text = text[:mutant["start"]] + replacement(mutant) + text[mutant["end"]:]
        contents[name] = (('#include "cmutant.h"\n' if name.endswith(".h") else "") + text).encode()
    for mutant in mutants:
        module = re.match(r"Sources/\w+", mutant["file"]).group()
        if mutant["file"].endswith(".swift"):
            contents.setdefault(f"{module}/Mutants.swift", b"import CMutant\n\n")
            contents[f"{module}/Mutants.swift"] += definition(mutant).encode()

    for path in tree.rglob("*"):
        if path.is_file() and str(path.relative_to(tree)) not in contents:
            path.unlink()
    suites = set()
    for name, content in contents.items():
        path = tree / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            if name in copy:
                shutil.copymode(copy[name], path)
            if name.startswith("Tests/") and name.endswith(".swift"):
                module = name.split("/")[1]
                declared = re.findall(r"\b(?:struct|extension|class|actor) (\w+)", content.decode())
                suites |= {f"{module}.{suite}" for suite in declared}
    return suites


def build(work, options):
    tree = work / "tree"
    mutants = choose(ROOT, options.seed, options.extra)
    print(f"{len(mutants)} places", flush=True)
    known = Known(work)
    while True:
        known.forget(write_copy(tree, mutants))
        known.write()
        result = subprocess.run(
            ["swift", "build", "-c", "release", "--build-tests", "--scratch-path",
             str(work / "build"), "-j", str(options.jobs)],
            cwd=tree, capture_output=True, text=True)
        (work / "build.log").write_text(result.stdout + result.stderr)
        if result.returncode == 0:
            break
        mutants = without_errors(mutants, result.stdout + result.stderr, tree)
    if list(map(name, known.mutants)) != list(map(name, mutants)):
        known.forget(known.suites)
    known.mutants = mutants
    known.write()
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


class Known:
    """What was found out so far, in a file: what is here is not done again.

    Of each suite the seconds that it takes and the numbers of the places that it reaches; of each change how it
    was noticed, or the suites that it passed.
    """

    def __init__(self, work):
        self.file = work / "known.json"
        known = json.loads(self.file.read_text()) if self.file.exists() else {}
        self.mutants = known.get("mutants", [])
        self.suites = known.get("suites", {})
        self.results = known.get("results", {})

    def write(self):
        self.file.write_text(json.dumps(
            {"mutants": self.mutants, "suites": self.suites, "results": self.results},
            indent=1, ensure_ascii=False))

    def forget(self, suites):
        for suite in list(suites):
            self.suites.pop(suite, None)
            for result in self.results.values():
                result["passed"] = [passed for passed in result["passed"] if passed != suite]

    def noticed(self, mutant):
        return self.results.get(name(mutant), {}).get("noticed")

    def open(self, mutant):
        """The suites that reach the place and that the change did not pass yet; none once it was noticed."""
        result = self.results.get(name(mutant), {"passed": []})
        return [suite for suite, what in self.suites.items()
                if mutant["number"] in what["reached"] and suite not in result["passed"]
                and "noticed" not in result]

    def add(self, mutant, suites, outcome):
        result = self.results.setdefault(name(mutant), {"passed": []})
        if outcome:
            result["noticed"] = outcome
        else:
            result["passed"] += suites
        self.write()


def name(mutant):
    """What a change is known by: lines may move."""
    return f"{mutant['file']}: {mutant['text']}: {mutant['what']} → {mutant['change']}"


def run(work, options):
    """Which suites reach which places, and the changes, each with the suites that reach it.

    Bottom up: what a module's own tests notice needs no others. What takes long is for those that remain,
    and for what is argued its own module's tests are enough.
    """
    known, argued = Known(work), arguments().keys()
    chosen = [m for m in known.mutants if m["number"] in options.numbers or not options.numbers]
    for mutant in chosen if options.numbers else []:
        known.results.pop(name(mutant), None)
    suites = all_suites(work)
    known.suites = {suite: what for suite, what in known.suites.items() if suite in suites}
    modules = re.findall(r'\.testTarget\(\s*name: "(\w+)"', (work / "tree/Package.swift").read_text())
    for module in modules + [ONNX]:
        for suite in suites:
            if module_of(suite) == module and suite not in known.suites:
                reach(work, known, suite)
        for mutant in chosen:
            if name(mutant) not in argued or module == own_tests(mutant):
                run_tests(work, known, mutant, module, 15)
    for mutant in chosen:
        if name(mutant) not in argued:
            run_tests(work, known, mutant)


def all_suites(work):
    listed = subprocess.run(
        [bundle(work), "--testing-library", "swift-testing", "--list-tests"],
        cwd=work / "tree", capture_output=True, text=True, check=True).stdout
    return sorted({line.split("/")[0] for line in listed.splitlines() if "/" in line}) + [ONNX]


def module_of(suite):
    return suite.split(".")[0]


def own_tests(mutant):
    return mutant["file"].split("/")[1].replace("CKernels", "Compute") + "Tests"


def run_tests(work, known, mutant, module=None, longest=1e9):
    """The suites that reach the place; those of one module in one process. Where a module is given, its own
    alone, and of these what takes at most so many seconds."""
    open_ones = [suite for suite in known.open(mutant)
                 if module in (None, module_of(suite)) and known.suites[suite]["seconds"] <= longest]
    for _, suites in itertools.groupby(open_ones, module_of):
        suites = list(suites)
        limit = 30 + 3 * sum(known.suites[suite]["seconds"] for suite in suites)
        outcome = test(work, suites, mutant["number"], limit)
        known.add(mutant, suites, outcome)
        print(f"{mutant['number']:4} {mutant['file']}:{mutant['line']} '{mutant['what']}' → "
              f"'{mutant['change']}': {outcome or 'passed ' + ' '.join(suites)}", flush=True)
        if outcome:
            break


def reach(work, known, suite):
    """Runs a suite without a change. One that fails is left out: it reads sources, and finds the copy's."""
    reached = work / "reached"
    reached.write_bytes(bytes(REACHED_SIZE))
    start = time.monotonic()
    outcome = test(work, [suite], 0, 3600, {REACHED: str(reached)})
    numbers = [number for number, byte in enumerate(reached.read_bytes()) if byte]
    known.suites[suite] = {
        "seconds": round(time.monotonic() - start, 1), "reached": [] if outcome else numbers,
        "left out": outcome}
    known.write()
    print(f"{suite}: {known.suites[suite]['seconds']} s, "
          f"{outcome or f'{len(numbers)} places'}", flush=True)


def bundle(work):
    return str(work / "build/release/UnrollPackageTests.xctest")


def command(work, suites):
    if ONNX in suites:
        return [str(work / "tree" / ONNX), str(work / "onnx-venv"), str(work / "build/release/unroll")]
    names = "|".join(map(re.escape, suites))
    return [bundle(work), "--testing-library", "swift-testing", "--no-parallel", "--filter", f"^({names})/"]


def test(work, suites, number, limit, environment={}):
    """How a change was noticed; None if all tests passed."""
    process = subprocess.Popen(
        command(work, suites), cwd=work / "tree", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=dict(os.environ) | {VARIABLE: str(number)} | environment, start_new_session=True)
    selector = selectors.DefaultSelector()
    selector.register(process.stdout, selectors.EVENT_READ)
    end = time.monotonic() + limit
    outcome, rest, log = None, b"", b""
    while outcome is None:
        if not selector.select(max(0, end - time.monotonic())):
            outcome = f"hangs in {' '.join(suites)}"
            break
        chunk = os.read(process.stdout.fileno(), 1 << 16)
        if not chunk:
            break
        log += chunk
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            found = re.search(r"Test (.*?) recorded an issue|FAILED (\w.*?):", line.decode(errors="replace"))
            if found:
                outcome = f"noticed by {found.group(1) or found.group(2)}"
                break
    (work / "test.log").write_bytes(log)
    if outcome:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return outcome
    status = process.wait()
    return f"noticed by exit {status} of {' '.join(suites)}" if status else None


def arguments():
    """Why nothing notices: of changes of no result, and of what is not tested."""
    argued = json.loads(ARGUED.read_text())
    return argued["changes no result"] | argued["is not tested"]


def report(work):
    known, argued = Known(work), arguments()
    equal = json.loads(ARGUED.read_text())["changes no result"]
    waiting = [suite for suite in all_suites(work) if suite not in known.suites]
    if waiting:
        print(f"{len(waiting)} suites have not run: mutants.py run")
    for suite, what in known.suites.items():
        if what.get("left out"):
            print(f"left out: {suite}, which fails without a change: {what['left out']}")
    noticed = [m for m in known.mutants if known.noticed(m)]
    silent = [m for m in known.mutants if not known.noticed(m)]
    survivors = [m for m in silent if name(m) in argued or not (waiting or known.open(m))]
    for mutant in survivors:
        print(f"survived: {mutant['file']}:{mutant['line']}: {mutant['text']}\n"
              f"          '{mutant['what']}' → '{mutant['change']}': "
              f"{argued.get(name(mutant), 'NOT ARGUED')}")
    tried = len(noticed) + len(survivors)
    without_result = sum(name(mutant) in equal for mutant in survivors)
    open_ones = sum(name(mutant) not in argued for mutant in survivors)
    share = len(noticed) / max(1, tried - without_result)
    print(f"{tried} of {len(known.mutants)} tried, of which {without_result} change no result; of the other "
          f"{tried - without_result} noticed: {len(noticed)} ({share:.1%}); not noticed nor argued: {open_ones}")
    return 0 if share >= 0.95 and tried == len(known.mutants) and not open_ones else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=["build", "run", "report", "list"])
    parser.add_argument("numbers", type=int, nargs="*")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / ".build-mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--extra", type=int, default=0, help="places more an area")
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
