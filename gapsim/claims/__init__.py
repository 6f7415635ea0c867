"""Every checkable statement of the paper, with an outcome that is computed when asked.

>>> from gapsim import claims
>>> [verdict] = claims.check(["theorem-1a"])
>>> verdict.outcome
'holds'
"""

# The ledger keeps the order of the paper, which is the order in which these are imported.
from gapsim.claims import gaussian  # isort: skip
from gapsim.claims import bernoulli  # isort: skip
from gapsim.claims import regression  # isort: skip
from gapsim.claims.ledger import (
    LEDGER,
    OUTCOMES,
    VERDICTS_MIME,
    Claim,
    Finding,
    Verdict,
    check,
    counts,
    show,
)

__all__ = [
    "LEDGER",
    "OUTCOMES",
    "VERDICTS_MIME",
    "Claim",
    "Finding",
    "Verdict",
    "check",
    "counts",
    "show",
]
