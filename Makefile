.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
DMP := $(VENV)/bin/dmp
RUN := $(VENV)/bin/python -m
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links -q
TESTS = $(RUN) pytest -n 2 --dist loadgroup
export DAGSTER_DISABLE_TELEMETRY = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(READY) ## Make the virtual environment and install what running and the demo need, pinned
$(READY): pyproject.toml requirements.lock hatch_build.py
	@echo "Setting up $(VENV) (once; a minute or two) ..."
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "Python 3.11, 3.12 or 3.13 is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11 ...")'
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip install -q --no-deps --require-hashes -r requirements.lock
	@$(VENV)/bin/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

develop: $(READY_DEV) ## Add what tests and checks need, and the extras boost and matching, pinned
$(READY_DEV): $(READY) requirements-dev.lock
	@echo "Adding what tests and checks need (once) ..."
	@$(VENV)/bin/pip install -q --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(READY) ## Stage the demo data, build every table, publish data/dmp.duckdb
	@$(DMP) demo

run: $(READY) ## Bring all tables up to date with the files that landed, and say what changed
	@$(DMP) run

status: $(READY) ## Say what is there, what waits and why, and what runs
	@$(DMP) status

report: $(READY) ## Open the report for marketers in the browser
	@$(DMP) report --open

dev: $(READY) ## Open the Dagster UI on 127.0.0.1:3000, with schedules and sensors
	@$(DMP) dev

serve: $(READY) ## Serve the Dagster UI read-only on 127.0.0.1:3000
	@$(DMP) serve

backfill: $(READY) ## Rebuild days: make backfill FROM=2017-03-01 TO=2017-03-31
	@$(DMP) backfill $(FROM) $(TO)

test: $(READY_DEV) ## Run the whole test suite on two cores, each property with half of its examples
	@$(TESTS)

test-long: $(READY_DEV) ## Run the whole test suite with all examples and reruns: before data or reliability is done
	@$(TESTS) --hypothesis-profile=long

check: $(READY_DEV) ## Format, lint, import contracts, types, tests
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(VENV)/bin/lint-imports --no-cache
	@$(RUN) mypy
	@$(TESTS)

format: $(READY_DEV) ## Format and fix what can be fixed
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

docs: $(READY) ## Write again what is generated: data dictionary, graph snapshot, picture and figures
	@$(DMP) docs

kills: $(READY_DEV) ## Kill a range write 200 times, the whole command 100 and a delivery 40 times, and count what is left
	@$(RUN) benchmarks.kills
	@$(RUN) benchmarks.command_kills
	@$(RUN) benchmarks.delivery_kills

fuzz: $(READY_DEV) ## Read 10,000 landing files with random faults, and 600 of which half are made to do harm
	@$(RUN) benchmarks.fuzz
	@$(RUN) benchmarks.fuzz_run

bench: $(READY_DEV) ## Measure the demo against the same transforms without Dagster
	@$(RUN) benchmarks.overhead

lock: ## Pin the dependencies again (needs uv)
	@$(LOCK) --extra demo --extra build -o requirements.lock
	@$(LOCK) --extra demo --extra build --extra boost --extra matching --extra dev -c requirements.lock -o requirements-dev.lock

clean: ## Delete warehouse, published file and staging; landing files stay
	@rm -rf data/warehouse.* data/dmp.duckdb* data/reports data/staging data/dagster_home data/runs data/stack.lock

.PHONY: help setup develop demo run status report dev serve backfill test test-long check format docs kills fuzz bench lock clean
