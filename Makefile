# Gridhall: `make up` starts everything, `make test` proves it, `make check` reads it, `make bench` measures it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: up down test check bench fuzz lock format browser
up: $(VENV)/.base
	$(BIN)/gridhall up

down:
	$(BIN)/gridhall down

$(VENV)/.base: requirements/base.txt requirements/build.txt
	@$(PYTHON) -c 'import sys; sys.exit("Gridhall needs Python 3.11 or newer; this is %d.%d. Set PYTHON=…" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Gridhall into $(VENV) …"
	@$(PIP) -r requirements/build.txt -r requirements/base.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: $(VENV)/.base requirements/test.txt
	@echo "Installing what the tests need …"
	@$(PIP) -r requirements/test.txt
	@touch $@

$(VENV)/.bench: $(VENV)/.test requirements/bench.txt
	@$(PIP) -r requirements/bench.txt
	@touch $@

browser:
	@sh tests/install_browser.sh

check: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m gridhall manage makemigrations --check --dry-run

test: $(VENV)/.test browser
	$(BIN)/python -m pytest

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks

fuzz: $(VENV)/.test
	@$(PIP) -r requirements/fuzz.txt
	$(BIN)/python -m tests.fuzz

format: $(VENV)/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock:
	$(PYTHON) -m uv --version >/dev/null 2>&1 || $(PYTHON) -m pip install --quiet uv
	for part in build base test bench fuzz; do $(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header requirements/$$part.in -o requirements/$$part.txt || exit 1; done
