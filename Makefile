# Two commands matter: `make run` serves the portal with demo data, `make test` sets up and passes the tests.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
# The applications that the portal is measured beside have an environment of their own.
PEERS := .venv-bench
CASES ?= 2000
ONLY ?=
BIND ?= 127.0.0.1:8080
WORKERS ?= 2
# So many test at once; one more than there are cores uses the time in which a test waits for a service or the clock.
PROCESSES ?= 2

# What is compiled is kept, whatever the environment says: each service and command that a test starts would compile all
# of it anew, half of its start.
unexport PYTHONDONTWRITEBYTECODE

# Python 3.13 no longer has the C name that the rule engine's source uses; the flag gives it back.
export CPPFLAGS += $(shell $(PYTHON) -c "import sys; print('-DPyEval_CallObject=PyObject_CallObject' if sys.version_info >= (3, 13) else '')")

.PHONY: help setup assets run test prove fuzz lint lint-types lint-rest bench wheel browser writer clean

help:
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/ —/'

$(STAMP): setup.cfg setup.py constraints.txt
	$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) and 'One Door needs Python 3.11, 3.12 or 3.13')"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[postgresql,test,lint,assets]'
	touch $@

# The official test suite of JSON Schema comes with the source of the locked jsonschema.
$(VENV)/suite/.stamp: $(STAMP) tests/web/forms/suite.txt
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary jsonschema --require-hashes -r tests/web/forms/suite.txt -d $(VENV)/suite
	touch $@

setup: $(STAMP) $(VENV)/suite/.stamp assets ## set up the virtual environment, front-end libraries and catalogues

assets: $(STAMP) ## fetch the locked front-end libraries and compile the catalogues
	$(BIN)/python -m portal.web.assets
	$(BIN)/portal i18n compile

run: setup ## serve the portal with demo data at http://127.0.0.1:8080
	@PORTAL_ENV=demo $(BIN)/portal db upgrade
	@PORTAL_ENV=demo $(BIN)/portal db seed
	@PORTAL_ENV=demo $(BIN)/portal demo load
	@PORTAL_ENV=demo $(BIN)/portal serve --bind $(BIND) --workers $(WORKERS)

browser: ## make sure that Chromium and a Chinese font are there for the browser tests
	@sh tests/browser/ensure_chromium.sh

# The types are checked on one core while the other one makes the assets and checks the rest.
test: $(STAMP) $(VENV)/suite/.stamp browser ## run every test, on SQLite and PostgreSQL, in a real browser too
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint-types lint-rest
	$(BIN)/python -m pytest -n $(PROCESSES) --dist loadscope --no-loadscope-reorder

writer: ## make sure that LibreOffice is there for the proof that prints papers
	@sh tests/proofs/ensure_writer.sh

prove: setup browser writer ## run the proofs with their large numbers, a line for each; ONLY=name for one
	@$(BIN)/python -m tests.proofs $(if $(ONLY),ONLY=$(ONLY))

fuzz: setup ## send CASES made-up requests to the API, on each database
	PORTAL_FUZZ_CASES=$(CASES) $(BIN)/python -m pytest tests/web/api/test_openapi_fuzz.py

lint: lint-types lint-rest ## style, types, import directions, translations, packs

lint-types: $(STAMP)
	$(BIN)/mypy

lint-rest: $(STAMP) assets
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/portal i18n check
	$(BIN)/portal config check
	$(BIN)/portal docs check

$(PEERS)/.stamp: benchmarks/requirements.txt constraints.txt
	test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r benchmarks/requirements.txt
	touch $@

bench: setup $(PEERS)/.stamp ## measure beside Django REST and stock Flask-AppBuilder (docs/benchmarks.md); BENCH="--only create"
	$(BIN)/python -m benchmarks $(BENCH)

wheel: setup ## build the wheel into dist/
	rm -rf build
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps -w dist .

clean: ## remove everything that was made here, but not the data in instance/
	rm -rf $(VENV) build dist node_modules portal/web/static/vendor translations/*/LC_MESSAGES *.egg-info
