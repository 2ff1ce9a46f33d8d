# make demo: train on this checkout's own sources. make test: prove that everything works.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build
.PHONY: setup build dist compare demo examples docs library wheel mpi open-mpi test test-package \
  test-surroundings test-python test-onnx test-mpi test-elsewhere test-packaging test-long test-tensorboard \
  test-threads test-rank-threads test-memory test-mutants fuzz soak format lint clean

SWIFT ?= swift
BUILD_DIR ?= .build
SWIFT_FLAGS = -c release --scratch-path $(BUILD_DIR)
UNROLL = $(BUILD_DIR)/release/unroll
FORMATTED = Sources Tests Package.swift \
  Benchmarks/Sources Examples/Sources Examples/Package.swift

# Root needs no sudo; nobody else can install without it.
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

# What the build needs and Swift does not bring: jemalloc's header.
setup:
	@command -v $(SWIFT) > /dev/null || { \
	  echo "error: there is no '$(SWIFT)' on the PATH; Unroll needs Swift 6.1 or later" >&2; \
	  echo "  hint: install it from https://www.swift.org/install" >&2; exit 1; }
	@has_jemalloc() { echo '#include <jemalloc/jemalloc.h>' | clang -E -x c - > /dev/null 2>&1; }; \
	if has_jemalloc; then exit 0; fi; \
	echo "installing libjemalloc-dev"; \
	if command -v apt-get > /dev/null; then \
	  { $(SUDO) apt-get update -qq \
	    && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq libjemalloc-dev; } || true; \
	fi; \
	has_jemalloc || { \
	  echo "error: jemalloc's header is missing and could not be installed" >&2; \
	  echo "  hint: install libjemalloc-dev (Debian, Ubuntu), jemalloc-devel (Fedora)" >&2; exit 1; }

build: setup
	$(SWIFT) build $(SWIFT_FLAGS) --product unroll

# What can be copied to another machine: docs/install.md. Built whole in a folder of its own, so that twice built
# is the same bytes: Packaging/build says how.
DIST_DIR = .build-dist
dist: setup
	Packaging/build $(SWIFT) $(DIST_DIR)
	Packaging/dist $(DIST_DIR)/release dist

# Unroll and other frameworks in turn: Benchmarks/README.md says how.
compare: build
	$(MAKE) -C Benchmarks compare UNROLL=$(abspath $(UNROLL)) ARGUMENTS="$(ARGUMENTS)"

# The text is this checkout's own Swift code; the run goes to a folder that git ignores.
demo: build
	@mkdir -p runs
	@find Sources -name '*.swift' | LC_ALL=C sort | xargs cat > runs/demo.txt
	$(UNROLL) train lm --text runs/demo.txt --layers 1 --hidden 192 --embedding 48 \
	  --batch 32 --steps 64 --epochs 3 --lr 4e-3 --schedule cosine --dropout 0 --overwrite --out runs/demo
	@echo
	$(UNROLL) sample runs/demo --prompt 'func ' --length 400 --temperature 0.6 --seed 7

# Packages of one's own, as docs/front-door.md shows them: built and run.
examples: setup
	$(SWIFT) build --package-path Examples
	Examples/run

# libunroll.so for C and Python, of the objects that the command is made of.
LIBRARY = Python/unroll/libunroll.so
library: setup
	$(SWIFT) build $(SWIFT_FLAGS) --product unroll-c
	Python/link $(BUILD_DIR)/release $(LIBRARY)

# A wheel in Python/dist that needs no Swift, installed and tried in an environment of its own.
VENV = .venv
wheel: library
	Python/venv $(VENV)
	Python/wheel $(VENV)

