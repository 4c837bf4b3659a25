# Every target sets up what it needs; all that must be there is make and Python 3.11 or later.
.DEFAULT_GOAL := help
.PHONY: help install run demo test check bench lock

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.ready
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --no-header --allow-unsafe \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

$(READY): requirements-dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed (make PYTHON=...)" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

install: $(READY) ## fill .venv/ with the locked requirements and this package

run: $(READY) ## serve on http://127.0.0.1:8000 (make run ARGS="--port 9000")
	@exec $(BIN)/marketplace serve $(ARGS)

demo: $(READY) ## play a story on a fresh database and show it (make demo ARGS=--exit)
	@exec $(BIN)/marketplace demo $(ARGS)

test: $(READY) ## the suite on SQLite, then on PostgreSQL where there is one (TEST_DATABASE_URL)
	@.ci/suite $(ARGS)

check: $(READY) ## format, lint, types, import contracts, generated docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/marketplace kpis describe --check

bench: $(READY) ## measure speed; prints ratios
	@$(BIN)/python -m benchmarks $(ARGS)

lock: $(READY) ## resolve the requirements anew
	$(COMPILE) --upgrade --extra redis -o requirements.txt pyproject.toml
	$(COMPILE) --upgrade --extra redis --extra dev -c requirements.txt -o requirements-dev.txt pyproject.toml
