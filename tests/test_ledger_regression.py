"""Each part of a claim about regression has a check, and a mutation under which that check fails."""

import numpy as np
import pytest

from gapbook.ledger import regression
from gapbook.ledger.entries import Claim
from gapsim import NormalDesign, PoissonDesign, RegressionModel

CLAIMS = {entry.id: entry for entry in vars(regression).values() if isinstance(entry, Claim)}


@pytest.fixture(autouse=True)
def no_curves_from_before():
    regression.curve.cache_clear()
    yield
    regression.curve.cache_clear()


def scaled(factor):
    return lambda method: lambda *args, **kwargs: factor * np.asarray(method(*args, **kwargs))


def gaps(law):
    """Replace the exact gap by a function of n and eps."""

    def damage(method):
        def gap(model, n, eps, full_output=False):
            value = law(np.asarray(n, dtype=float), np.asarray(eps, dtype=float))
            return (value, 0.0 * value) if full_output else value

        return gap

    return damage


growing = gaps(lambda n, eps: n / 100 + 0 * eps)
shrinking = gaps(lambda n, eps: 1 / n + 0 * eps)
negative = gaps(lambda n, eps: -eps / 100 - 0 * n)
flat = gaps(lambda n, eps: 0.7 + 0 * n * eps)
rising_with_eps = gaps(lambda n, eps: eps + 0 * n)


def finite(method):
    return lambda *args, **kwargs: np.nan_to_num(method(*args, **kwargs), posinf=1.0, neginf=-1.0)


def opposite(method):
    """An estimate whose rows come in the opposite order."""

    def damage(*args, **kwargs):
        estimate = method(*args, **kwargs)
        return type(estimate)(estimate.value[::-1], estimate.stderr[::-1], estimate.trials)

    return damage


def as_standard(method):
    """A robust slope that is not robust."""

    def damage(x, y, eps, tie="min_norm"):
        slope = regression.standard_slope(x, y)
        return slope if np.ndim(eps) == 0 else np.stack([slope * (1 - e / 9) for e in eps], axis=-1)

    return damage


def least_norm(method):
    return lambda x, y, eps, tie="min_norm": method(x, y, eps)


def towards_zero(method):
    return lambda model, eps, tie="min_norm": method(model, eps)


def exact_slope(method):
    """Least squares that knows the truth, and accepts anything."""
    return lambda x, y: np.ones(np.shape(x)[:-1])


def evenly_spaced(method):
    return lambda design, size, rng: np.arange(np.prod(size), dtype=float).reshape(size)


def always(value):
    return lambda method: lambda *args, **kwargs: value + 0.0 * np.asarray(method(*args, **kwargs))


def one_corner(method):
    return lambda *args, **kwargs: [(1, 1, 1)]


def larger(attribute):
    return property(lambda design: 1.5 * attribute.fget(design))


def one_off(method):
    """One degree of freedom too many, but at the sizes that are easily looked at."""
    return lambda design, n: np.where((n > 3) & (n < 12), 1 / (np.asarray(n) - 1.0), method(design, n))


def without_the_slope(method):
    return lambda model: method(model) / abs(model.slope)


def of_one_noise(method):
    return lambda model, eps: method(model, eps) / model.noise**2


def at_six(method):
    return lambda model: 6.0


