"""What an entry of the ledger is: a statement, the parts of what was found, and a verdict."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from gapbook.numbers import with_minus
from gapbook.outcomes import CAUSES, OUTCOMES, UNCONFIRMED

# Who makes the statement: what this book adds is held to the same standard, and counted apart.
SOURCES = ("paper", "book")
# What a part says of the statement.
BEARINGS = ("confirms", "sharpens", "corrects", "refutes")
METHODS = ("proof", "exact computation", "simulation", "observation")

LEDGER = {}


@dataclass(frozen=True)
class Part:
    """One sentence of what was found, and the check that it rests on.

    Attributes
    ----------
    name : str
        Short, unique within its entry.
    bears : str
        One of `BEARINGS`.
    text : str
        What was found, in plain Markdown.
    methods : tuple of str
        Some of `METHODS`.
    examine : callable
        Returns (confirmed, evidence): whether the computation bears the text out, and the numbers.
    """

    name: str
    bears: str
    text: str
    methods: tuple
    examine: Callable


@dataclass(frozen=True)
class Claim:
    """A checkable statement, of the paper or of this book.

    Attributes
    ----------
    id : str
        Short name, such as "theorem-1c".
    place : str
        Where it is said.
    statement : str
        What it says, with its scope and hedges, in our words (plain Markdown).
    page : str
        The chapter that treats it.
    source : str
        One of `SOURCES`.
    cause : str or None
        One of `CAUSES`, for a statement that does not simply hold.
    parts : list of Part
    """

    id: str
    place: str
    statement: str
    page: str
    source: str = "paper"
    cause: str | None = None
    parts: list = field(default_factory=list)

    def part(self, name, bears, text, methods):
        """Enter the decorated function, which returns (confirmed, evidence), as a part."""
        one_of("bears", bears, BEARINGS)
        for method in methods:
            one_of("methods", method, METHODS)
        if name in (part.name for part in self.parts):
            raise ValueError(f"name must be new to {self.id}, got {name!r}")

        def enter(examine):
            self.parts.append(Part(name, bears, text, tuple(methods), examine))
            return examine

        return enter

    def check(self):
        """Compute the verdict."""
        return Verdict(self, tuple(Checked(part, *part.examine()) for part in self.parts))


@dataclass(frozen=True)
class Checked:
    """A part with what its computation gave."""

    part: Part
    confirmed: bool
    evidence: dict


@dataclass(frozen=True)
class Verdict:
    """A claim with its checked parts."""

    claim: Claim
    parts: tuple

    @property
    def outcome(self):
        """One of `OUTCOMES`, as the parts bear on the statement; `UNCONFIRMED` if a check fails."""
        if not self.parts or not all(checked.confirmed for checked in self.parts):
            return UNCONFIRMED
        bearings = {checked.part.bears for checked in self.parts}
        if "refutes" in bearings or "corrects" in bearings:
            # Something stated has to change; with a correction not all is lost.
            return "holds with a correction" if "corrects" in bearings else "does not hold"
        return "holds, sharpened" if "sharpens" in bearings else "holds"


def one_of(name, value, options):
    """Return `value` if it is one of `options`."""
    if value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}, got {value!r}")
    return value


def claim(id, *, place, statement, page, source="paper", cause=None):
    """Enter a statement into the ledger; its parts follow, by `Claim.part`."""
    one_of("source", source, SOURCES)
    if cause is not None:
        one_of("cause", cause, CAUSES)
    if id in LEDGER:
        raise ValueError(f"id must be new to the ledger, got {id!r}")
    LEDGER[id] = Claim(id, place, statement, page, source, cause)
    return LEDGER[id]


def check(ids=None):
    """Compute the verdicts of the ledger's claims.

    Parameters
    ----------
    ids : str or iterable of str, optional
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
    ids = LEDGER if ids is None else list(ids) if isinstance(ids, Iterable) and not isinstance(ids, str) else [ids]
    for id in ids:
        one_of("ids", id, LEDGER)
    return [entry.check() for id, entry in LEDGER.items() if id in ids]


def evidence(**numbers):
    """Evidence whose keys read as words; numbers keep four digits, and texts all but the hyphens for a minus."""
    return {
        name.replace("_", " "): with_minus(value) if isinstance(value, str) else written(value)
        for name, value in numbers.items()
    }


def written(value):
    """A number as one writes it by hand: four digits, but none beyond the thirteenth place.

    What is smaller is a rounding error, which another processor may not make at all.
    """
    if abs(value) < 1e-13 and not isinstance(value, (int, np.integer)):
        return "0, up to $10^{-13}$"
    kept = min(4, 14 + math.floor(math.log10(abs(value)))) if value and math.isfinite(value) else 4
    digits, _, power = f"{value:.{kept}g}".partition("e")
    digits = digits.replace("-", "−").replace("inf", "∞")
    return rf"${digits.replace('−', '-')}\cdot10^{{{int(power)}}}$" if power else digits


def by(source, verdicts):
    """The verdicts on statements of one of `SOURCES`."""
    one_of("source", source, SOURCES)
    return [verdict for verdict in verdicts if verdict.claim.source == source]


def counts(verdicts):
    """How many verdicts have each outcome.

    Parameters
    ----------
    verdicts : iterable of Verdict

    Returns
    -------
    dict of str to int
        One entry for each of `OUTCOMES`, in that order.
    """
    outcomes = [verdict.outcome for verdict in verdicts]
    return {outcome: outcomes.count(outcome) for outcome in OUTCOMES}


def causes(verdicts):
    """The causes of the verdicts that need a correction or do not hold.

    Parameters
    ----------
    verdicts : iterable of Verdict

    Returns
    -------
    dict of str to list of str
        Ids of the claims, by cause.
    """
    found = {}
    for verdict in verdicts:
        if verdict.claim.cause is not None:
            found.setdefault(verdict.claim.cause, []).append(verdict.claim.id)
    return found


def rows(verdicts):
    """The verdicts as plain data, for a notebook's output."""
    return [
        {
            "id": verdict.claim.id,
            "source": verdict.claim.source,
            "place": verdict.claim.place,
            "statement": verdict.claim.statement,
            "page": verdict.claim.page,
            "cause": verdict.claim.cause,
            "outcome": verdict.outcome,
            "parts": [
                {
                    "name": checked.part.name,
                    "bears": checked.part.bears,
                    "text": checked.part.text,
                    "methods": list(checked.part.methods),
                    "confirmed": bool(checked.confirmed),
                    "evidence": checked.evidence,
                }
                for checked in verdict.parts
            ],
        }
        for verdict in verdicts
    ]
