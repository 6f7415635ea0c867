"""The accuracy that is lost, and the law of the gap: against every outcome by hand, and against training."""

import dataclasses
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import comb, erfc, prod, sqrt

import numpy as np
import pytest

from gapsim import (
    BernoulliModel, EmpiricalModel, GaussianModel, NormalDesign, RegressionModel, estimate_gap, robust_classifier,
    standard_classifier,
)


def phi(z):
    return erfc(-z / sqrt(2)) / 2


def sign(value):
    return (value > 0) - (value < 0)


def trained(rule, u, eps):
    """A weight, in units of W, by equation (2) or by the published rule."""
    if rule == "standard":
        return sign(u)
    margin = sign(abs(u) - eps)
    return sign(u) * (margin if rule == "published" else Fraction(1 + margin, 2))


def normal_accuracy(rule, mean, std, n, eps):
    """Every sign pattern of the trained weights, with one representative signal for each interval."""
    ends = [-np.inf, -eps, 0.0, eps, np.inf]
    signals, total = [-2 * eps, -eps / 2, eps / 2, 2 * eps], 0.0
    for outcome in product(range(4), repeat=len(mean)):
        chance = prod(
            phi((ends[k + 1] - m) * sqrt(n) / s) - phi((ends[k] - m) * sqrt(n) / s) for k, m, s in zip(outcome, mean, std)
        )
        w = [float(trained(rule, signals[k], eps)) for k in outcome]
        spread = sqrt(sum((weight * s) ** 2 for weight, s in zip(w, std)))
        total += chance * (phi(sum(weight * m for weight, m in zip(w, mean)) / spread) if spread else 0.5)
    return total


def lattice_accuracy(rule, theta, tau, n, eps):
    """Every training set's counts and every test point, in fractions."""
    agree, total = (1 + tau) / 2, Fraction(0)
    counts = [comb(n, b) * agree**b * (1 - agree) ** (n - b) for b in range(n + 1)]
    for outcome in product(range(n + 1), repeat=len(theta)):
        w = [trained(rule, size * Fraction(2 * b - n, n), eps) for b, size in zip(outcome, theta)]
        for test in product((1, -1), repeat=len(theta)):
            score = sum(weight * size * vote for weight, size, vote in zip(w, theta, test))
            chance = prod(agree if vote > 0 else 1 - agree for vote in test) * prod(counts[b] for b in outcome)
            total += chance * Fraction(1 + sign(score), 2)
    return total


@pytest.mark.parametrize("rule", ["minimizer", "published"])
@pytest.mark.parametrize(
    ("mean", "std"), [([1.0], [2.0]), ([1.0, 1.0], [2.0, 2.0]), ([1.0, 0.0, 0.3], [1.0, 2.0, 0.4]), ([0.5] * 3 + [1.0] * 2, [1.0] * 5)]
)
def test_gaussian_accuracy_is_the_sum_over_all_outcomes(mean, std, rule):
    model, n, eps = GaussianModel(mean, std, bound=3.0), [1, 4, 30], [0.05, 0.6, 1.4]
    found = model.accuracy_gap(np.array(n)[:, None], eps, rule=rule)
    for (i, size), (j, radius) in product(enumerate(n), enumerate(eps)):
        expected = [normal_accuracy(name, mean, std, size, radius) for name in ("standard", rule)]
        assert found[i, j] == pytest.approx(expected[0] - expected[1], abs=1e-12)


@pytest.mark.parametrize("rule", ["minimizer", "published"])
@pytest.mark.parametrize(
    ("theta", "tau"), [(["1"], "1/5"), (["1", "1"], "1/5"), (["3/10", "1/5", "1/10"], "1/3"), (["1/2", "1", "0"], "9/10")]
)
def test_bernoulli_accuracy_is_the_sum_over_all_outcomes_and_test_points(theta, tau, rule):
    sizes, strength = [Fraction(size) for size in theta], Fraction(tau)
    for n, eps in product((1, 2, 5), (Fraction(1, 10), Fraction(1, 5), Fraction(7, 10), Fraction(2))):
        expected = [lattice_accuracy(name, sizes, strength, n, eps) for name in ("standard", rule)]
        expected = float(expected[0] - expected[1])
        assert BernoulliModel(sizes, strength).accuracy_gap(n, eps, rule=rule) == pytest.approx(expected, abs=1e-12)
        # Decimals in floating point mean the same: 0.1 + 0.2 and 0.3 meet.
        floats = BernoulliModel([float(size) for size in sizes], float(strength))
        assert floats.accuracy_gap(n, float(eps), rule=rule) == pytest.approx(expected, abs=1e-12)


