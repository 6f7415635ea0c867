"""Chapters and tests share one run; what it leaves unchecked is said in its last lines."""

import os

import pytest

from book.notebooks import KERNEL_ENVIRONMENT

# Their single tests take longest: what starts last should be short.
LONG = ("test_rerun.py", "test_build.py", "test_reproducible.py", "test_browser.py")


def pytest_configure():
    # Kernels of their own would take a thread for each core.
    os.environ.update(KERNEL_ENVIRONMENT)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name not in LONG)
    for item in items:
        if item.path.suffix == ".ipynb":
            # The cells of a chapter belong to one kernel. What warns in there is not ours to refuse.
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
            item.add_marker(pytest.mark.filterwarnings("default"))


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = sorted({str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped})
    for reason in reasons:
        terminalreporter.write_line(f"NOT CHECKED: {reason}", yellow=True)
