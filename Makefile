# The two commands are `make book` and `make test`; both make their own environment.
PYTHON ?=
CHAPTER ?=
PARAMS ?=
PORT ?= 8000
VERSION ?=
BIN := .venv/bin
# For what writes without `python -m book`, which waits by itself until no other command is at work here.
ALONE = $(BIN)/python -m book.lock
# Without PYTHON= an environment stays what it is, if its Python is still there.
MAKER := $(or $(PYTHON),$(shell $(BIN)/python -I -S -c "print('$(BIN)/python')" 2>/dev/null),python3)

# Packages of another Python, as some people's shells have them, would be taken for ours; and where no bytecode is
# kept, as in many containers, each kernel compiles its packages anew, for seconds. Some settings of Python keep it from
# beginning at all.
unexport $(filter-out PYTHON,$(filter PYTHON%,$(.VARIABLES)))

.PHONY: environment book lab pdf test older unlocked references edits run reproduce links serve bench mutate lock version dist clean

book: environment
	@$(BIN)/python -m book build

# JupyterLab on the chapters, with its own OPTIONS, such as --allow-root in a container.
OPTIONS ?=
lab: environment
	@$(BIN)/python -m book lab -- $(OPTIONS)

# The book, and all of it as one PDF, which Chromium prints.
pdf: environment
	@$(BIN)/python -m book build --pdf

# A worker that a test has brought down would take up the same file again, and so for ever.
PYTEST := -m pytest -n auto --dist loadfile --no-loadscope-reorder --max-worker-restart=0 --nbval
test: book
	@$(BIN)/python $(PYTEST) --executed chapters tests

# Some chapters with the arithmetic of an older processor: do text and data stay the same? All: weekly, in CI.
OLDER := gaussian regression_exact regression_fit
older: environment
	@NPY_DISABLE_CPU_FEATURES="X86_V3 X86_V4 AVX512_ICL AVX512_SPR" OPENBLAS_CORETYPE=Nehalem \
		$(BIN)/python $(PYTEST) $(OLDER:%=chapters/%.ipynb)

# The tests with the newest releases that the ranges allow instead of the locked ones, or the lowest (RELEASES=lowest-direct),
# of those that this Python has wheels of.
RELEASES ?= highest
unlocked: environment
	@$(ALONE) $(BIN)/uv venv --quiet --clear --python $(or $(PYTHON),python3) _build/$(RELEASES)
	@$(ALONE) $(BIN)/uv pip install --quiet --no-config --python _build/$(RELEASES) --resolution $(RELEASES) --only-binary :all: --editable ".[solvers,book,test,lock]"
	@_build/$(RELEASES)/bin/python -m book build
	@_build/$(RELEASES)/bin/python $(PYTEST) -W default::DeprecationWarning --executed chapters tests

# The committed notebooks that `make test` compares with: all, or CHAPTER=name.
references: environment
	@$(BIN)/python -m book references $(CHAPTER)

# Bring what was edited in Jupyter over into the chapters' texts: all, or CHAPTER=name.
edits: environment
	@$(BIN)/python -m book edits $(CHAPTER)

# Chapters with other parameters: make run CHAPTER="gaussian bernoulli" PARAMS="trials=1000 signals=[0.1, 0.2]".
# Without CHAPTER it lists chapters and parameters.
run: export SETTINGS := $(PARAMS)
run: environment
	@$(BIN)/python -m book run $(CHAPTER) $${SETTINGS:+"$$SETTINGS"}

# Execute all chapters (or CHAPTER=name) twice in clean copies: same bytes as committed, or same data?
reproduce: environment
	@$(BIN)/python -m book reproduce $(CHAPTER)

# Ask for every outside link of the book.
links: environment
	@$(BIN)/python -m book links

serve: environment
	@$(BIN)/python -m book serve --port=$(PORT)

bench: environment
	@OMP_NUM_THREADS=1 $(ALONE) $(BIN)/python -m benchmarks

# Break each formula on purpose, and count how often some test notices (long: see tests/mutate.py for a part).
mutate: environment
	@$(BIN)/python tests/mutate.py

# Compile requirements.txt anew from the ranges in pyproject.toml.
lock: environment
	@$(ALONE) $(BIN)/uv pip compile pyproject.toml --quiet --upgrade --all-extras --universal \
		--python-version 3.11 --fork-strategy fewest --generate-hashes --no-emit-index-url \
		--no-annotate --custom-compile-command "make lock" --output-file requirements.txt

# A version from its number: make version VERSION=0.2.0 writes it wherever it is said and puts wheel, book and
# notes into dist. Committing, tagging and publishing are yours.
version: environment
	@$(BIN)/python -m book version $(VERSION)
	@$(MAKE) --no-print-directory dist

dist: book
	@$(BIN)/python -m book dist

# The lock stays, since others may wait for it.
clean:
	@$(MAKER) -m book.lock sh -c "rm -rf .venv dist && find _build -mindepth 1 ! -path _build/lock -delete"

# What it is made of, and when anew: book/environment.py.
environment:
	@$(MAKER) -m book.environment