def test_exact_sizes_tie_exactly_and_floats_within_the_tolerance():
    tenth, fifth = Fraction(1, 10), Fraction(1, 5)
    # In whole numbers where no float can tell them, too.
    for parts in (10**30, 35 * 10**15, 10**14):
        near = Fraction(3, 10) + Fraction(1, parts)
        tied, off = (BernoulliModel([tenth, fifth, last], 0.5).accuracy_gap(3, 1) for last in (Fraction(3, 10), near))
        assert abs(tied - off) > 1e-3
    assert BernoulliModel([0.1, 0.2, float(near)], 0.5).accuracy_gap(3, 1) == pytest.approx(tied, abs=1e-12)
    # A tiny size is no tie where its weight is the only one.
    alone, beside = BernoulliModel([1e-14], 0.5).accuracy_gap(3, 1e-15), BernoulliModel([1e-14, 1.0], 0.5)
    assert alone == 0 and beside.accuracy_gap(3, 0.4) > 0.01
    assert BernoulliModel([Decimal("1e-30"), 1], Decimal("0.5")).accuracy_gap(3, 0.4) > 0.01


@pytest.mark.parametrize(
    "model",
    [GaussianModel([1.0, 0.5, 0.0], [2.0, 1.0, 3.0]), BernoulliModel([1.0, 0.3, 0.7], 0.3), BernoulliModel([0.1, 0.2, 0.3], 0.3)],
    ids=repr,
)
def test_trained_classifiers_agree(model):
    for rule in ("minimizer", "published"):
        estimate = estimate_gap(model, [1, 3, 10], [0.1, 0.3, 0.8], trials=40_000, rng=2, rule=rule, loss="zero_one")
        exact = model.accuracy_gap(np.array([[1], [3], [10]]), [0.1, 0.3, 0.8], rule=rule)
        assert (np.abs(estimate.value - exact) <= 4.5 * estimate.stderr + 1e-12).all()
        assert estimate.loss == "zero_one" and "zero-one loss" in str(estimate)


def test_a_data_model_meets_test_points_of_its_own():
    rng = np.random.default_rng(3)
    x, y = rng.normal(0.5, 1.0, (40, 3)), np.ones(40)
    model, trials, n, eps = EmpiricalModel(x, y), 40_000, 5, 0.4
    found = estimate_gap(model, n, eps, trials=trials, rng=4, loss="zero_one")
    rows = rng.integers(40, size=(trials, n))
    w = [standard_classifier(x[rows], y[rows]), robust_classifier(x[rows], y[rows], eps)]
    right = [((1 + np.sign(weights @ x.T)) / 2).mean(axis=1) for weights in w]
    lost = right[0] - right[1]
    assert abs(found.value - lost.mean()) < 4.5 * np.hypot(found.stderr, lost.std() / np.sqrt(trials))


def test_the_linear_loss_draws_what_it_drew_before():
    model = GaussianModel([1.0, 0.4], 2.0)
    plain = estimate_gap(model, [3, 9], [0.5], trials=500, rng=17)
    assert np.array_equal(plain.value, estimate_gap(model, [3, 9], [0.5], trials=500, rng=17, loss="linear").value)
    # The Gaussian accuracy is exact given the weights: it draws nothing more. With d = 1 it is a multiple of the gap.
    one = GaussianModel(1.0, 2.0)
    both = [estimate_gap(one, [3, 9], [0.5], trials=500, rng=17, loss=loss).value for loss in ("linear", "zero_one")]
    assert np.allclose(both[1], (phi(0.5) - 0.5) * both[0], rtol=1e-12)


def test_a_loss_that_a_model_does_not_have_is_named():
    with pytest.raises(ValueError, match="^loss must be 'linear' or 'zero_one', got 'hinge'"):
        estimate_gap(GaussianModel(1.0, 2.0), 3, 0.5, trials=10, rng=1, loss="hinge")
    regression = RegressionModel(NormalDesign())
    with pytest.raises(ValueError, match="^loss must be 'squared', got 'zero_one'"):
        estimate_gap(regression, 3, 0.5, trials=10, rng=1, loss="zero_one")
    assert estimate_gap(regression, 3, 0.5, trials=10, rng=1, loss="squared").loss == "squared"


def test_many_equal_coordinates_or_a_dozen_different_ones_are_no_trouble():
    assert GaussianModel(1000 * [1.0], 90.0).accuracy_gap(3, 20.0) < 0
    assert np.isfinite(GaussianModel(np.linspace(0.2, 1, 12), 2.0).accuracy_gap([3, 9], 0.3)).all()
    assert np.isfinite(BernoulliModel(np.linspace(0.2, 1, 12), 0.3).accuracy_gap([3, 9], 0.3)).all()
    for model in (GaussianModel(np.linspace(0.2, 1, 14), 2.0), BernoulliModel(np.linspace(0.2, 1, 20), 0.3)):
        with pytest.raises(ValueError, match=r'^model must be one whose outcomes .*estimate_gap\(..., loss="zero_one"\)'):
            model.accuracy_gap(3, 0.3)
        assert estimate_gap(model, [2, 3], 0.3, trials=20, rng=1, loss="zero_one").value.shape == (2, 1)


@pytest.mark.filterwarnings("error")
def test_extremes():
    for model in (GaussianModel([1.0, 0.4], 2.0), GaussianModel([1e200, 0.0], [1e-300, 1.0]), BernoulliModel([1.0, 0.3], 0.2)):
        for eps in (0, 1e-300, 1e-160, 0.5, 1e160, 1.797e308):
            assert np.isfinite(model.accuracy_gap([1, 2**53], eps)).all()
            values, chances = model.gap_law(2**40, eps)
            assert np.isfinite(values).all() and chances.sum() == pytest.approx(1)
    assert BernoulliModel(0.0, 0.5).accuracy_gap([1, 2], 0.5).tolist() == [0, 0]
    assert [part.tolist() for part in BernoulliModel(0.0, 0.5).gap_law(1, 0.5)] == [[0], [1]]


