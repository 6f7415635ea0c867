"""What holds for every model: invariances, monotonicity, both rules' factor two, limits."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gapsim import (
    BernoulliModel,
    GaussianModel,
    coordinate_gap,
    robust_classifier,
    robust_slope,
    standard_classifier,
    standard_slope,
    turning_time,
)

examples = settings(max_examples=60, derandomize=True, deadline=None, database=None)

means = st.floats(0.05, 5)
stds = st.floats(0.1, 10)
radii = st.floats(0.01, 8)
sizes = st.integers(1, 5000)
bounds = st.floats(0.1, 10)
powers = st.integers(-20, 20).map(lambda k: 2.0**k)
decimals = st.integers(1, 300).map(lambda k: Decimal(k) / 100)
strengths = st.integers(2, 98).map(lambda k: Decimal(k) / 100)


@st.composite
def gaussians(draw):
    d = draw(st.integers(1, 4))
    mean, std = (draw(arrays(float, d, elements=values)) for values in (means, stds))
    return GaussianModel(mean, std, draw(bounds))


@st.composite
def bernoullis(draw):
    theta = draw(st.lists(decimals, min_size=1, max_size=3))
    return BernoulliModel(theta, draw(strengths), draw(bounds))


models = st.one_of(gaussians(), bernoullis())


@st.composite
def training_sets(draw):
    n, d = draw(st.integers(1, 8)), draw(st.integers(1, 3))
    # Small whole numbers: ties with eps happen, and sums are exact.
    x = draw(arrays(float, (n, d), elements=st.integers(-6, 6).map(float)))
    y = draw(arrays(int, n, elements=st.sampled_from([-1, 1])))
    return x, y, draw(st.integers(0, 16).map(lambda k: k / 4))


# The classifiers


@examples
@given(training_sets(), powers, bounds)
def test_classifiers_do_not_see_the_unit_of_the_inputs(data, unit, bound):
    x, y, eps = data
    for rule in ("minimizer", "published"):
        w = robust_classifier(x, y, eps, bound, rule=rule)
        assert np.array_equal(robust_classifier(unit * x, y, unit * eps, bound, rule=rule), w)
        assert np.array_equal(robust_classifier(x, y, eps, 2 * bound, rule=rule), 2 * w)
    assert np.array_equal(standard_classifier(unit * x, y, bound), standard_classifier(x, y, bound))


@examples
@given(training_sets(), st.data())
def test_classifiers_follow_the_signs_of_inputs_and_labels(data, choice):
    x, y, eps = data
    flips = choice.draw(arrays(int, x.shape[1], elements=st.sampled_from([-1, 1])))
    for train in (standard_classifier, lambda x, y: robust_classifier(x, y, eps)):
        w = train(x, y)
        assert np.array_equal(train(-x, -y), w) and np.array_equal(train(x, -y), -w)
        assert np.array_equal(train(flips * x, y), flips * w)
        order = choice.draw(st.permutations(range(len(y))))
        assert np.array_equal(train(x[order], y[order]), w)


@examples
@given(training_sets())
def test_a_stronger_attack_never_makes_a_weight_larger(data):
    x, y, eps = data
    sizes = [np.abs(robust_classifier(x, y, e)) for e in (0, eps / 2, eps, eps + 0.25, 100)]
    assert (np.diff(sizes, axis=0) <= 0).all() and not sizes[-1].any()
    assert np.array_equal(robust_classifier(x, y, 0), standard_classifier(x, y))


@examples
@given(training_sets())
def test_the_published_rule_differs_twice_as_much(data):
    x, y, eps = data
    assume(eps > 0)
    standard = standard_classifier(x, y)
    published = robust_classifier(x, y, eps, rule="published")
    assert np.array_equal(standard - published, 2 * (standard - robust_classifier(x, y, eps)))


# Exact gaps of both classification models


@examples
@given(models, sizes, radii)
def test_the_published_rule_has_twice_the_gap_and_the_limit(model, n, eps):
    assert model.gap(n, eps, rule="published") == 2 * model.gap(n, eps)
    assert model.limit(eps, rule="published") == 2 * model.limit(eps)


@examples
@given(models, sizes, radii, radii)
def test_the_gap_lies_between_0_and_the_whole_margin_and_grows_with_the_attack(model, n, eps, other):
    weak, strong = sorted((eps, other))
    rounding = 1e-12 * model.bound * model.class_mean.sum()
    low, high = model.gap(n, weak), model.gap(n, strong)
    assert -rounding <= low <= high + rounding
    assert high <= model.bound * model.class_mean.sum() + rounding
    assert 0 <= model.limit(weak) <= model.limit(strong)
    assert abs(model.gap(n, 0)) <= rounding


@examples
@given(gaussians(), sizes, radii, powers)
def test_gaussian_gap_scales_with_its_units(model, n, eps, unit):
    gap = model.gap(n, eps)
    scaled = GaussianModel(unit * model.mean, unit * model.std, model.bound)
    assert scaled.gap(n, unit * eps) == pytest.approx(unit * gap, rel=1e-13)
    assert np.array_equal(scaled.turning_point(unit * eps), model.turning_point(eps))
    assert GaussianModel(model.mean, model.std, 4 * model.bound).gap(n, eps) == 4 * gap
    # Four times the data is half the spread.
    assert GaussianModel(model.mean, 2 * model.std, model.bound).gap(4 * n, eps) == pytest.approx(gap, rel=1e-13)


@examples
@given(bernoullis(), sizes, decimals, st.integers(1, 40))
def test_bernoulli_gap_scales_with_its_units(model, n, eps, unit):
    scaled = BernoulliModel(unit * model.theta, model.tau, model.bound)
    assert scaled.gap(n, unit * eps) == pytest.approx(unit * model.gap(n, eps), rel=1e-12, abs=1e-300)
    assert scaled.limit(unit * eps) == pytest.approx(unit * model.limit(eps), rel=1e-14)


@examples
@given(gaussians(), sizes, radii)
def test_the_gap_is_the_sum_over_coordinates_in_any_order(model, n, eps):
    parts = [GaussianModel(*part, model.bound).gap(n, eps) for part in zip(model.mean, model.std)]
    assert model.gap(n, eps) == pytest.approx(sum(parts), rel=1e-13)
    turned = GaussianModel(model.mean[::-1], model.std[::-1], model.bound)
    assert turned.gap(n, eps) == pytest.approx(model.gap(n, eps), rel=1e-13)


@examples
@given(models, radii)
def test_the_gap_tends_to_its_limit(model, eps):
    assume((np.abs(eps - model.class_mean) > 1e-3).all())
    n = 10**12 if isinstance(model, GaussianModel) else 10**7
    tolerance = 1e-9 if isinstance(model, GaussianModel) else 2 * model.strip_halfwidth(n)
    assert abs(model.gap(n, eps) - model.limit(eps)) <= tolerance * model.bound


@examples
@given(bernoullis(), sizes, radii)
def test_the_bernoulli_gap_stays_in_its_strip(model, n, eps):
    for rule in ("minimizer", "published"):
        distance = abs(model.gap(n, eps, rule=rule) - model.strip_center(n, eps, rule=rule))
        assert distance <= model.strip_halfwidth(n, rule=rule)


@examples
@given(means, stds, st.floats(0.02, 0.98))
def test_a_coordinate_turns_once_where_it_is_said_to(mean, std, rho):
    eps = rho * mean
    turn = turning_time(eps, mean) * (std / mean) ** 2
    before, after = (coordinate_gap(turn * np.geomspace(*ends, 40), mean, std, eps) for ends in ((0.05, 1), (1, 5)))
    assert (np.diff(before) > 0).all() and (np.diff(after) < 0).all()
    assert turning_time(0.99 * eps, mean) <= turning_time(eps, mean)


# Regression


@st.composite
def regressions(draw):
    n = draw(st.integers(1, 12))
    # Multiples of a quarter: repeated points, zeros and ties with eps happen.
    x, y = (draw(arrays(float, n, elements=st.integers(-12, 12).map(lambda k: k / 4))) for _ in range(2))
    assume((x != 0).any())
    return x, y, draw(st.integers(0, 16).map(lambda k: k / 4))


def robust_loss(w, x, y, eps):
    return ((np.abs(y - w * x) + eps * np.abs(w)) ** 2).sum()


@examples
@given(regressions(), st.integers(0, 2**32))
def test_the_robust_slope_beats_every_challenger(data, seed):
    x, y, eps = data
    rng = np.random.default_rng(seed)
    breaks = y[x != 0] / x[x != 0]
    for tie in ("min_norm", "midpoint", "max_norm"):
        w = robust_slope(x, y, eps, tie=tie)
        near = w + rng.standard_normal(50) * 10.0 ** rng.uniform(-9, 1, 50)
        best = robust_loss(w, x, y, eps)
        assert all(best <= robust_loss(v, x, y, eps) * (1 + 1e-12) + 1e-12 for v in (0, *near, *breaks))


@examples
@given(regressions(), powers, powers)
def test_the_robust_slope_follows_signs_and_units(data, unit, other):
    x, y, eps = data
    w = robust_slope(x, y, eps)
    assert robust_slope(-x, y, eps) == -w and robust_slope(x, -y, eps) == -w
    assert robust_slope(unit * x, other * y, unit * eps) == pytest.approx(w * other / unit, rel=1e-9, abs=1e-12 * other / unit)


@examples
@given(regressions())
def test_the_robust_slope_from_least_squares_to_zero(data):
    x, y, eps = data
    assert robust_slope(x, y, 0) == pytest.approx(standard_slope(x, y), rel=1e-9, abs=1e-12)
    assert robust_slope(x, y, 1e6) == 0
    if abs((x * y).sum()) < eps * np.abs(y).sum():
        assert robust_slope(x, y, eps) == 0
    else:
        assert robust_slope(x, y, eps) * (x * y).sum() >= 0
