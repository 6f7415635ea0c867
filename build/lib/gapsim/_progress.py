"""A bar on the standard error stream for work that takes long."""

import sys
import time

# Seconds before the first bar, and between two: short work stays silent.
DELAY = 1.0
PAUSE = 0.1
WIDTH = 30


def watch(steps, total, progress):
    """Pass the steps on, and show how many of the total are done.

    Parameters
    ----------
    steps : iterable
    total : int
        How many there are.
    progress : bool or None
        Whether to show a bar after DELAY seconds; None: only if a terminal is there to see it.
    """
    if progress is None:
        progress = sys.stderr is not None and sys.stderr.isatty()
    if not progress:
        yield from steps
        return
    start = time.monotonic()
    due, line = start + DELAY, ""
    try:
        for done, step in enumerate(steps, start=1):
            now = time.monotonic()
            if now >= due:
                left = (now - start) * (total - done) / done
                bar = "#" * (WIDTH * done // total)
                line = f"{bar:.<{WIDTH}} {done / total:4.0%}, {left:.0f} s left"
                print(f"\r{line:<{WIDTH + 30}}", end="", file=sys.stderr, flush=True)
                due = now + PAUSE
            yield step
    finally:
        if line:
            print(f"\r{'':<{WIDTH + 30}}", end="\r", file=sys.stderr, flush=True)