MUTATIONS = {
    ("abstract-regression", "expands"): (RegressionModel, "gap", shrinking),
    ("abstract-regression", "when"): (RegressionModel, "gap", growing),
    ("abstract-regression", "sign and limit"): (RegressionModel, "gap", shrinking),
    ("introduction-transition", "printed"): (RegressionModel, "gap", growing),
    ("introduction-transition", "where it is"): (RegressionModel, "correction", scaled(-1)),
    ("introduction-transition", "other inputs"): (RegressionModel, "gap", shrinking),
    ("more-classes", "short"): (RegressionModel, "gap", growing),
    ("more-classes", "long"): (RegressionModel, "gap", shrinking),
    ("one-noise", "own noise"): (regression, "standard_slope", exact_slope),
    ("standard-formula", "least squares"): (regression, "standard_slope", scaled(1.001)),
    ("standard-formula", "invertible"): (regression, "standard_slope", exact_slope),
    ("observation-5", "worst attack"): (regression.itertools, "product", one_corner),
    ("observation-5", "one dimension"): (regression, "robust_slope", scaled(1.01)),
    ("observation-6", "test loss"): (PoissonDesign, "second_moment", larger),
    ("observation-6", "expectation"): (RegressionModel, "gap", scaled(1.1)),
    ("gap-expectation", "which expectation"): (regression, "robust_slope", as_standard),
    ("figure-2a-always-expands", "inside the window"): (RegressionModel, "gap", growing),
    ("figure-2a-always-expands", "simulated"): (regression, "estimate_gap", opposite),
    ("figure-2a-always-expands", "in the end"): (RegressionModel, "correction", scaled(1.2)),
    ("figure-2a-always-expands", "strong"): (RegressionModel, "gap", shrinking),
    ("order-statistics", "spacings"): (NormalDesign, "sample", evenly_spaced),
    ("figure-2a-very-negative", "finite and negative"): (RegressionModel, "gap", growing),
    ("figure-2a-very-negative", "infinite"): (RegressionModel, "gap", finite),
    ("figure-2a-first-value", "in truth"): (RegressionModel, "first_gap", finite),
    ("figure-2a-first-value", "as plotted"): (regression, "standard_slope", always(2.0)),
    ("robust-second-moment", "closed form"): (RegressionModel, "first_risk", scaled(1.1)),
    ("robust-second-moment", "all moments"): (regression, "robust_slope", as_standard),
    ("theorem-7", "one point"): (RegressionModel, "first_gap", finite),
    ("theorem-7", "more points"): (NormalDesign, "inverse_moment", one_off),
    ("figure-2c-shrinks", "from two points"): (RegressionModel, "gap", growing),
    ("figure-2c-shrinks", "first step"): (RegressionModel, "first_gap", towards_zero),
    ("figure-2c-shrinks", "ties towards 0"): (RegressionModel, "gap", shrinking),
    ("figure-2d-expands", "every step"): (RegressionModel, "first_gap", towards_zero),
    ("figure-2d-expands", "ties towards 0"): (RegressionModel, "gap", growing),
    ("figure-2d-expands", "limit"): (RegressionModel, "threshold", scaled(1.1)),
    ("increases-with-eps", "up to 9"): (RegressionModel, "gap", flat),
    ("increases-with-eps", "beyond"): (RegressionModel, "gap", rising_with_eps),
    ("eps-6-separates", "printed grid"): (RegressionModel, "gap", growing),
    ("eps-6-separates", "between"): (RegressionModel, "gap", growing),
    ("eps-6-separates", "limit slope"): (RegressionModel, "threshold", at_six),
    ("never-negative", "printed grid"): (RegressionModel, "gap", negative),
    ("never-negative", "midpoint"): (regression, "robust_slope", least_norm),
    ("crowding", "apart and falling"): (RegressionModel, "correction", scaled(-1)),
    ("crowding", "crowded and falling"): (RegressionModel, "gap", growing),
    ("crowding", "crowded and rising"): (RegressionModel, "correction", scaled(-1)),
    ("crowding", "apart and rising"): (RegressionModel, "gap", shrinking),
    ("theorem-8", "signs"): (RegressionModel, "first_gap", scaled(-1)),
    ("theorem-8", "steps"): (RegressionModel, "first_gap", scaled(1.01)),
    ("theorem-8", "ties"): (RegressionModel, "first_gap", scaled(-1)),
    ("conclusion-similar", "expands"): (RegressionModel, "gap", shrinking),
    ("conclusion-similar", "weak attacks"): (RegressionModel, "gap", growing),
    ("threshold-of-the-limit", "vanishes"): (RegressionModel, "threshold", without_the_slope),
    ("threshold-of-the-limit", "below"): (RegressionModel, "limit_slope", scaled(1.05)),
    ("sign-of-b", "below"): (RegressionModel, "correction", scaled(1.02)),
    ("sign-of-b", "above"): (RegressionModel, "correction", of_one_noise),
    ("sign-of-b", "at"): (RegressionModel, "threshold", scaled(1.01)),
    ("crowded-falls", "b"): (RegressionModel, "correction", scaled(-1)),
    ("two-places-rise", "b"): (RegressionModel, "correction", scaled(-1)),
    ("two-places-rise", "curves"): (RegressionModel, "gap", shrinking),
    ("several-peaks", "Poisson"): (RegressionModel, "gap", growing),
    ("several-peaks", "normal"): (RegressionModel, "gap", shrinking),
    ("turning-law", "constant"): (RegressionModel, "correction", scaled(1.1)),
    ("weak-attack-helps", "tangent"): (RegressionModel, "gap", scaled(1.05)),
    ("dimensions", "limit"): (RegressionModel, "limit_slope", scaled(1.05)),
    ("law-without-sampling", "law"): (RegressionModel, "slope_cdf", scaled(0.98)),
}


def test_every_part_has_its_mutation():
    assert set(MUTATIONS) == {(id, part.name) for id, entry in CLAIMS.items() for part in entry.parts}


@pytest.mark.parametrize(("id", "name"), MUTATIONS)
def test_a_mutation_is_noticed_by_its_part(id, name, monkeypatch):
    target, attribute, damage = MUTATIONS[id, name]
    monkeypatch.setattr(target, attribute, damage(getattr(target, attribute)))
    [part] = [part for part in CLAIMS[id].parts if part.name == name]
    confirmed, _ = part.examine()
    assert not confirmed
