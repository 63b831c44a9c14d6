# make app: the lab in a browser. make test: lint, types and tests. Both need only python3 >= 3.11.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8501
PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: help setup app test lint types pytest docs wheel-check clean

help:
	@echo "make app          build .venv if needed, start the lab on http://127.0.0.1:$(PORT) (PORT=... for another)"
	@echo "make setup        build .venv with what the app needs, nothing else"
	@echo "make test         build .venv with what the tests need; lint, types, tests"
	@echo "make docs         the documentation, in build/docs"
	@echo "make wheel-check  install the wheel in an empty environment elsewhere and use it there"
	@echo "make clean        remove .venv and what the builds and tools left behind"

setup: $(VENV)/.app

# A stamp is younger than what it was made from, so a second make does nothing.
$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "IRL Lab needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@echo "building $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.app: $(VENV)/.python pyproject.toml constraints.txt
	@echo "installing the app into $(VENV): about a minute, once"
	@$(PIP) -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.app
	@echo "installing the tools for tests into $(VENV): a few minutes, once"
	@$(PIP) -e '.[dev]'
	@touch $@

app: $(VENV)/.app
	@$(VENV)/bin/irl-app app --port $(PORT)

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .

types: $(VENV)/.dev
	$(VENV)/bin/mypy

# worksteal, not loadfile: after a crash loadfile sends the test that crashed again and again.
pytest: $(VENV)/.dev
	$(VENV)/bin/python -m pytest --numprocesses=auto --dist=worksteal -rR

test: lint types pytest

docs: $(VENV)/.dev
	@NO_MKDOCS_2_WARNING=1 $(VENV)/bin/python -m mkdocs build --strict --quiet -f assets/docs/mkdocs.yml
	@echo "build/docs/index.html"

wheel-check: $(VENV)/.dev
	$(VENV)/bin/python tests/wheel_check.py

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
