# Everything a person does with this repository. `make` alone lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/made-from-lock
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# Where no bytecode may be kept, each of the many processes that tests start would compile the hub anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help
help:
	@echo "Interaction Hub: make TARGET"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(READY)  ## start the hub here and keep it running until Ctrl-C (HUB_DATA, HUB_PORT_BASE, HUB_NAMESPACE)
	@$(BIN)/hub up

.PHONY: demo
demo: $(READY)  ## live simulated traffic for the running hub (RATE=, SEED=, DURATION=, SPEED=)
	@$(BIN)/hub demo $(if $(RATE),--rate $(RATE)) $(if $(SEED),--seed $(SEED)) $(if $(DURATION),--duration $(DURATION)) $(if $(SPEED),--speed $(SPEED))

.PHONY: check
check: $(READY)  ## the quick part of the tests, under a minute: lint, types, import rules, tests without servers
	@$(MAKE) --jobs=2 --output-sync=target lint-and-types quick-tests

.PHONY: lint-and-types
lint-and-types: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: quick-tests
quick-tests: $(READY)
	$(BIN)/pytest tests/unit tests/properties tests/contract tests/architecture

.PHONY: test
test: $(READY)  ## everything: check, then the tests on real Kafka and MongoDB
	@$(MAKE) --jobs=3 --output-sync=target lint-and-types quick-tests servers
	$(BIN)/pytest --numprocesses=2 --dist=loadfile --no-loadscope-reorder tests/e2e tests/integration

.PHONY: bench
bench: servers  ## measure the speed table side by side and write docs/benchmarks.md
	$(BIN)/python -m tests.bench

.PHONY: docs
docs: $(READY)  ## write the generated references in docs/ anew
	$(BIN)/python -m deploy.reference

.PHONY: servers
servers: $(READY)  ## fetch Kafka and MongoDB once per machine (HUB_SERVERS); run does it by itself
	@$(BIN)/hub fetch

.PHONY: clean
clean:  ## remove .venv and caches; the hub's data in .hub/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is written last: an installation that was interrupted is done again. Modules are compiled when they are first
# used: most never are, and compiling all takes as long as the rest.
$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is not that. Install it, or name it: make PYTHON=python3.12"; \
		exit 2; }
	@echo "Making $(VENV) from requirements.lock"
	@$(PYTHON) -m venv $(VENV) || { \
		echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv"; \
		exit 1; }
	$(BIN)/python -m pip install --disable-pip-version-check --no-input --no-compile --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --no-input --quiet --no-deps --no-build-isolation --editable .
	@touch $@
