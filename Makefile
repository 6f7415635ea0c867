# The two commands are `make book` and `make test`; both make their own environment.
PYTHON ?= python3
CHAPTER ?=
PARAMS ?=
PORT ?= 8000
BIN := .venv/bin

.PHONY: book lab pdf test references run reproduce links serve bench mutate lock clean

book: .venv/ready
	@$(BIN)/python -m book build

# JupyterLab on the chapters; their stored pictures are shown because they are trusted.
lab: .venv/ready
	@$(BIN)/jupyter trust chapters/*.ipynb
	@$(BIN)/jupyter lab chapters

# The book, and all of it as one PDF, which Chromium prints.
pdf: .venv/ready
	@$(BIN)/python -m book build --pdf

test: book
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --nbval chapters tests

# The committed notebooks that `make test` compares with: all, or CHAPTER=name.
references: .venv/ready
	@$(BIN)/python -m book references $(CHAPTER)

# A chapter with other parameters: make run CHAPTER=gaussian PARAMS="trials=1000 mean=2.0"
run: .venv/ready
	@$(BIN)/python -m book run $(CHAPTER) $(PARAMS)

# Execute all chapters (or CHAPTER=name) twice in clean copies: is every byte as committed?
reproduce: .venv/ready
	@$(BIN)/python -m book reproduce $(CHAPTER)

# Ask for every outside link of the book.
links: .venv/ready
	@$(BIN)/python -m book links

serve: book
	@$(BIN)/python -m book serve --port $(PORT)

bench: .venv/ready
	@OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks

# Break each formula on purpose, and count how often some test notices (long: see tests/mutate.py for a part).
mutate: .venv/ready
	@$(BIN)/python tests/mutate.py

# Compile requirements.txt anew from the ranges in pyproject.toml.
lock: .venv/ready
	@$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --all-extras --universal \
		--python-version 3.11 --fork-strategy fewest --generate-hashes --no-emit-index-url \
		--no-annotate --custom-compile-command "make lock" --output-file requirements.txt

clean:
	rm -rf _build .venv

.venv/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, and $(PYTHON) is " + sys.version.split()[0])'
	@echo "making the environment in .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch .venv/ready