# The Python package under pytest, where what that needs can be had. Hundreds of small runs: in memory, where
# nothing waits for a disk.
test-python:
	@if [ "$$(uname)" != Linux ]; then \
	  echo "skipped: the tests of the Python package: libunroll.so is made on Linux"; \
	elif reason=$$(Python/venv $(VENV)); then \
	  $(MAKE) library; \
	  if [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi; \
	  cd Python && PYTHONPATH=. PYTHONDONTWRITEBYTECODE=1 $(abspath $(VENV))/bin/python -m pytest; \
	else \
	  echo "skipped: the tests of the Python package: $$reason"; \
	fi

# The guides and the reference of the library; the plugin that makes them is nobody else's dependency.
docs: setup
	UNROLL_DOCS=1 $(SWIFT) package --scratch-path $(BUILD_DIR) \
	  generate-documentation --target Unroll --warnings-as-errors

# Open MPI's library and launcher, where they are missing; two processes then train what `make demo` does.
mpi: build
	@$(MAKE) -s open-mpi
	@mkdir -p runs
	@find Sources -name '*.swift' | LC_ALL=C sort | xargs cat > runs/demo.txt
	OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun -n 2 --oversubscribe --bind-to none \
	  $(UNROLL) train lm --text runs/demo.txt --layers 1 --hidden 192 --embedding 48 --leaves 2 --threads 1 \
	  --batch 32 --steps 64 --epochs 3 --lr 4e-3 --schedule cosine --overwrite --out runs/demo-mpi

open-mpi:
	@if command -v mpirun > /dev/null; then exit 0; fi; \
	echo "installing openmpi-bin"; \
	if command -v apt-get > /dev/null; then \
	  { $(SUDO) apt-get update -qq \
	    && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq openmpi-bin; } || true; \
	fi; \
	command -v mpirun > /dev/null || { \
	  echo "error: Open MPI is missing and could not be installed" >&2; \
	  echo "  hint: install openmpi-bin (Debian, Ubuntu), openmpi (Fedora)" >&2; exit 1; }

# Under mpirun: the same bytes as of one process.
test-mpi: build
	@if $(MAKE) -s open-mpi; then Tests/Ranks/run $(UNROLL) && Tests/Ranks/namespaces $(UNROLL); \
	else echo "skipped: the tests under mpirun, which cannot be installed here"; fi

# Side by side: the package's tests, and what surrounds it.
test: setup
	$(SWIFT) build $(SWIFT_FLAGS) --build-tests
	$(MAKE) -j 2 --output-sync=line test-package test-surroundings

# One after the other, or their outputs could not be told apart.
test-surroundings:
	$(MAKE) examples
	$(MAKE) test-python
	$(MAKE) test-onnx
	$(MAKE) test-tensorboard
	$(MAKE) test-mpi
	$(MAKE) test-elsewhere
	$(MAKE) test-packaging

# Not by `swift test`, which keeps others from building: on Linux the tests are a program.
ifeq ($(shell uname),Linux)
TESTS = $(BUILD_DIR)/release/UnrollPackageTests.xctest --testing-library swift-testing
else
TESTS = $(SWIFT) test $(SWIFT_FLAGS) --skip-build
endif

# One test after the other: most of them use several threads themselves. Results are equal bit for bit
# within an instruction set, so each that this machine has is forced in turn.
test-package: build
	$(TESTS) --no-parallel
	@available=$$($(UNROLL) info --json); \
	for isa in portable avx2 avx512; do \
	  if ! grep -q "\"$$isa\"" <<< "$$available"; then \
	    echo "skipped: the determinism tests with $$isa, which this machine lacks"; continue; \
	  fi; \
	  echo "determinism tests with UNROLL_ISA=$$isa"; \
	  UNROLL_ISA=$$isa $(TESTS) --filter 'DeterminismTests|LanguageModelRunTests'; \
	done

# What only other systems compile, as far as this one can tell.
test-elsewhere: build
	@if [ "$$(uname)" = Linux ]; then Tests/Elsewhere/check $(BUILD_DIR); \
	else echo "skipped: what only other systems compile: it is checked on Linux"; fi

# What `make dist` packs, of the build that is there.
test-packaging: build
	@if [ "$$(uname)" = Linux ]; then Tests/Packaging/check $(BUILD_DIR)/release; \
	else echo "skipped: the tests of what make dist packs: it is made on Linux"; fi

# Files of events, read back by the package that they are for, where it can be installed.
TENSORBOARD = .build-tensorboard
test-tensorboard: build
	@if ! $(TENSORBOARD)/bin/python -c 'import tensorboard, PIL' 2> /dev/null; then \
	  python3 -m venv $(TENSORBOARD) \
	    && $(TENSORBOARD)/bin/pip install -q -r Tests/TensorBoard/requirements.txt; \
	fi || { echo "skipped: TensorBoard's own reading, which cannot be installed here"; exit 0; }; \
	$(TENSORBOARD)/bin/python Tests/TensorBoard/read_events.py $(UNROLL)

# Exported graphs against onnxruntime, in a Python environment of its own; skipped where there is none.
ONNX_TESTS =
test-onnx: build
	Tests/ONNX/run $(BUILD_DIR)/onnx-venv $(UNROLL) $(ONNX_TESTS)

# With what takes minutes: every bit pattern of the elementwise functions, a thousand kills, and all
# tests again under both sanitizers.
test-long: setup
	$(SWIFT) build $(SWIFT_FLAGS) --build-tests
	UNROLL_LONG_TESTS=1 $(TESTS) --no-parallel
	$(MAKE) test-onnx ONNX_TESTS=--long
	KILLS=50 $(MAKE) test-mpi
	$(MAKE) test-threads THREADED=. SANITIZED=release
	$(MAKE) test-rank-threads SANITIZED=release
	$(MAKE) test-memory PARSING=. SANITIZED=release

# Debug builds check more; all tests want an optimised one.
SANITIZED = debug

# Sanitizers have an allocator, and memory, of their own: what tells how much is taken, or refused, runs without them.
UNSANITIZED = aThreadThatIsRefused|AllocationTests|MemoryLimitTests|MemoryEstimateTests|MemoryRefusalTests|whatDoesNotFitIsRefused|absurdSizesAreRefused|refusesSizesThatCannotBe|infoNamesTheMachine

# The compiler checks no closure that Dispatch runs for data races; the thread sanitizer does. A race fails the
# command and no test, so what was found is shown at the end, not among the tests' lines.
THREADED = ParallelTests|DeterminismTests|EvenTokensTests|OrderedWorkTests|GatherTests|AttentionTests|ScanTests|RecurrencePlanTests
RACES = $(CURDIR)/.build-tsan/races
test-threads: setup
	rm -f '$(RACES)'.*
	UNROLL_ALLOCATOR=system \
	  TSAN_OPTIONS="$${TSAN_OPTIONS:-} log_path='$(RACES)' suppressions='$(CURDIR)/Tests/thread-sanitizer.supp'" \
	  $(SWIFT) test --sanitize thread --scratch-path .build-tsan \
	  -c $(SANITIZED) --no-parallel --filter '$(THREADED)' --skip '$(UNSANITIZED)' \
	  || { cat '$(RACES)'.* 2> /dev/null; exit 1; }

# Several processes, each under the thread sanitizer; the program is the one that `test-threads` has built.
test-rank-threads:
	@$(MAKE) -s open-mpi
	TSAN_OPTIONS="suppressions='$(CURDIR)/Tests/thread-sanitizer.supp'" \
	  Tests/Ranks/run .build-tsan/$(SANITIZED)/unroll

# What reads files that anybody may have damaged. XCTest itself leaks a little, so leaks are not told.
PARSING = InterchangeTests|CorporaTests
test-memory: setup
	UNROLL_ALLOCATOR=system ASAN_OPTIONS=detect_leaks=0 $(SWIFT) test --sanitize address --scratch-path .build-asan \
	  -c $(SANITIZED) --no-parallel --filter '$(PARSING)' --skip '$(UNSANITIZED)'

# Whether the tests can fail: Tests/Mutants/mutants.py says how. An hour or two; what is done stays done.
test-mutants: setup
	Tests/Mutants/mutants.py build
	Tests/Mutants/mutants.py run
	Tests/Mutants/mutants.py report

# Every parser under libFuzzer and the address sanitizer, so many seconds each.
SECONDS = 5
fuzz:
	Tests/Fuzz/build .build-fuzz
	Tests/Fuzz/run .build-fuzz/fuzz $(SECONDS)

# A long training under watch, on a generated corpus of 2 GB: Tests/Soak/soak.py says what is judged.
HOURS = 2
soak: build
	Tests/Soak/soak.py --unroll $(UNROLL) --folder .build-soak --hours $(HOURS)

format:
	$(SWIFT) format -i -r -p --configuration .swift-format $(FORMATTED)

lint:
	$(SWIFT) format lint -s -r -p --configuration .swift-format $(FORMATTED)

clean:
	rm -rf $(BUILD_DIR) .build-tsan .build-asan .build-fuzz .build-mutants .build-soak runs $(VENV) $(LIBRARY) Python/dist \
	  $(TENSORBOARD) $(DIST_DIR) dist
