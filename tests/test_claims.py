"""The ledger: each outcome is computed, and changes when what it rests on is broken on purpose."""

import json
import re

import numpy as np
import pytest

from book.notebooks import CHAPTERS
from gapbook import ledger
from gapsim import BernoulliModel, GaussianModel, NormalDesign, PoissonDesign, RegressionModel
from gapbook.ledger import gaussian, regression


def scaled(factor):
    """Break a method: multiply what it returns."""
    return lambda method: lambda *args, **kwargs: factor * method(*args, **kwargs)


def falling(method):
    """Break a gap: let it fall where it rises."""
    return lambda *args, **kwargs: 1 / (1 + method(*args, **kwargs))


def reciprocal(method):
    return lambda *args, **kwargs: 1 / np.asarray(method(*args, **kwargs))


def capped(method):
    return lambda *args, **kwargs: np.minimum(method(*args, **kwargs), 10.0)


def as_the_paper_says(method):
    """Give the turning point the published order of magnitude."""
    return lambda model, eps: -2 * np.log1p(-np.atleast_1d(eps)[:, None] / model.mean) * 4


def as_equation_5_says(method):
    return lambda model, eps: -3 * np.log1p(-np.atleast_1d(eps)[:, None] / model.class_mean)


def growing(method):
    """Break the regression's gap: let it grow with n, whatever eps."""
    return lambda model, n, eps, full_output=False: (n / 100.0, 0.0 * n)


def negative(method):
    """Break the regression's gap: let it be negative, the more so for a larger eps."""
    return lambda model, n, eps, full_output=False: (-eps / 100.0 - 0.0 * n, 0.0 * n)


def finite(method):
    """Break what is infinite."""
    return lambda *args, **kwargs: np.nan_to_num(method(*args, **kwargs), neginf=-1.0)


def larger(attribute):
    return property(lambda design: 1.5 * attribute.fget(design))


def as_printed(method):
    return lambda *args, **kwargs: -5e6


def at_six(method):
    return lambda model: 6.83133 if isinstance(model.design, NormalDesign) else 6.0


def one_corner(method):
    return lambda *args, **kwargs: [(1, 1, 1)]


@pytest.fixture(autouse=True)
def no_curves_from_before():
    regression.curve.cache_clear()
    yield
    regression.curve.cache_clear()


def exact_points(function):
    """A Figure 1a that shows the published rule's gap."""
    model, n = GaussianModel(1.0, 2.0), np.arange(1, 21)
    return lambda figure: {eps: (n, model.gap(n, eps, rule="published")) for eps in (0.2, 0.95)}


# For each claim: what to break, and how.
BROKEN = {
    "theorem-1a": (GaussianModel, "gap", scaled(-1)),
    "theorem-1b": (GaussianModel, "gap", scaled(1.01)),
    "theorem-1c": (GaussianModel, "turning_point", scaled(1.2)),
    "theorem-1d": (GaussianModel, "gap", falling),
    "corollary-2": (GaussianModel, "gap", scaled(0.9)),
    "figure-1a": (gaussian, "published_points", exact_points),
    "duration-theta": (GaussianModel, "turning_point", as_the_paper_says),
    "shorter-stage": (GaussianModel, "turning_point", reciprocal),
    "longer-for-larger-eps": (GaussianModel, "turning_point", reciprocal),
    "arbitrarily-long": (GaussianModel, "turning_point", capped),
    "theorem-3a": (BernoulliModel, "gap", scaled(-1)),
    "theorem-3b": (BernoulliModel, "gap", scaled(1.1)),
    "theorem-3-strip": (BernoulliModel, "strip_halfwidth", scaled(0.1)),
    "theorem-3c": (BernoulliModel, "turning_point", scaled(1.2)),
    "theorem-3d": (BernoulliModel, "strip_center", falling),
    "corollary-4": (BernoulliModel, "gap", scaled(0.9)),
    "equation-5": (BernoulliModel, "turning_point", as_equation_5_says),
    "figure-1b-oscillation": (BernoulliModel, "strip_center", falling),
    "figure-1b-limits": (BernoulliModel, "limit", scaled(0)),
    "one-ratio": (BernoulliModel, "turning_point", scaled(1.01)),
    "more-classes": (RegressionModel, "gap", growing),
    "observation-5": (regression.itertools, "product", one_corner),
    "observation-6": (PoissonDesign, "second_moment", larger),
    "figure-2a-always-expands": (RegressionModel, "gap", growing),
    "figure-2a-very-negative": (RegressionModel, "gap", finite),
    "figure-2a-first-value": (RegressionModel, "first_gap", as_printed),
    "theorem-7": (RegressionModel, "first_gap", finite),
    "figure-2c-shrinks": (RegressionModel, "gap", growing),
    "figure-2d-expands": (RegressionModel, "gap", growing),
    "increases-with-eps": (RegressionModel, "gap", negative),
    "eps-6-separates": (RegressionModel, "threshold", at_six),
    "never-negative": (RegressionModel, "gap", negative),
    "crowding": (RegressionModel, "gap", growing),
    "theorem-8": (RegressionModel, "first_gap", scaled(-1)),
    "conclusion-never-negative": (BernoulliModel, "gap", scaled(-1)),
    "conclusion-similar": (RegressionModel, "gap", growing),
    "conclusion-unavoidable": (RegressionModel, "gap", growing),
}


@pytest.fixture(scope="module")
def published():
    """The verdicts that the book shows."""
    cells = json.loads((CHAPTERS / "verdicts.ipynb").read_text(encoding="utf-8"))["cells"]
    [rows] = [
        output["data"][ledger.VERDICTS_MIME]
        for cell in cells
        for output in cell.get("outputs", [])
        if ledger.VERDICTS_MIME in output.get("data", {})
    ]
    return {row["id"]: row for row in rows}


def test_the_book_shows_the_whole_ledger_and_nothing_else(published):
    assert list(published) == list(ledger.LEDGER)


def test_every_claim_is_complete():
    for claim in ledger.LEDGER.values():
        assert claim.place and len(claim.statement) > 30
        page = (CHAPTERS / f"{claim.page}.md").read_text(encoding="utf-8")
        assert f"{{claim}} {claim.id}\n" in page, f"{claim.id} has no box in {claim.page}"


@pytest.mark.parametrize("id", ledger.LEDGER)
def test_a_broken_model_changes_the_outcome(id, published, monkeypatch):
    target, name, damage = BROKEN[id]
    monkeypatch.setattr(target, name, damage(getattr(target, name)))
    [verdict] = ledger.check([id])
    assert verdict.outcome in ledger.OUTCOMES
    assert verdict.outcome != published[id]["outcome"]


def test_unknown_claims_are_named():
    with pytest.raises(ValueError, match="^ids must be .*got 'theorem-9'"):
        ledger.check(["theorem-9"])
