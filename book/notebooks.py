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
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from book import BookError

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"
EXECUTED = ROOT / "_build" / "notebooks"

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "name": "python", "pygments_lexer": "ipython3"},
}
# These take longest: begun first, none is left alone at the end.
LONG = ("phase_transition", "explorer", "regression_poisson", "verdicts", "bernoulli", "regression_gaussian")


class ChapterError(BookError):
    """A chapter that could not be read or executed; the message names the chapter and the cell."""


def chapters():
    """The chapters that have code, as paths to their text, in alphabetical order."""
    return [path for path in sorted(CHAPTERS.glob("*.md")) if is_notebook(path)]


def chosen(names):
    """The chapters of some names, all if there is none.

    Raises
    ------
    ChapterError
        For a name that no chapter has.
    """
    paths = {path.stem: path for path in chapters()}
    for name in names:
        if name not in paths:
            raise ChapterError(f"CHAPTER must be among {', '.join(paths)}, got {name!r}")
    return [path for name, path in paths.items() if name in names or not names]


def is_notebook(path):
    """Whether a page is a text notebook: those declare a kernel in their front matter."""
    front, *_ = path.read_text(encoding="utf-8").split("\n---\n", 1)
    return front.startswith("---\n") and "\nkernelspec:" in front


def notebook(path):
    """The cells of a chapter's text, in MyST and with stable ids."""
    import jupytext
    import nbformat
    import yaml

    try:
        book = jupytext.read(path)
    except yaml.YAMLError as error:
        raise ChapterError(f"{short(path)}: its front matter or the head of a cell is no YAML: {error}") from None
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


def short(path):
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def read(path):
    """A notebook as it is kept."""
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        raise ChapterError(f"{short(path)} is no notebook, cut off or merged badly perhaps: {str(error)[:200]}") from None


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
        [ROOT / "requirements.txt", ROOT / "book" / "execution.py", *module_files()],
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


def digest(paths, extra="", folder=None):
    """One hash of the names, as seen from a folder, and the contents of some files."""
    total = hashlib.sha256(extra.encode())
    for path in paths:
        total.update(f"{path.relative_to(folder or ROOT)} {file_hash(path)}\n".encode())
    return total.hexdigest()


def executed(path):
    """Where the executed notebook of a chapter is kept between builds."""
    return EXECUTED / f"{path.stem}.ipynb"


def stale(path):
    """Whether a chapter has to be executed: it, the module or the packages changed since, or what was kept of it did."""
    kept, stamp = executed(path), executed(path).with_suffix(".key")
    return not (kept.exists() and stamp.exists() and stamp.read_text() == f"{key(path)} {file_hash(kept)}")


def file_hash(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def keep(path, book, stamp):
    """Keep the executed notebook of a chapter, with the hash of what it was made from and its own."""
    EXECUTED.mkdir(parents=True, exist_ok=True)
    write(book, executed(path))
    executed(path).with_suffix(".key").write_text(f"{stamp} {file_hash(executed(path))}")


def seconds(path):
    """How long a chapter took when it was last executed here, or None."""
    clock = executed(path).with_suffix(".seconds")
    return float(clock.read_text()) if clock.exists() else None


def _execute_and_keep(path):
    from book import execution

    start, stamp = time.perf_counter(), key(path)
    keep(path, execution.execute(path), stamp)
    took = time.perf_counter() - start
    executed(path).with_suffix(".seconds").write_text(f"{took:.1f}")
    return took


def execute_all(paths, report=print):
    """Execute chapters, as many at once as there are cores, with a line for each as it ends that says what is under way.

    Raises
    ------
    ChapterError
        After all have ended, if any failed; names each.
    """
    if not paths:
        return
    by_length = sorted(paths, key=lambda path: LONG.index(path.stem) if path.stem in LONG else len(LONG))
    usual, cores = [seconds(path) for path in by_length], os.cpu_count() or 1
    last_time = "" if None in usual else f", which took {sum(usual) / cores:.0f} s the last time"
    report(f"executing {len(paths)} of {len(chapters())} chapters{last_time}")
    failures, left = [], [path.stem for path in by_length]
    for path, took, error in at_once(_execute_and_keep, by_length):
        left.remove(path.stem)
        under_way = f"; under way: {', '.join(left[:cores])}" if left else ""
        where = f"({len(paths) - len(left)} of {len(paths)}{under_way})"
        report(f"  FAILED   {path.stem} {where}" if error else f"  executed {path.stem:<24} {took:6.1f} s {where}")
        failures += [str(error)] if error else []
    if failures:
        raise ChapterError("\n".join(failures))


def at_once(function, paths):
    """Call a function of a chapter for several at once; yield chapter, result and error as each ends.

    In threads: what computes are the kernels. The pool is not waited for when something else goes wrong: Ctrl-C is
    to end it.
    """
    from jupyter_core.utils import ensure_event_loop

    def in_thread(path):
        try:
            return function(path)
        finally:
            ensure_event_loop().close()  # which what speaks to the kernel made for this thread, and leaves open

    pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
    running = {pool.submit(in_thread, path): path for path in paths}
    try:
        for future in as_completed(running):
            error = future.exception()
            if error and not isinstance(error, ChapterError):
                raise error
            yield running[future], None if error else future.result(), error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
