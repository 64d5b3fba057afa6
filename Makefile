# Two commands for everybody, and a few for those who change the code. Needs Python 3.11+, git and make; everything
# else goes into .venv and node_modules, so nothing has to be activated or installed on the machine.

PORT ?= 8000
DIR ?= ./demo
VENV ?= .venv
# More words for pytest: make test ARGS="-k verify -x"
ARGS ?=

BIN := $(VENV)/bin
STATE := $(VENV)/.made
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
NODE := $(BIN)/python -m academy.vendoring run
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard academy/translations/*/LC_MESSAGES/messages.po))
OWN := academy courses exams tests benchmarks wsgi.py

# deptry reads requirement files, not setup.cfg.
define LIST_REQUIREMENTS
import pathlib, sys
from configparser import ConfigParser
options = ConfigParser()
options.read("setup.cfg", encoding="utf-8")
into = pathlib.Path(sys.argv[1])
(into / "requirements.txt").write_text(options["options"]["install_requires"])
(into / "requirements-dev.txt").write_text("".join(options["options.extras_require"].values()))
endef
export LIST_REQUIREMENTS

.PHONY: demo services-demo test fuzz lint format check messages wheel clean
.DELETE_ON_ERROR:

demo: $(STATE)/installed $(STATE)/vendored $(CATALOGUES)  ## set up and serve the demo
	@exec $(BIN)/academy demo --dir "$(DIR)" --port "$(PORT)" --with-parent

services-demo: $(STATE)/test-tools $(STATE)/vendored $(CATALOGUES)  ## the demo on PostgreSQL, Valkey and object storage
	@exec $(BIN)/python -m tests.services demo --dir "$(DIR)-services" --port "$(PORT)" --with-parent

test: $(STATE)/test-tools $(STATE)/vendored-dev $(CATALOGUES)  ## the whole suite
	@$(NODE) node --test $(sort $(wildcard tests/js/*.test.js tests/js/*/*.test.js))
	@$(BIN)/python -m pytest -n auto $(ARGS)

fuzz: $(STATE)/test-tools $(STATE)/vendored $(CATALOGUES)  ## 200,000 broken bodies and pictures, and schemathesis
	@ACADEMY_FUZZ=200000 $(BIN)/python -m pytest -n auto tests/fuzz $(ARGS)

lint: $(STATE)/lint-tools $(STATE)/test-tools $(STATE)/vendored-dev $(CATALOGUES)  ## every linter CI runs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -c "$$LIST_REQUIREMENTS" $(STATE)
	$(BIN)/deptry . --requirements-files $(STATE)/requirements.txt --requirements-files-dev $(STATE)/requirements-dev.txt
	$(BIN)/djlint --lint --quiet templates
	$(NODE) tsc -p tsconfig.json
	$(NODE) biome ci
	$(BIN)/python -m academy.languages check

check: lint test  ## what CI checks, with what this machine has

format: $(STATE)/lint-tools $(STATE)/vendored-dev  ## bring code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(NODE) biome check --write

messages: $(STATE)/installed  ## bring new sentences into the catalogues
	$(BIN)/python -m academy.languages extract

wheel: $(STATE)/lint-tools $(STATE)/vendored $(CATALOGUES)  ## dist/*.whl, complete: vendored files and catalogues inside
	rm -rf build dist
	$(BIN)/python -m build --wheel --outdir dist .

clean:  ## forget what was made; a demo's data stays
	rm -rf $(VENV) build dist node_modules static/vendor academy/credentials/vendor
	find academy -name '*.mo' -delete

# One interpreter of the machine makes the environment: the first that is new enough and can make one.
$(BIN)/python:
	@python=$$(for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	  "$$name" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; \
	done); \
	if [ -z "$$python" ]; then \
	  echo "Python 3.11 or newer with its venv module was not found. Install it and run make again."; exit 1; \
	fi; \
	"$$python" -m venv "$(VENV)"

$(STATE)/installed: setup.cfg pyproject.toml academy/version.py | $(BIN)/python
	@echo "Installing Labeler Academy into $(VENV) ..."
	@$(PIP) install --editable .
	@mkdir -p $(STATE) && touch $@

$(STATE)/test-tools: $(STATE)/installed
	@echo "Installing what the tests need ..."
	@$(PIP) install --editable '.[test]'
	@touch $@

$(STATE)/lint-tools: $(STATE)/installed
	@echo "Installing what the checks need ..."
	@$(PIP) install --editable '.[tools]'
	@touch $@

$(STATE)/vendored: package-lock.json academy/vendoring.py | $(STATE)/installed
	@echo "Fetching what the browser and the badges need ..."
	@$(BIN)/python -m academy.vendoring >/dev/null
	@touch $@

$(STATE)/vendored-dev: package-lock.json academy/vendoring.py | $(STATE)/installed
	@echo "Fetching what the browser, the badges and the tests need ..."
	@$(BIN)/python -m academy.vendoring --dev >/dev/null
	@touch $(STATE)/vendored $@

%.mo: %.po academy/languages.py | $(STATE)/installed
	@$(BIN)/python -m academy.languages compile
