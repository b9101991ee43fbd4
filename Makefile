# Everything stays in .venv/ of this folder; the first target that needs it makes it, from requirements.lock alone.
# ARGS goes to the command: make demo ARGS=--once, make test ARGS="-k chase".
# Tests run twice as many at once as there are processors: much of their time they wait.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test fuzz test-live lint check bench model lock clean

BIN := .venv/bin
STAMP := .venv/installed
ARGS ?=

# The first Python that is new enough; PYTHON=... chooses another.
PYTHON ?= $(shell for candidate in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$candidate"; break; }; done)

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | awk -F '\t' '{ printf "make %-10s%s\n", $$1, $$2 }'

demo: $(STAMP) ## see it work: a router, a look-alike of Mattermost, signed sample signals
	@$(BIN)/escalation-router demo $(ARGS)

test: $(STAMP) ## run the tests
	@$(BIN)/python -m pytest -n $(shell echo $$((2 * $$(nproc)))) --dist worksteal -m "not live" $(ARGS)

fuzz: $(STAMP) ## send twenty thousand damaged bodies; ROUTER_FUZZ_EXAMPLES=N sends others
	@ROUTER_FUZZ_EXAMPLES="$${ROUTER_FUZZ_EXAMPLES:-20000}" $(BIN)/python -m pytest tests/hostile/test_fuzz.py $(ARGS)

test-live: $(STAMP) ## run on a real Mattermost: MATTERMOST_TEST_URL, MATTERMOST_TEST_TOKEN
	@test -n "$$MATTERMOST_TEST_URL" && test -n "$$MATTERMOST_TEST_TOKEN" || { \
		echo "set MATTERMOST_TEST_URL to a Mattermost of this machine and MATTERMOST_TEST_TOKEN to its admin's token" >&2; exit 2; }
	@$(BIN)/python -m pytest -m live $(ARGS)

lint: $(STAMP) ## check style, types and the policy file
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy --strict router
	@$(BIN)/escalation-router check

check: lint test ## all that a change must pass

bench: $(STAMP) ## measure speed and size
	@$(BIN)/python -m benchmarks $(ARGS)

model: $(STAMP) ## train the classifier that is shipped
	@$(BIN)/escalation-router train --policy responders.toml --output router/classify/shipped.model

lock: $(STAMP) ## choose the versions in requirements.lock anew; ARGS=--upgrade takes the latest
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --group dev pyproject.toml \
		--output-file requirements.lock --custom-compile-command "make lock" $(ARGS)

clean: ## remove .venv/ and whatever the tools left
	@rm -rf .venv .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): requirements.lock pyproject.toml
	@python='$(PYTHON)'; \
	if [ -z "$$python" ]; then \
		echo "no Python 3.11 or later found: install one, or name it: make PYTHON=/path/to/python3 ..." >&2; exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$python can't make virtual environments: apt-get install python3-venv" \
			"(or the -venv package of that Python's own version)" >&2; exit 1; \
	fi; \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		echo "making .venv/ with $$python; this is done once" >&2; \
		"$$python" -m venv --clear .venv || exit 1; \
	fi
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation -e .
	@touch $@
