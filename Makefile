# `make` alone prints this help.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test long check chaos fifty tickets channels halts containers bench docs lock image clean

help: ## Print this help
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## A trunk fails: watch one incident from webhook to resolution
	@$(BIN)/holdline demo $(ARGS)

test: $(VENV)/.dev ## Every check and every test (under 15 minutes on 2 cores)
	@scripts/test $(ARGS)

long: $(VENV)/.dev ## The tests that take minutes: storms, kills at random, a holder that is frozen
	@$(BIN)/python -m pytest -m long --ignore=tests/containers $(ARGS)

check: $(VENV)/.dev ## Lint, types, import contracts, budgets, generated docs
	@scripts/check

chaos: $(VENV)/.dev ## Kill worker, gateway and server under 20 incidents; print the table (SEED=n)
	@$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(ARGS)

fifty: $(VENV)/.dev ## Fail 50 trunks and 10 queues in a second; print what was changed at once (ARGS="--kill-every 5")
	@$(BIN)/python -m tests.fifty $(if $(SEED),--seed $(SEED)) $(ARGS)

tickets: $(VENV)/.dev ## Let every call for a ticket go wrong in every way; print the table
	@$(BIN)/python -m tests.tickets $(ARGS)

channels: $(VENV)/.dev ## Let every first page go wrong in every way, by every channel; print the table
	@$(BIN)/python -m tests.channels $(ARGS)

halts: $(VENV)/.dev ## Freeze a worker, and cut it off from Temporal, while a vendor is asked; print the table
	@$(BIN)/python -m tests.halts $(ARGS)

containers: $(VENV)/.dev ## Build the image, run the compose file, kill its worker (needs docker, takes minutes)
	@$(BIN)/python -m pytest -m long tests/containers $(ARGS)

bench: $(VENV)/.dev ## Benchmarks against their floors
	@scripts/bench $(ARGS)

docs: $(VENV)/.dev ## Regenerate what the docs take from the code
	@$(BIN)/python -m scripts.docs

image: ## Build the container image
	docker build --network host -t holdline .

lock: ## Rewrite the locks (needs uv)
	@scripts/lock

clean: ## Remove the virtual environment and local data
	rm -rf $(VENV) .holdline

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Holdline needs Python 3.11 or newer; set PYTHON=…")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing Holdline into $(VENV) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	@echo "installing the test tools into $(VENV) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@
