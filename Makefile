# Each target that runs something sets up .venv first, unless it is up to date.
# PYTHON= names the interpreter and EXTRAS=gpu adds CUDA. Make exports variables of its command line,
# so requirements/setup-env finds both in the environment.
.DEFAULT_GOAL := help
.PHONY: help setup test test-all faults mutants lint format run demo docs bench lock audit sbom licences clean

BIN := .venv/bin
DEMO := demo
# Types of the benchmarks are checked for names that are gone, not for complete annotations.
BENCHMARKS := --allow-untyped-defs --no-warn-unused-ignores --disable-error-code misc --disable-error-code var-annotated --disable-error-code func-returns-value benchmarks

# Checked before anything is set up.
ifneq ($(filter run bench,$(MAKECMDGOALS)),)
ifeq ($(DATA),)
$(error DATA= is missing: make $(firstword $(filter run bench,$(MAKECMDGOALS))) DATA=PATH, where PATH is a folder or an archive of UTKFace images)
endif
endif

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## Make .venv for the lane that fits this machine (PYTHON=, EXTRAS=gpu)
	@requirements/setup-env

# Tests of one file share fixtures, so they run in one process. A process takes up to 3 GB.
test: setup  ## Run the quick tests and one whole pipeline (ARGS= goes to pytest)
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile -m "smoke or not (slow or e2e)" $(ARGS)

test-all: setup  ## Run all tests, for about an hour (ARGS= goes to pytest)
	$(BIN)/python -m pytest $(ARGS)

# An hour or more: a few hundred mutants an area, each with the tests of its area.
mutants: setup  ## Test the tests: change the decisive code bit by bit (AREAS="gate lock")
	tests/mutants/run $(AREAS)

faults: setup  ## Write the table of faults: each component, each way to end a run
	$(BIN)/python -m tests.faults.matrix $(ARGS)

lint: setup  ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy $(BENCHMARKS)

format: setup  ## Rewrite the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

run: setup  ## Run the pipeline on DATA= (ROOT=, CONFIG=, ARGS=)
	$(BIN)/utkface run --data "$(DATA)" $(if $(ROOT),--root "$(ROOT)") $(if $(CONFIG),--config "$(CONFIG)") $(ARGS)

# Faces are drawn into another folder and then moved, so a half-drawn sample is never used.
$(DEMO)/faces: | setup
	rm -rf $@.part
	$(BIN)/utkface sample $@.part --count 600 --seed 7
	mv $@.part $@

demo: setup $(DEMO)/faces  ## Draw 600 faces, run the pipeline on them and predict three
	$(BIN)/utkface run --data $(DEMO)/faces --root $(DEMO)/utkface-root --config pipeline/configs/demo.yaml
	find $(DEMO)/faces -name '*.jpg' | sort | awk 'NR % 200 == 100' | xargs $(BIN)/utkface predict --root $(DEMO)/utkface-root

docs: setup  ## Write docs/settings.md from the settings models
	$(BIN)/python docs/write_settings.py

bench: setup  ## Time each component on DATA= (ARGS=)
	$(BIN)/python benchmarks/component_times.py --data "$(DATA)" $(ARGS)

lock:  ## Renew requirements/*.txt from pyproject.toml (ARGS=--upgrade for the newest)
	requirements/lock $(ARGS)

audit: setup  ## Check the locks for known vulnerabilities
	$(BIN)/python requirements/audit.py

sbom: setup  ## Write a CycloneDX SBOM of each lane to build/
	mkdir -p build
	for lane in legacy current; do $(BIN)/cyclonedx-py requirements --pyproject pyproject.toml \
		--output-reproducible --of JSON -o build/sbom-$$lane.json requirements/$$lane.txt || exit; done

licences: setup  ## List the licence of every installed package, and check them
	$(BIN)/pip-licenses

clean:  ## Remove the environment, caches and the demo; pipeline roots stay
	rm -rf .venv .uv build dist *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache $(DEMO)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
