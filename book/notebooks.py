"""Chapters as text, and as executed notebooks.

A chapter is edited as `chapters/NAME.md`. Executing the plain notebook that `book.plain` makes of it
gives the same, byte for byte, each time: cell ids come from the cells, and whatever speaks of the
run (times, versions, paths) is left out.
"""

import hashlib
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"
EXECUTED = ROOT / "_build" / "notebooks"

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "name": "python", "pygments_lexer": "ipython3"},
}
# One thread per kernel, so that sums do not depend on the number of cores.
KERNEL_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


class ChapterError(Exception):
    """A chapter whose execution failed; the message names the chapter and the cell."""


def chapters():
    """The chapters that have code, as paths to their text, in alphabetical order."""
    return [path for path in sorted(CHAPTERS.glob("*.md")) if is_notebook(path)]


def is_notebook(path):
    """Whether a page is a text notebook: those declare a kernel in their front matter."""
    front, *_ = path.read_text(encoding="utf-8").split("\n---\n", 1)
    return front.startswith("---\n") and "\nkernelspec:" in front


def notebook(path):
    """The cells of a chapter's text, in MyST and with stable ids."""
    import jupytext
    import nbformat

    book = jupytext.read(path)
    book = nbformat.from_dict({**book, "nbformat": 4, "nbformat_minor": 5})
    book.metadata = nbformat.from_dict(METADATA)
    seen = Counter()
    for cell in book.cells:
        digest = short_hash(cell.source)
        seen[digest] += 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
    return book


def short_hash(text):
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def parameters(path):
    """The names and values that a chapter's cell tagged `parameters` assigns."""
    values = {}
    for cell in notebook(path).cells:
        if "parameters" in cell.metadata.get("tags", []):
            exec(cell.source, {}, values)
    return values


def execute(path, parameters=None, url=None):
    """Execute a chapter's plain notebook with papermill and return it with its outputs.

    Parameters
    ----------
    path : pathlib.Path
        The chapter's text.
    parameters : dict, optional
        What takes the place of the values in the cell tagged `parameters`.
    url : str, optional
        Address of the book, which a run with other parameters links to.

    Raises
    ------
    ChapterError
        If a cell raises; names the file, the cell and the error.
    """
    import logging
    import warnings

    import papermill

    from book import plain

    os.environ.update(KERNEL_ENVIRONMENT)
    # It warns of assignments that it cannot parse, and takes those for unknown parameters.
    logging.getLogger("papermill").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = papermill.execute_notebook(
                plain.notebook(path, url=url), None, parameters, kernel_name="python3", cwd=path.parent,
                progress_bar=False, log_output=False, shutdown_kernel="immediate",
                # Ending a kernel interrupts it first, and an idle one would log that as an error.
                extra_arguments=["--log-level=CRITICAL"],
            )
    except papermill.PapermillExecutionError as error:
        line = next(iter(error.source.strip().splitlines()), "")
        raise ChapterError(
            f"{_short(path)}, code cell {error.exec_count} ({line!r}): "
            f"{error.ename}: {error.evalue}"
        ) from None
    return clean(book)


def _short(path):
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def clean(book):
    """Leave out of an executed notebook what differs from run to run."""
    import nbformat

    book.metadata = nbformat.from_dict(METADATA)
    for cell in book.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "other-parameters"
        if cell.cell_type == "code":
            cell.outputs = _joined_streams(cell.outputs)
    return book


def _joined_streams(outputs):
    # Where a stream is cut into pieces depends on timing.
    joined = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def read(path):
    """A notebook as it is kept."""
    import nbformat

    return nbformat.read(path, as_version=4)


def write(book, path):
    """Write a notebook whole or not at all."""
    import nbformat

    text = nbformat.writes(book) + "\n"
    nbformat.validate(book)
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def figures(book):
    """The SVG text of each figure in an executed notebook, by its name."""
    return {
        output.metadata["gapsim"]["name"]: output.data["image/svg+xml"]
        for cell in book.cells
        for output in cell.get("outputs", [])
        if "gapsim" in output.get("metadata", {})
    }


def key(path):
    """Hash of everything that an executed chapter depends on: first of all the notebook before it is executed."""
    import nbformat

    from book import plain

    return digest(
        [ROOT / "requirements.txt", ROOT / "book" / "notebooks.py", *module_files()],
        extra=f"{nbformat.writes(plain.notebook(path))} {sys.version_info[:3]}",
    )


def module_files():
    """The files of the packages that a chapter imports."""
    return [
        path
        for package in ("gapsim", "gapbook")
        for path in sorted((ROOT / package).rglob("*"))
        if path.suffix in (".py", ".csv") and path.is_file()
    ]


def digest(paths, extra=""):
    """One hash of the names and contents of some files."""
    total = hashlib.sha256(extra.encode())
    for path in paths:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(ROOT)} {content}\n".encode())
    return total.hexdigest()


def executed(path):
    """Where the executed notebook of a chapter is kept between builds."""
    return EXECUTED / f"{path.stem}.ipynb"


def stale(path):
    """Whether a chapter has to be executed: it, the module or the packages changed since."""
    stamp = executed(path).with_suffix(".key")
    fresh = executed(path).exists() and stamp.exists() and stamp.read_text() == key(path)
    return not fresh


def _execute_and_keep(path):
    start = time.perf_counter()
    stamp = key(path)
    EXECUTED.mkdir(parents=True, exist_ok=True)
    write(execute(path), executed(path))
    executed(path).with_suffix(".key").write_text(stamp)
    seconds = time.perf_counter() - start
    executed(path).with_suffix(".seconds").write_text(f"{seconds:.1f}")
    return seconds


def execute_all(paths, report=print):
    """Execute chapters, as many at once as there are cores, with a line for each as it ends.

    Raises
    ------
    ChapterError
        After all have ended, if any failed; names each.
    """
    failures = []
    with ProcessPoolExecutor(max_workers=min(len(paths), os.cpu_count() or 1) or 1) as pool:
        running = {pool.submit(_execute_and_keep, path): path for path in paths}
        for future in as_completed(running):
            name = running[future].stem
            try:
                report(f"  executed {name:<24} {future.result():6.1f} s")
            except ChapterError as error:
                failures.append(str(error))
                report(f"  FAILED   {name}")
    if failures:
        raise ChapterError("\n".join(failures))
