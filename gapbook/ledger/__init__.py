"""Every checkable statement of the paper, and every bold one of this book, with a computed outcome.

>>> from gapbook import ledger
>>> [verdict] = ledger.check("theorem-1a")
>>> verdict.outcome
'holds, sharpened'
"""

# The ledger keeps the order of the paper, which is the order in which these are imported.
from gapbook.ledger import classifiers  # isort: skip
from gapbook.ledger import gaussian  # isort: skip
from gapbook.ledger import bernoulli  # isort: skip
from gapbook.ledger import regression  # isort: skip
from gapbook.ledger import conclusion  # isort: skip
from gapbook.ledger import accuracy  # isort: skip
from gapbook.ledger import noise  # isort: skip
from gapbook.ledger import dimensions  # isort: skip
from gapbook.ledger import real_data  # isort: skip
from gapbook.ledger.entries import LEDGER, Claim, Verdict, by, causes, check, counts
from gapbook.ledger.display import show
from gapbook.outcomes import CAUSES, OUTCOMES, UNCONFIRMED, VERDICTS_MIME

__all__ = [
    "CAUSES", "LEDGER", "OUTCOMES", "UNCONFIRMED", "VERDICTS_MIME", "Claim", "Verdict", "by",
    "causes", "check", "counts", "show",
]
