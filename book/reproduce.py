"""Whether the chapters come out the same when executed again from clean copies.

On one machine that is to the byte; on another processor text and data are the same, within the tolerances
of `gapbook.held`, and last digits may move the lines of a picture. nbval compares one execution, in place, with what is
committed: what depends on the folder, or differs from one time to the next within its tolerance, it can't see.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from book import comparison, notebooks
from book.notebooks import ROOT

LEFT_BEHIND = ("_build", ".*", "__pycache__", "*.egg-info")


def reproduce(names=(), report=print):
    """Execute chapters in two clean copies, and compare the notebooks with the committed ones.

    Parameters
    ----------
    names : sequence of str
        Chapters; all if none is named.
    report : callable
        Takes a line: the hash of each notebook and whether it has the same bytes as the committed one or
        the same data, and the hash of each figure in it, as drawn.

    Raises
    ------
    ChapterError
        If a chapter fails, if its two copies differ in a byte, or if text or data are not those of the
        repository; names figures, curves and values.
    """
    import nbformat

    paths = notebooks.chosen(names)
    first, second = execute_in_clean_copy(names), execute_in_clean_copy(names)
    different = []
    for path in paths:
        executed, committed = first[path.stem], path.with_suffix(".ipynb").read_bytes()
        book = nbformat.reads(executed.decode(), as_version=4)
        if executed != second[path.stem]:
            different.append(f"{path.stem}: not the same twice")
            found = "twice not the same"
        elif executed == committed:
            found = "same bytes"
        else:
            differences = changed(path.stem, nbformat.reads(committed.decode(), as_version=4), book)
            different += differences
            found = "not the same" if differences else "same data"
        report(f"{sha256(executed)}  {path.stem}.ipynb: {found}")
        for name, svg in notebooks.figures(book).items():
            report(f"{sha256(svg.encode())}    {name}")
    if different:
        raise notebooks.ChapterError("\n".join(["not the same when executed again", *different]))
    report("the same twice, and as committed")


def changed(chapter, committed, executed):
    """What differs between two notebooks beyond tolerance, in sentences."""
    if [(cell.id, cell.source) for cell in committed.cells] != [(cell.id, cell.source) for cell in executed.cells]:
        return [f"{chapter}: the cells are not those of the text: run `make references`"]
    return [
        difference
        for mine, theirs in zip(committed.cells, executed.cells)
        for difference in comparison.differences(chapter, mine.get("outputs", []), theirs.get("outputs", []))
    ]


def execute_in_clean_copy(names):
    """The bytes of each notebook, executed in a copy of what the repository holds."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "book")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
        done = subprocess.run(
            [sys.executable, "-m", "book", "references", *names], cwd=copy,
            capture_output=True, text=True,
        )
        if done.returncode:
            raise notebooks.ChapterError(f"{done.stdout}{done.stderr.removeprefix('error: ')}".strip())
        # Not those beside the text: they keep what is the same within tolerance.
        return {path.stem: path.read_bytes() for path in (copy / "_build" / "notebooks").glob("*.ipynb")}


def sha256(content):
    return hashlib.sha256(content).hexdigest()
