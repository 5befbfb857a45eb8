# make run    set up what is missing and start everything; Ctrl-C stops it
# make test   set up what is missing, then all checks and tests
# make help   the rest

MAKEFLAGS += --no-builtin-rules --no-print-directory
SHELL := /bin/sh
.DELETE_ON_ERROR:

VENV := .venv
PYTHON := $(VENV)/bin/python
# Some systems come without a language; names of files are UTF-8 all the same.
export PYTHONUTF8 := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Everything is locked: no resolver, no building, no package that the lock does not know.
INSTALL := $(PYTHON) -m pip install --quiet --no-deps --only-binary :all: --require-hashes
LOCK := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--only-binary :all: --no-emit-index-url --no-header

ASSETS := frontend/dist/manifest.json
SOURCES := $(shell find frontend/styles frontend/scripts frontend/images frontend/build.mjs -type f 2>/dev/null)
# Node.js of the virtual environment, where the system's is missing or too old.
NODE := PATH="$$("$(CURDIR)/.ci/node" || echo "$(CURDIR)/$(VENV)/bin"):$$PATH" npm_config_update_notifier=false
WORKERS_OF_TESTS := $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -gt 4 ] && n=4; echo $$n)

.PHONY: run setup encoder build test check format bench lock clean help FORCE

run: setup
	@exec $(PYTHON) -m ideas run --with-parent

setup: $(VENV)/.installed $(ASSETS)

build: $(ASSETS)

# For the setting ENCODER: see docs/operating.md.
encoder: setup $(VENV)/.installed-encoder

test: setup $(VENV)/.installed-dev
	@.ci/chromium
	@$(MAKE) static
	@$(PYTHON) -m pytest -n $(WORKERS_OF_TESTS) --dist loadgroup

check: $(VENV)/.installed-dev static
	@$(PYTHON) -m pytest tests/test_translations.py tests/test_architecture.py

.PHONY: static
static:
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/basedpyright

format: $(VENV)/.installed-dev
	@$(VENV)/bin/ruff check --fix
	@$(VENV)/bin/ruff format

# Whether the server does what its OpenAPI document says, for every role.
.PHONY: fuzz
fuzz: setup $(VENV)/.installed-dev
	@$(PYTHON) -m tests.fuzz --examples 50

bench: setup $(VENV)/.installed-dev
	@$(PYTHON) -m benchmarks

# Versions are taken anew only where UPGRADE=--upgrade says so.
lock: $(VENV)/.installed-dev
	$(LOCK) $(UPGRADE) --override requirements-overrides.txt requirements.in -o requirements.txt
	$(LOCK) $(UPGRADE) --override requirements-overrides.txt requirements-encoder.in -o requirements-encoder.txt
	$(LOCK) $(UPGRADE) --override requirements-overrides.txt requirements-dev.in -o requirements-dev.txt
	$(LOCK) $(UPGRADE) requirements-node.in -o requirements-node.txt

clean:
	rm -rf $(VENV) frontend/node_modules frontend/dist *.egg-info

help:
	@echo "make run      set up what is missing and start everything (PORT, DATA_DIR, DATABASE_URL, WORKERS, …)"
	@echo "make test     all checks and tests; make check: the quick ones; make format: mend what a tool can mend"
	@echo "make setup    only set up; make build: only the styles and scripts; make clean: undo the set-up"
	@echo "make encoder  set up what a transformer of yours needs (ENCODER)"
	@echo "make bench    measure the speed; make fuzz: call the interface at random; make lock: lock the packages anew (UPGRADE=--upgrade)"

# A virtual environment does not survive being moved with its folder.
ifneq ($(shell cat $(VENV)/.place 2>/dev/null),$(CURDIR))
$(VENV)/.place: FORCE
endif
$(VENV)/.place:
	@.ci/venv $(VENV)
	@echo "$(CURDIR)" > $@

$(VENV)/.installed: $(VENV)/.place requirements.txt pyproject.toml
	@echo "Installing Python packages"
	@$(INSTALL) -r requirements.txt
	@$(PYTHON) -m pip install --quiet --no-deps --no-index --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-encoder: $(VENV)/.installed requirements-encoder.txt
	@echo "Installing what a transformer needs"
	@$(INSTALL) -r requirements-encoder.txt
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed-encoder requirements-dev.txt
	@echo "Installing the tools of the tests"
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

$(VENV)/.installed-node: $(VENV)/.place requirements-node.txt
	@.ci/node >/dev/null || { echo "Installing Node.js"; $(INSTALL) -r requirements-node.txt; }
	@touch $@

frontend/node_modules/.installed: $(VENV)/.installed-node frontend/package-lock.json
	@echo "Installing npm packages"
	@cd frontend && $(NODE) npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(ASSETS): frontend/node_modules/.installed $(SOURCES)
	@echo "Building styles and scripts"
	@cd frontend && $(NODE) npm run --silent build
	@touch $@
