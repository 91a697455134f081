# Bare `make` prints this list; the words behind ## are each target's help.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
PORT ?= 8080
RUN := .venv
TEST := .venv-test
BUILT_FROM := setup.cfg pyproject.toml

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help run test check coverage lint style types inside outside docs pictures lock audit bench clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

run: $(RUN)/.installed ## the demo: sandbox and server on this machine, in an environment of its own
	@exec $(RUN)/bin/ivrhooks demo --port $(PORT)

test: $(TEST)/.installed style ## everything that CI runs: format, lint, imports, types, all tests
	@PYTHON=$(PYTHON) tests/needs.sh redis-server nginx openssl postgresql mariadb-server tinyproxy chromium curl node npm promtool systemd-analyze
	@$(MAKE) --no-print-directory --jobs=3 types inside $(TEST)/node_modules/.installed
	@$(MAKE) --no-print-directory outside

check: $(TEST)/.installed lint ## the same without servers and browser, for the minutes between
	@PYTHON=$(PYTHON) tests/needs.sh redis-server openssl tinyproxy
	@$(MAKE) --no-print-directory inside

# A process for each processor; a file's tests stay together, and tests/conftest.py says
# which file begins first.
SPREAD := --dist=loadfile --no-loadscope-reorder

inside: $(TEST)/.installed
	$(TEST)/bin/pytest --numprocesses=auto $(SPREAD) --durations=10 $(COVERAGE) \
	    --ignore=tests/server --ignore=tests/browser --ignore=tests/editor

# It takes half as long again as the tests alone.
coverage: ## the tests without servers and browser, and which lines no test reaches
	@$(MAKE) --no-print-directory inside COVERAGE="--cov --cov-report=term"

# By themselves, behind the others: servers, browser and callers want processors of their
# own. Two tests run for each processor, since a test often waits for its server.
outside: $(TEST)/.installed
	$(TEST)/bin/pytest --numprocesses=$$((2 * $$(getconf _NPROCESSORS_ONLN))) $(SPREAD) --durations=20 \
	    tests/server tests/browser tests/editor

lint: style types ## format, lint, imports and types

style: $(TEST)/.installed
	$(TEST)/bin/ruff format --check .
	$(TEST)/bin/ruff check .
	$(TEST)/bin/lint-imports

types: $(TEST)/.installed
	nice $(TEST)/bin/mypy

docs: $(TEST)/.installed ## write the generated pages of docs/ anew, and the site: build/docs/index.html
	$(TEST)/bin/python docs/generate.py
	$(TEST)/bin/sphinx-build --fail-on-warning --keep-going --quiet docs build/docs

pictures: $(TEST)/.installed ## take the pictures of docs/pictures anew
	@PYTHON=$(PYTHON) tests/needs.sh chromium chinese-font
	IVRHOOKS_PICTURES=make $(TEST)/bin/pytest -q tests/browser/test_pictures.py

lock: $(TEST)/.installed ## write requirements.lock anew, from what is installed for the tests
	$(TEST)/bin/python docs/lock.py

audit: $(TEST)/.installed ## look the locked packages up among the known holes (asks the package registry)
	$(TEST)/bin/pip install --quiet pip-audit
	$(TEST)/bin/pip-audit --requirement requirements.lock --no-deps --disable-pip --strict

bench: $(RUN)/.installed ## what an answer costs, beside Flask, FastAPI and Fastify (installs them below .bench)
	@$(RUN)/bin/python benchmarks/run.py

clean: ## remove environments and build products
	rm -rf $(RUN) $(TEST) build dist *.egg-info .coverage .coverage.*

# The language server that editors run, to try the editor's schema in.
$(TEST)/node_modules/.installed: Makefile | $(TEST)/.installed
	npm install --silent --no-audit --no-fund --no-save --prefix $(TEST) \
	    yaml-language-server@1.18.0
	@touch $@

# An environment is made once, and again when what it is made of has changed.
$(RUN)/.installed: $(BUILT_FROM)
	@PYTHON=$(PYTHON) tests/needs.sh venv
	$(PYTHON) -m venv --clear $(RUN)
	$(RUN)/bin/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(TEST)/.installed: $(BUILT_FROM)
	@PYTHON=$(PYTHON) tests/needs.sh venv
	$(PYTHON) -m venv --clear $(TEST)
	$(TEST)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --editable '.[test]'
	-@$(TEST)/bin/python -m compileall -qq -j 0 $(TEST)/lib
	@touch $@
