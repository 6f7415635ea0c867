"""The chapters' executed notebooks, kept between builds: which of them are out of date, and making those.

jupyter-cache knows a notebook by its code alone: after a change of `gapsim` it would show what the old one computed.
"""

import ast
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import cache

import nbformat

from book import execution, notebooks, plain
from book.notebooks import ChapterError
from gapbook import HOMES

# These take longest: begun first, none is left alone at the end.
LONG = ("phase_transition", "explorer", "regression_poisson", "verdicts", "bernoulli", "regression_gaussian")


def key(path):
    """Hash of everything that an executed chapter depends on: first of all the notebook before it is executed."""
    book = plain.notebook(path)
    code = [cell.source for cell in book.cells if cell.cell_type == "code"]
    own = [notebooks.ROOT / "requirements.txt", notebooks.ROOT / "book" / "execution.py", *notebooks.data_files()]
    arithmetic = [os.environ.get(name) for name in ("NPY_DISABLE_CPU_FEATURES", "OPENBLAS_CORETYPE")]
    extra = f"{nbformat.writes(book)} {sys.version_info[:3]} {notebooks.versions()} {arithmetic}"
    return notebooks.digest([*own, *sorted(modules(code))], extra)


def modules(code):
    """The files of this project that are run when some cells are: what they import, and what that imports."""
    found, left = set(), [(text, ()) for text in code]
    while left:
        for name in imported(*left.pop()):
            # The packages that a module is in come first.
            for path in (notebooks.ROOT / name, *(notebooks.ROOT / name).parent.glob("__init__.py")):
                if path not in found:
                    found.add(path)
                    left.append((path.read_text(encoding="utf-8"), path.relative_to(notebooks.ROOT).parts[:-1]))
    return found


@cache
def imported(code, package=()):
    """The files of this project, as seen from its folder, that a text of a package imports, at its top or inside a function."""
    files = []
    for node in ast.walk(plain.tree(code)):
        names = []
        if isinstance(node, ast.ImportFrom):
            around = package[: len(package) + 1 - node.level] if node.level else ()
            home = ".".join([*around, *filter(None, [node.module])])
            of_book = HOMES if home == "gapbook" else {}
            names = [(f"{home}.{of_book.get(alias.name) or alias.name}", home) for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [(alias.name,) for alias in node.names]
        for alternatives in names:
            places = [f"{name.replace('.', '/')}{end}" for name in alternatives for end in (".py", "/__init__.py")]
            files += [place for place in places if (notebooks.ROOT / place).exists()][:1]
    return files


def stale(path):
    """Whether a chapter has to be executed: it, the module or the packages changed since, or what was kept of it did."""
    kept = notebooks.executed(path)
    stamp = notebooks.stamp(kept.with_suffix(".key"))
    return not (kept.exists() and stamp == f"{key(path)} {notebooks.file_hash(kept)}")


def keep(path, book, stamp):
    """Keep the executed notebook of a chapter, with the hash of what it was made from and its own."""
    notebooks.EXECUTED.mkdir(parents=True, exist_ok=True)
    notebooks.write(book, notebooks.executed(path))
    notebooks.executed(path).with_suffix(".key").write_text(f"{stamp} {notebooks.file_hash(notebooks.executed(path))}")


def forget(path):
    """Let a chapter be executed again."""
    notebooks.executed(path).with_suffix(".key").unlink(missing_ok=True)


def seconds(path):
    """How long a chapter took when it was last executed here, or None."""
    try:
        return float(notebooks.stamp(notebooks.executed(path).with_suffix(".seconds")))
    except ValueError:  # none, or cut off
        return None


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
    report(f"executing {len(paths)} of {len(notebooks.chapters())} chapters{last_time}")
    failures, left = [], [path.stem for path in by_length]
    for path, took, error in at_once(_execute_and_keep, by_length):
        left.remove(path.stem)
        under_way = f"; under way: {', '.join(left[:cores])}" if left else ""
        where = f"({len(paths) - len(left)} of {len(paths)}{under_way})"
        report(f"  FAILED   {path.stem} {where}" if error else f"  executed {path.stem:<24} {took:6.1f} s {where}")
        failures += [str(error)] if error else []
    if failures:
        raise ChapterError("\n".join(failures))


def _execute_and_keep(path):
    start, stamp = time.perf_counter(), key(path)
    keep(path, execution.execute(path), stamp)
    took = time.perf_counter() - start
    notebooks.executed(path).with_suffix(".seconds").write_text(f"{took:.1f}")
    return took


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
