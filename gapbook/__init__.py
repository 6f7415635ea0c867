"""What the book shows beside its prose: figures, the ledger of claims, the published points.

`gapsim` computes; this package holds what is about this one paper and its book. Each part is imported when
it is asked for: the book's commands need a few, and begin at once.
"""

import importlib

HOMES = {
    "figures": None, "ledger": None, "at_most": "numbers", "below": "numbers", "fixed": "numbers", "number": "numbers",
    "compare": "sentences", "glue": "sentences", "prose": "sentences", "published_points": "published",
}
__all__ = list(HOMES)


def __getattr__(name):
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = importlib.import_module(f"{__name__}.{HOMES[name] or name}")
    return getattr(home, name) if HOMES[name] else home
