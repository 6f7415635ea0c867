"""What a claim, a finding and a verdict are, and the ledger that holds every claim."""

from collections.abc import Callable
from dataclasses import dataclass

from gapsim import _arguments as arguments

OUTCOMES = ("holds", "holds, sharpened", "holds with a correction", "does not hold")
VERDICTS_MIME = "application/vnd.gapsim.verdicts+json"
METHODS = ("proof", "exact computation", "simulation")


@dataclass(frozen=True)
class Finding:
    """What the computation behind a claim says.

    Attributes
    ----------
    holds : bool
        Whether the statement holds as published.
    evidence : dict of str to str
        The numbers it rests on: what was computed, and the value.
    sharpened : bool
        Whether a stronger statement was checked and holds.
    corrected : bool
        Whether, as published failing, a corrected statement was checked and holds.
    """

    holds: bool
    evidence: dict
    sharpened: bool = False
    corrected: bool = False

    @property
    def outcome(self):
        """One of `OUTCOMES`."""
        if self.holds:
            return "holds, sharpened" if self.sharpened else "holds"
        return "holds with a correction" if self.corrected else "does not hold"


@dataclass(frozen=True)
class Claim:
    """A checkable statement of the paper.

    Attributes
    ----------
    id : str
        Short name, such as "theorem-1c".
    place : str
        Where the paper says it.
    statement : str
        What it says, in our words (MyST Markdown).
    found : str
        What the outcome rests on and, where it is not plain "holds", what is right instead.
    methods : tuple of str
        How it is checked: some of `METHODS`.
    page : str
        The chapter that treats it.
    examine : callable
        Computes the `Finding`.
    """

    id: str
    place: str
    statement: str
    found: str
    methods: tuple
    page: str
    examine: Callable

    def check(self):
        """Compute the verdict.

        Returns
        -------
        Verdict
        """
        finding = self.examine()
        return Verdict(self, finding.outcome, finding.evidence)


@dataclass(frozen=True)
class Verdict:
    """A claim with its outcome and the numbers it rests on."""

    claim: Claim
    outcome: str
    evidence: dict


LEDGER = {}


def claim(id, *, place, statement, found, methods, page):
    """Enter the decorated function, which computes the finding, into the ledger."""
    for method in methods:
        arguments.one_of("methods", method, METHODS)
    if id in LEDGER:
        raise ValueError(f"id must be new to the ledger, got {id!r}")

    def enter(examine):
        LEDGER[id] = Claim(id, place, statement, found, tuple(methods), page, examine)
        return examine

    return enter


def check(ids=None):
    """Compute the verdicts of the ledger's claims.

    Parameters
    ----------
    ids : sequence of str, optional
        Which claims; all if omitted.

    Returns
    -------
    list of Verdict
        In the ledger's order, which is the paper's.

    Raises
    ------
    ValueError
        For an id that the ledger does not have.
    """
    for id in ids or ():
        arguments.one_of("ids", id, LEDGER)
    return [entry.check() for id, entry in LEDGER.items() if ids is None or id in ids]


def evidence(**numbers):
    """Evidence whose keys read as words; numbers keep four digits."""
    return {
        name.replace("_", " "): value if isinstance(value, str) else f"{value:.4g}"
        for name, value in numbers.items()
    }


def counts(verdicts):
    """How many verdicts have each outcome.

    Parameters
    ----------
    verdicts : sequence of Verdict

    Returns
    -------
    dict of str to int
        One entry for each of `OUTCOMES`, in that order.
    """
    return {
        outcome: sum(verdict.outcome == outcome for verdict in verdicts) for outcome in OUTCOMES
    }


def show(verdicts):
    """Display verdicts in a notebook, as a table.

    Parameters
    ----------
    verdicts : sequence of Verdict

    Notes
    -----
    The book's build reads the claim boxes and the table of verdicts from this output. Needs
    IPython, which every notebook has.
    """
    from IPython.display import display

    rows = [
        {
            "id": verdict.claim.id,
            "place": verdict.claim.place,
            "statement": verdict.claim.statement,
            "found": verdict.claim.found,
            "methods": list(verdict.claim.methods),
            "page": verdict.claim.page,
            "outcome": verdict.outcome,
            "evidence": verdict.evidence,
        }
        for verdict in verdicts
    ]
    lines = ["| outcome | where | statement |", "| --- | --- | --- |"]
    lines += [f"| {row['outcome']} | {row['place']} | {row['statement']} |" for row in rows]
    table = "\n".join(lines)
    display({"text/markdown": table, "text/plain": table, VERDICTS_MIME: rows}, raw=True)
