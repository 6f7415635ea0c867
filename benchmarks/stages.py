"""The stages of the book's build: what executing each chapter takes, against building the site."""

import tempfile
from pathlib import Path

from benchmarks.timing import seconds
from book import execution, notebooks, pages


def rows():
    """Pairs of (what was measured, the ratio)."""
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder, "source"), Path(folder, "output")
        pages.stage(source, lambda path: (path, path.with_suffix(".ipynb")))
        whole = seconds(lambda: pages.render(source, output), repeats=1)
    for path in notebooks.chapters():
        executing = seconds(lambda: execution.execute(path), repeats=1)
        yield f"executing the chapter {path.stem}: times building the site of all pages", executing / whole
