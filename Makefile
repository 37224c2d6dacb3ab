# Builds, tests and demonstrates pullback. Needs make and Python 3.11 or later; everything else goes into .venv.

PYTHON ?= python3
VENV   ?= .venv
JOBS   ?= 2
bin    := $(VENV)/bin
python := $(bin)/python
# Packages that mypy checks, as a tree of links: the folders of this repository are packages of `pullback` by mapping.
mypy_tree := build/mypy/pullback

.DEFAULT_GOAL := help
.PHONY: help demo test lint format clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# A stamp for each set of extras; installed again when pyproject.toml changes.
$(python):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "pullback needs Python 3.11 or later, and $(PYTHON) is " + sys.version.split()[0] + "; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.installed-compiler: pyproject.toml | $(python)
	$(python) -m pip install --quiet --disable-pip-version-check --editable '.[compiler]'
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(python)
	$(python) -m pip install --quiet --disable-pip-version-check --editable '.[compiler,dev]'
	@touch $@ $(VENV)/.installed-compiler

demo: $(VENV)/.installed-compiler ## Compile logistic regression ahead of time, run it from a process that traces nothing, check the numbers
	$(bin)/pullback compile examples/logistic_regression.py:loss --arg 'W:f32[3]' --arg 'b:f32[]' \
	    --value-and-grad W,b --hvp W,b -o build/logistic_regression.pba --force
	$(bin)/pullback inspect build/logistic_regression.pba
	$(python) examples/run_artifact.py build/logistic_regression.pba
	@echo "artifact: $(CURDIR)/build/logistic_regression.pba"

test: $(VENV)/.installed-dev ## Run the tests
	$(python) -m pytest -n $(JOBS) --dist worksteal --durations 15 $(ARGS)

lint: $(VENV)/.installed-dev ## Check style and types
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	@rm -rf build/mypy && mkdir -p $(mypy_tree)
	@ln -s $(addprefix $(CURDIR)/,$(wildcard frontend/*)) $(addprefix $(CURDIR)/,dialects passes runtime tools) $(mypy_tree)
	cd build/mypy && $(abspath $(bin))/mypy --config-file $(CURDIR)/pyproject.toml --cache-dir $(CURDIR)/.mypy_cache -p pullback

format: $(VENV)/.installed-dev ## Format the source
	$(bin)/ruff check --fix .
	$(bin)/ruff format .

clean: ## Remove what was built, but not the virtual environment
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
