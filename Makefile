# Gridhall: `make up` starts everything (options: make up UP='--port 8080'), `make test` proves it, `make check` reads it, `make bench` measures it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

WORKERS ?= 2
NOWHERE := postgresql://nobody@127.0.0.1:9/nowhere
# A checkout that was moved needs its environment made again: the old paths are written into it.
MOVED := $(shell test -e $(VENV)/.base && test "$$(cat $(VENV)/.base)" != "$(CURDIR)" && echo moved)

.PHONY: up down doctor test check bench fuzz lock format browser looks moved
up: $(VENV)/.base
	@$(BIN)/gridhall up $(UP)

down: $(VENV)/.base
	@$(BIN)/gridhall down

doctor: $(VENV)/.base
	@$(BIN)/gridhall doctor

moved:
	@rm -f $(VENV)/.base $(VENV)/.test $(VENV)/.bench $(VENV)/bin/python

$(VENV)/.base: requirements/base.txt requirements/build.txt pyproject.toml $(MOVED)
	@$(PYTHON) -c 'import sys; sys.exit("Gridhall needs Python 3.11 or newer; this is %d.%d. Set PYTHON=…" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || \
	  { echo "Python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing Gridhall into $(VENV) …"
	@$(PIP) -r requirements/build.txt -r requirements/base.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@printf '%s\n' "$(CURDIR)" > $@

$(VENV)/.test: $(VENV)/.base requirements/test.txt
	@echo "Installing what the tests need …"
	@$(PIP) -r requirements/test.txt
	@touch $@

$(VENV)/.bench: $(VENV)/.test requirements/bench.txt
	@$(PIP) -r requirements/bench.txt
	@touch $@

# Renews what pages are compared with (docs/decisions/0011); look at what changed before keeping it.
looks: $(VENV)/.test browser
	GRIDHALL_RENEW_LOOKS=1 $(BIN)/python -m pytest -q tests/journeys/test_looks.py tests/journeys/test_console_looks.py -k nothing_looks_different

browser:
	@sh tests/install_browser.sh

# Reads everything, runs nothing of the house: needs no database, and no browser.
check: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	DATABASE_URL=$(NOWHERE) $(BIN)/python -W ignore::RuntimeWarning -m gridhall manage makemigrations --check --dry-run
	DATABASE_URL=$(NOWHERE) $(BIN)/python -m gridhall manage check --fail-level WARNING
	DATABASE_URL=$(NOWHERE) $(BIN)/python -m pytest -q tests/architecture

test: $(VENV)/.test browser
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile -m "not journey and not faults"
	$(BIN)/python -m pytest -q -m "journey or faults"

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
	for part in build base spark test bench fuzz; do $(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header requirements/$$part.in -o requirements/$$part.txt || exit 1; done
