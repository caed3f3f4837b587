# The two everyday commands: make run, make test. All others: make help.

PORT ?= 5000
# A trial on this machine is looked at in peace; an installation keeps its shorter limits (docs/operations.md).
export PARINDEX_SESSION_IDLE_MINUTES ?= 120
export PARINDEX_ADMIN_IDLE_MINUTES ?= 120
PYTHON ?= python3
export PARINDEX_DATA_DIR ?= $(CURDIR)/var

VENV := .venv
BIN := $(VENV)/bin
FLASK := $(BIN)/flask --app app
hash = $(shell cat $(1) | cksum | cut -d ' ' -f 1)
# A stamp carries the hash of its requirement files: nothing is installed twice, and a change is installed at once.
RUN_ENV := $(VENV)/.run-$(call hash,requirements.txt)
DEV_ENV := $(VENV)/.dev-$(call hash,requirements.txt requirements-dev.txt)

.DEFAULT_GOAL := help
.PHONY: help run reset test pictures check lint types layers words bench audit lock translations hooks env

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUN_ENV) ## Serve the demo province on http://127.0.0.1:5000 (PORT=… for another port)
	@mkdir -p "$(PARINDEX_DATA_DIR)"
	@$(FLASK) db upgrade
	@$(FLASK) demo load
	@echo
	@echo "  http://127.0.0.1:$(PORT)    (Ctrl+C ends it; the data stay in $(PARINDEX_DATA_DIR))"
	@echo
	@exec $(BIN)/gunicorn "app:create_app()" --bind 127.0.0.1:$(PORT) --worker-class gthread \
		--workers 2 --threads 4 --log-level warning

reset: ## Remove the data of make run and begin anew at the next one
	@test ! -e "$(PARINDEX_DATA_DIR)" || test -e "$(PARINDEX_DATA_DIR)/secret_key" || { \
		echo "$(PARINDEX_DATA_DIR) was not made by make run; remove it by hand if you mean it." >&2; exit 1; }
	@echo "Removing $(PARINDEX_DATA_DIR)"
	@rm -rf "$(PARINDEX_DATA_DIR)"

test: $(DEV_ENV) ## Run every test: all on SQLite, those that use the database on PostgreSQL too
	@$(BIN)/python -m tools.browser >/dev/null
	@$(BIN)/python -m tools.libreoffice >/dev/null
	@$(BIN)/python -m tools.poppler >/dev/null
	$(BIN)/pytest -q -n auto
	$(BIN)/pytest -q -n auto --database postgresql -m "database and not browser"

pictures: $(DEV_ENV) ## Take the pictures of the guides anew (docs/images) while the round is played in the browser
	PARINDEX_PICTURES=1 $(BIN)/pytest -q tests/journey
	$(BIN)/python -m tools.process_guide

check: lint types layers words ## Check style, types, directions between the rooms and translations

lint: $(DEV_ENV)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(DEV_ENV)
	$(BIN)/mypy

layers: $(DEV_ENV)
	$(BIN)/lint-imports

words: $(DEV_ENV)
	$(BIN)/python -m tools.translations check

bench: $(DEV_ENV) ## Measure the product against bare views on PostgreSQL (minutes)
	$(BIN)/python -m tools.postgres run -- $(BIN)/python -m bench

AUDIT := build/audit/.made-$(call hash,requirements-audit.txt)

audit: $(AUDIT) ## Look for known holes in the locked packages and list them all in build/sbom.json (asks the Internet)
	build/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.lock \
		--format cyclonedx-json --output build/sbom.json
	build/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.lock

lock: $(AUDIT) ## Write requirements.lock anew from requirements.txt, with the hashes of the package index
	{ head -2 requirements.lock; build/audit/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
		--no-annotate --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		--output-file - requirements.txt; } > build/requirements.lock
	mv build/requirements.lock requirements.lock

$(AUDIT): | $(BIN)/python
	@$(BIN)/python -m venv build/audit
	@build/audit/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-audit.txt
	@rm -f build/audit/.made-* && touch $@

translations: $(DEV_ENV) ## Print the sentences that lack their Vietnamese, ready for translations/vi/<room>.po
	@$(BIN)/python -m tools.translations missing

hooks: $(DEV_ENV) ## Install the checks to run before each commit
	$(BIN)/pre-commit install

env: $(DEV_ENV) ## Make .venv with everything that development needs

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.11 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python could not make an environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(RUN_ENV): | $(BIN)/python
	@echo "Installing what the product needs"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@rm -f $(VENV)/.run-* && touch $@

$(DEV_ENV): $(RUN_ENV)
	@echo "Installing what development needs"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@rm -f $(VENV)/.dev-* && touch $@
