# Needs python3 (3.11 or later), make and a package registry; gets everything else by itself.
# `check` and `bundle` need node (20 or later) with npm, too; `test` what its servers are made with:
# see CONTRIBUTING.md.
PYTHON ?= python3
RUN := .venv/bin/python
NOTEBOOK := notebooks/00_quickstart.ipynb
INSTALLED := .venv/installed
PAGE := dkdata/widgets/js
NPM_INSTALLED := $(PAGE)/node_modules/installed

# The environment's own kernel wins over one that the user has installed elsewhere.
export JUPYTER_PREFER_ENV_PATH := 1
export JUPYTER_PLATFORM_DIRS := 1

# Gives the recipe `uv`: the one on the machine if it runs, else one that pip puts into .uv. uv does
# not read pip's configuration, so the index and the certificates that pip is configured with are
# handed on, unless uv has its own. (`pip config list` begins with what the environment says.)
pip_setting = $$(echo "$$settings" | sed -n "s/^[a-z:]*\.$(1)='\(.*\)'$$/\1/p" | sed 's/\\n/ /g;1q')
define with_uv
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "dkdata needs Python 3.11 or later: make PYTHON=python3.12 ..." >&2; exit 1; }; \
	export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore UV_PYTHON_DOWNLOADS=never; \
	uv() { if [ -x .uv/bin/uv ]; then .uv/bin/uv "$$@"; else command uv "$$@"; fi; }; \
	uv --version >/dev/null 2>&1 || { echo "Getting uv ..."; \
	    $(PYTHON) -m pip install --quiet --upgrade --target .uv uv || { \
	    $(PYTHON) -m venv .uv && .uv/bin/python -m pip install --quiet uv; } || { \
	    echo "uv could not be installed: that needs pip or venv, and a package registry." >&2; exit 1; }; }; \
	settings=$$($(PYTHON) -m pip config list 2>/dev/null || true); \
	index=$(call pip_setting,index-url); extra=$(call pip_setting,extra-index-url); \
	cert=$(call pip_setting,cert); \
	[ -n "$${UV_DEFAULT_INDEX-}$${UV_INDEX_URL-}" ] || [ -z "$$index" ] || \
	    export UV_DEFAULT_INDEX="$$index"; \
	[ -n "$${UV_INDEX-}$${UV_EXTRA_INDEX_URL-}" ] || [ -z "$$extra" ] || export UV_INDEX="$$extra"; \
	[ -n "$${SSL_CERT_FILE-}" ] || [ -z "$$cert" ] || export SSL_CERT_FILE="$$cert"
endef

ACTION ?= up
TESTED_SERVICES := postgres postgres18 minio localstack elasticsearch

.PHONY: help demo lab test check bundle services bench bench-explorer faults fidelity images lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: $(INSTALLED) ## Run the quickstart notebook on real data and say what it did
	@$(RUN) -m tests.demo $(NOTEBOOK) build

lab: $(INSTALLED) ## Open the quickstart notebook in JupyterLab
	@root=$$([ "$$(id -u)" != 0 ] || echo --allow-root); \
	$(RUN) -m jupyterlab $$root $(LAB_OPTIONS) $(NOTEBOOK)

# Three at once on two cores: many tests wait, for servers, pages and times that run out.
test: $(INSTALLED) ## Run the whole test suite
	$(RUN) -m tests.services get $(TESTED_SERVICES)
	DKDATA_TEST_REQUIRE=all $(RUN) -m pytest -n 3 --dist worksteal $(TEST_OPTIONS)

check: $(INSTALLED) $(NPM_INSTALLED) ## Check style, types, layers, notebooks and the widgets' page
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(RUN) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
	$(RUN) -m nbstripout --verify notebooks/*.ipynb
	npm --prefix $(PAGE) run --silent check
	npm --prefix $(PAGE) test --silent

bundle: $(NPM_INSTALLED) ## Build the widgets' page into dkdata/widgets/static
	npm --prefix $(PAGE) run --silent build

services: $(INSTALLED) ## Start the servers of the tests (ACTION=status shows, ACTION=down stops them)
	@$(RUN) -m tests.services $(ACTION) $(NAMES)

bench: $(INSTALLED) ## Measure against the tools used by hand
	$(RUN) -m tests.test_import
	$(RUN) -m tests.benchmarks

bench-explorer: $(INSTALLED) ## Measure the explorer and its peers in JupyterLab (BENCH_OPTIONS=--quick)
	$(RUN) -m tests.benchmarks.explorer $(BENCH_OPTIONS)

faults: $(INSTALLED) ## Kill saves, race writers: the long form of the fault tests
	$(RUN) -m tests.faults all
	DKDATA_TEST_BUCKETS=versitygw DKDATA_TEST_REQUIRE=all $(RUN) -m pytest -n 2 \
	    tests/stores/s3 $(TEST_OPTIONS)
	DKDATA_TEST_SERVERS=all DKDATA_TEST_REQUIRE=all $(RUN) -m pytest -n 3 --dist worksteal \
	    tests/stores/postgres tests/stores/s3 tests/dialects tests/validation/served $(TEST_OPTIONS)

fidelity: $(INSTALLED) ## Compare stores and expectations with the reference, in very many cells
	DKDATA_TEST_EXAMPLES=1000 $(RUN) -m pytest -n 2 --dist worksteal --timeout 1800 \
	    -k "drawn or physical or canonical" tests $(TEST_OPTIONS)
	$(RUN) -m tests.validation.fidelity.sweep

images: $(INSTALLED) ## Take the pictures of the explorer for the documentation, in docs/images
	$(RUN) -m tests.browser.images

lock: ## Choose the versions of all dependencies anew
	@$(with_uv); uv pip compile --quiet --universal --generate-hashes --upgrade \
	    --custom-compile-command "make lock" --python-version 3.11 \
	    --group dev --extra binder --output-file requirements.lock pyproject.toml

clean: ## Remove what the other targets made
	rm -rf .venv .uv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf $(PAGE)/node_modules $(PAGE)/build

$(INSTALLED): requirements.lock pyproject.toml
	@$(with_uv); \
	echo "Installing into .venv ..."; \
	[ -x $(RUN) ] || uv venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv; \
	uv pip sync --quiet --python $(RUN) --require-hashes requirements.lock && \
	uv pip install --quiet --python $(RUN) --no-deps --no-build-isolation --editable .
	@touch $@

$(NPM_INSTALLED): $(PAGE)/package-lock.json
	@npm --version >/dev/null 2>&1 || { echo "The widgets' page needs node with npm." >&2; exit 1; }
	npm --prefix $(PAGE) ci --silent --no-audit --no-fund
	@touch $@
