# What a person types here: make demo, make test, make check, make bench.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test shuffled check bench format generate golden clean

$(VENV)/.runtime: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("agentctl needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=…" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -e '.[sandbox]'
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	$(BIN)/pip install -q -e '.[dev]'
	@touch $@

demo: $(VENV)/.runtime ## a broker, a seeded night, the incident replayed, and 60 days ago restored
	@$(BIN)/agentctl sandbox up
	@$(BIN)/agentctl --context sandbox replay workflow_7k2p; code=$$?; test $$code -eq 0 -o $$code -eq 3
	@echo
	@echo 'What was done 60 days ago lies frozen in the archive:'
	@$(BIN)/agentctl --context sandbox restore workflow_60d1 --plan
	@$(BIN)/agentctl --context sandbox restore workflow_60d1 --thaw standard --wait --execute
	@echo
	@echo 'Try next:'
	@echo '  $(BIN)/agentctl replay workflow_3m47        the article that three agents published'
	@echo '  $(BIN)/agentctl workflows                   everything that ran'
	@echo '  $(BIN)/agentctl fields explain research-events'
	@echo '  $(BIN)/agentctl sandbox down                stop and remove it all'

test: $(VENV)/.dev ## all tests, on every broker that this machine can start
	$(BIN)/python -m pytest -n 3 --dist loadgroup

shuffled: $(VENV)/.dev ## the scenarios on real brokers ten times, each in another order
	$(BIN)/python -m tests.shuffling

check: $(VENV)/.dev ## style, types, layers, and generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m agentctl.cli.describe --check

bench: $(VENV)/.dev ## measured side by side with the references, in one run
	$(BIN)/python -m tests.bench

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generate: $(VENV)/.dev ## completions and the reference page
	$(BIN)/python -m agentctl.cli.describe --write

golden: $(VENV)/.dev ## write the screens anew; read the difference before you commit it
	AGENTCTL_GOLDEN=write $(BIN)/python -m pytest -n 2 tests/render tests/e2e

clean:
	-$(BIN)/agentctl sandbox down
	rm -rf $(VENV) .ci-venv