def test_the_error_of_weights_is_that_of_test_points():
    model, w = GaussianModel([1.0, 0.5], [2.0, 1.0]), np.array([[1.0, -0.5], [0.5, 1.0], [0.0, 0.0]])
    x, y = model.sample(200_000, 5)
    wrong = (1 - np.sign(y[:, None] * (x @ w.T))).mean(axis=0) / 2
    assert np.abs(model.test_error(w) - wrong).max() < 0.005 and model.test_error([0.0, 0.0]) == 0.5
    with pytest.raises(ValueError, match="^w must have shape"):
        model.test_error([1.0])


@pytest.mark.parametrize(
    "model", [GaussianModel([1.0, 0.5, 0.5, 0.0], 2.0, 1.5),
              BernoulliModel([Decimal(1), Decimal("0.4"), Decimal("0.4")], Decimal("0.3"), 1.5)], ids=["gaussian", "bernoulli"]
)
def test_the_law_of_the_gap_is_that_of_trained_classifiers(model):
    for n, eps, rule in product((1, 5), (Decimal("0.2"), Decimal("0.7")), ("minimizer", "published")):
        values, chances = model.gap_law(n, eps, rule=rule)
        assert (np.diff(values) > 0).all() and chances.sum() == pytest.approx(1) and (chances > 0).all()
        assert values @ chances == pytest.approx(model.gap(n, eps, rule=rule), abs=1e-13)
        drawn = model.dataset_gaps(np.array([n]), np.array([float(eps)]), 20_000, np.random.default_rng(6), rule).ravel()
        near = np.abs(drawn[:, None] - values)
        assert near.min(axis=1).max() < 1e-9
        shares = np.bincount(near.argmin(axis=1), minlength=len(values)) / len(drawn)
        assert np.abs(shares - chances).max() < 4.5 * 0.5 / np.sqrt(len(drawn))


def test_the_law_of_one_coordinate():
    model, n, eps = GaussianModel(2.0, 3.0, bound=1.5), 4, 0.7
    t, rho = 2.0 * 2 / 3, 0.35
    values, chances = model.gap_law(n, eps)
    assert values.tolist() == [-3.0, 0.0, 3.0]
    assert chances[[0, 2]] == pytest.approx([phi(-t) - phi(-(1 + rho) * t), phi((rho - 1) * t) - phi(-t)], abs=1e-14)


@pytest.mark.parametrize("model", [GaussianModel([1.0, 0.4], 2.0), BernoulliModel([1.0, 0.3], 0.2)])
def test_without_an_attack_nothing_is_lost_and_the_law_has_the_mean_of_the_gap(model):
    assert model.accuracy_gap([1, 7], 0).tolist() == [0, 0]
    assert [part.tolist() for part in model.gap_law(7, 0)] == [[0], [1]]
    for eps in (0.3, 1.0, 2.0):
        values, chances = model.gap_law(7, eps)
        assert values @ chances == pytest.approx(model.gap(7, eps), abs=1e-13)
        # What is one value is not a matter of the unit.
        for bound in (1e-13, 1e13):
            others, same = dataclasses.replace(model, bound=bound).gap_law(7, eps)
            assert others / bound == pytest.approx(values) and same == pytest.approx(chances)


@pytest.mark.parametrize(
    ("argument", "arguments"),
    [("n", {"n": [3]}), ("n", {"n": 0}), ("eps", {"eps": [0.5]}), ("eps", {"eps": -1}), ("rule", {"rule": "none"})],
)
def test_bad_input_names_the_argument(argument, arguments):
    with pytest.raises(ValueError, match=rf"^{argument} must "):
        GaussianModel(1.0, 2.0).gap_law(**{"n": 3, "eps": 0.5, **arguments})
    for many in (np.linspace(0.1, 1, 13), np.full(300_000, 0.5)):
        with pytest.raises(ValueError, match="^model must be one whose outcomes"):
            GaussianModel(many, 2.0).gap_law(3, 0.5)


def test_an_estimate_in_accuracy_draws_itself_on_the_exact_curve():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    model = GaussianModel([1.0, 1.0], 2.0)
    axes = estimate_gap(model, [3, 9], 0.5, trials=100, rng=4, loss="zero_one").plot()
    [curve] = [line for line in axes.lines if len(line.get_xdata()) == 7]
    assert np.array_equal(curve.get_ydata(), model.accuracy_gap(np.arange(3, 10), 0.5)) and axes.get_ylabel() == "gap in accuracy"
    many = GaussianModel(np.linspace(0.2, 1, 14), 2.0)
    unknown = estimate_gap(many, [3, 9], 0.5, trials=9, rng=1, loss="zero_one").plot()
    assert not any(len(line.get_xdata()) == 7 for line in unknown.lines)
    pyplot.close("all")
