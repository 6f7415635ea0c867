# The two commands are `make book` and `make test`; both make their own environment.
PYTHON ?= python3
CHAPTER ?=
PARAMS ?=
PORT ?= 8000
VERSION ?=
BIN := .venv/bin

.PHONY: book lab pdf test older unlocked references run reproduce links serve bench mutate lock version dist clean

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

# Some chapters with the arithmetic of an older processor: do text and data stay the same? All: weekly, in CI.
OLDER := gaussian regression_exact regression_fit
older: .venv/ready
	@NPY_DISABLE_CPU_FEATURES="X86_V3 X86_V4 AVX512_ICL AVX512_SPR" OPENBLAS_CORETYPE=Nehalem \
		$(BIN)/python -m pytest -n auto --dist loadfile --nbval $(OLDER:%=chapters/%.ipynb)

# The tests with the newest releases that the ranges allow instead of the locked ones, or the lowest (RELEASES=lowest-direct).
RELEASES ?= highest
unlocked: .venv/ready
	@$(BIN)/uv venv --quiet --clear --python $(PYTHON) _build/$(RELEASES)
	@$(BIN)/uv pip install --quiet --no-config --python _build/$(RELEASES) --resolution $(RELEASES) --editable ".[solvers,book,test,lock]"
	@_build/$(RELEASES)/bin/python -m book build
	@_build/$(RELEASES)/bin/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -W default::DeprecationWarning --nbval chapters tests

# The committed notebooks that `make test` compares with: all, or CHAPTER=name.
references: .venv/ready
	@$(BIN)/python -m book references $(CHAPTER)

# A chapter with other parameters: make run CHAPTER=gaussian PARAMS="trials=1000 mean=2.0"
run: .venv/ready
	@$(BIN)/python -m book run $(CHAPTER) $(PARAMS)

# Execute all chapters (or CHAPTER=name) twice in clean copies: same bytes as committed, or same data?
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

# A version from its number: make version VERSION=0.2.0 writes it wherever it is said and puts wheel, book and
# notes into dist. Committing, tagging and publishing are yours.
version: .venv/ready
	@$(BIN)/python -m book version $(VERSION)
	@$(MAKE) --no-print-directory dist

dist: book
	@$(BIN)/python -m book dist

clean:
	rm -rf _build .venv dist

.venv/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, and $(PYTHON) is " + sys.version.split()[0])'
	@echo "making the environment in .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch .venv/ready
