"""Whether the chapters come out the same, byte for byte, when executed again from clean copies."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from book import notebooks
from book.notebooks import ROOT

LEFT_BEHIND = ("_build", ".*", "__pycache__", "*.egg-info")


def reproduce(names=(), report=print):
    """Execute chapters in two clean copies, and compare the notebooks with the committed ones.

    Parameters
    ----------
    names : sequence of str
        Chapters; all if none is named.
    report : callable
        Takes a line: the hash of each notebook and of each figure in it, as drawn.

    Raises
    ------
    ChapterError
        If a chapter fails, or if a notebook is not the same in both copies and in the repository.
    """
    import nbformat

    paths = [path for path in notebooks.chapters() if not names or path.stem in names]
    copies = [execute_in_clean_copy(names), execute_in_clean_copy(names)]
    different = []
    for path in paths:
        committed = path.with_suffix(".ipynb").read_bytes()
        if any(copy[path.stem] != committed for copy in copies):
            different.append(path.stem)
        report(f"{sha256(copies[0][path.stem])}  {path.stem}.ipynb")
        book = nbformat.reads(copies[0][path.stem].decode(), as_version=4)
        for name, svg in notebooks.figures(book).items():
            report(f"{sha256(svg.encode())}    {name}")
    if different:
        raise notebooks.ChapterError(f"not the same when executed again: {', '.join(different)}")
    report("the same twice, and as committed")


def execute_in_clean_copy(names):
    """The bytes of each notebook, executed in a copy of what the repository holds."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "book")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
        done = subprocess.run(
            [sys.executable, "-m", "book", "references", *names], cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy)}, capture_output=True, text=True,
        )
        if done.returncode:
            raise notebooks.ChapterError(done.stdout + done.stderr)
        return {path.stem: path.read_bytes() for path in (copy / "chapters").glob("*.ipynb")}


def sha256(content):
    return hashlib.sha256(content).hexdigest()
