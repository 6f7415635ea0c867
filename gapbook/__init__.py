"""What the book shows beside its prose: figures, the ledger of claims, the published points.

`gapsim` computes; this package holds what is about this one paper and its book.
"""

from gapbook import figures, ledger
from gapbook.numbers import at_most, below, fixed, number
from gapbook.prose import compare, glue, prose
from gapbook.published import published_points

__all__ = ["at_most", "below", "compare", "figures", "fixed", "glue", "ledger", "number", "prose", "published_points"]
