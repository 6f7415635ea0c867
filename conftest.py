"""Chapters and tests share one run; what it leaves unchecked is said in its last lines.

nbval executes the chapters, or with `--executed` takes what `make book` executed, and compares what they print with the
committed notebooks; their figures are compared by the data behind them, within the tolerances that `gapbook.held` gives a
reason for.
"""

import gc
import os
import platform
import re
import sys
from collections import defaultdict, deque
from importlib import metadata

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

from book import cache, comparison, execution, interruption, notebooks

# A file goes to one worker as a whole: those that take longest begin first, lest one is left at the end.
LONGEST = ("test_browser", *cache.LONG, "test_rerun", "test_cells", "test_law", "test_interruption", "test_jupyter")


# IPython asks for its encoding, and where it is closed there is none.
sys.__stdin__ = sys.__stdin__ or open(os.devnull)


def pytest_addoption(parser):
    told = "nbval compares what `make book` executed, which the pages show, and executes nothing again"
    parser.addoption("--executed", action="store_true", help=told)


def pytest_configure(config):
    # The process that a terminal interrupts, unless somebody talks to a debugger there.
    if not hasattr(config, "workerinput") and not config.getoption("usepdb"):
        interruption.obey()
    # Rarely: most of what is made here lives as long as its test, and memory is no concern.
    gc.set_threshold(50_000, 20, 50)
    # For nbval's kernels too: one thread each, and nobody's settings.
    execution.keep_settings_out()
    # Of this checkout, and not of the one whose environment this may be.
    os.environ["PYTHONPATH"] = str(notebooks.ROOT)
    # `make test` says to each make below it that it is not the first, and then that one names folders.
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        os.environ.pop(name, None)


class Executed:
    """What nbval takes for a kernel: asked for a cell, it answers as the kernel did that executed it for the book."""

    def __init__(self, path):
        [self.text] = notebooks.chosen([path.stem])
        if cache.stale(self.text):
            raise notebooks.ChapterError(f"{notebooks.short(self.text)} as it is was not executed yet: run `make book`")
        self.shown = defaultdict(deque)
        for cell in notebooks.read(notebooks.executed(self.text)).cells:
            if cell.cell_type == "code":
                self.shown[cell.source].append(cell.outputs)

    def is_alive(self):
        return True

    def execute_cell_input(self, source, allow_stdin):
        if not self.shown[source]:
            ways_out = "`make edits` brings an edit over, `make references` writes the notebook anew"
            raise notebooks.ChapterError(f"{notebooks.short(self.text)} has no such cell: {ways_out}")
        outputs = [(output.output_type, output) for output in self.shown[source].popleft()]
        self.messages = iter([*outputs, ("status", {"execution_state": "idle"})])

    def await_reply(self, asked, timeout):
        pass

    def get_message(self, stream, timeout):
        kind, content = next(self.messages)
        return {"msg_type": kind, "content": content, "parent_header": {"msg_id": None}}

    def stop(self):
        pass


def pytest_collectstart(collector):
    if not (isinstance(collector, IPyNbFile) and collector.config.getoption("executed")):
        return
    cells = collector.collect

    def collect():
        try:
            collector.kernel = Executed(collector.path)
        except notebooks.ChapterError as error:  # in one sentence, and not once for each cell
            raise collector.CollectError(str(error)) from None
        return cells()

    collector.collect, collector.setup = collect, collector.setup_sanitize_files


def pytest_itemcollected(item):
    if isinstance(item, IPyNbCell):
        compare_text = item.compare_outputs

        def compare(computed, reference):
            same = compare_text(computed, reference, (*item.parent.skip_compare, *comparison.BY_VALUE))
            found = list(comparison.differences(item.path.stem, reference, computed))
            item.comparison_traceback += found
            return same and not found

        item.compare_outputs = compare


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.suffix == ".ipynb":
            # What warns in a kernel is not ours to refuse.
            item.add_marker(pytest.mark.filterwarnings("default"))
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


COLLECTED = pytest.StashKey()


def pytest_sessionfinish(session):
    session.config.stash[COLLECTED] = session.testscollected


def pytest_terminal_summary(terminalreporter, config):
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = sorted({str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped})
    kinds = ("passed", "failed", "error", "skipped", "xfailed", "xpassed")
    done = {report.nodeid for kind in kinds for report in terminalreporter.stats.get(kind, [])}
    if not config.option.collectonly and config.stash[COLLECTED] > len(done):
        reasons.append(f"{config.stash[COLLECTED] - len(done)} of {config.stash[COLLECTED]} tests, which were not run")
    for reason in reasons:
        terminalreporter.write_line(f"NOT CHECKED: {reason}", yellow=True)
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page:
        failed = [*terminalreporter.stats.get("failed", []), *terminalreporter.stats.get("error", [])]
        with open(page, "a", encoding="utf-8") as file:
            file.write(summary(failed, reasons))


def summary(failed, reasons):
    """What failed and with which versions, in Markdown: the page of a run that a person sees first."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "scipy", "matplotlib"))
    lines = [f"Python {platform.python_version()}, {versions}: {len(failed)} failed.", ""]
    for report in failed:
        last = re.sub(r"\x1b\[\d+m", "", report.longreprtext).strip().splitlines()[-12:]
        lines += [f"- `{report.nodeid}`", "", *(f"      {line}" for line in last), ""]
    return "\n".join([*lines, *(f"- not checked: {reason}" for reason in reasons), ""])


def pytest_collection_finish():
    # Thousands of tests are no garbage: to look through them again and again takes a twentieth of the time.
    gc.collect()
    gc.freeze()
