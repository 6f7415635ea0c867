"""The Gaussian model against 50-digit arithmetic, simulation-free."""

from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from gapsim import GaussianModel, NormalDesign, RegressionModel, coordinate_gap, robust_slope, turning_time

# Negative, though it rounds to a float that is 0.
HAIR_BELOW_0 = Fraction(-1, 10**400)

mpmath.mp.dps = 50


def reference_gap(t, rho):
    """The three cdfs at 50 digits; t and rho are taken as the floats they are."""
    with mpmath.extradps(40):
        t, rho = mpmath.mpf(t), mpmath.mpf(rho)
        return mpmath.ncdf((rho - 1) * t) + mpmath.ncdf(-(rho + 1) * t) - 2 * mpmath.ncdf(-t)


def grid():
    rng = np.random.default_rng(11)
    for _ in range(1500):
        yield 10 ** rng.uniform(-4, np.log10(30)), 10 ** rng.uniform(-2, np.log10(3))
    for t in (1e-17, 1e-12, 1e-8, 1e-5, 0.9e-3, 1.1e-3):  # a signal that is faint beside the noise, and any attack
        yield from ((t, a / t) for a in (0.0999, 0.1001, 0.3, 1.0, 1.7, 3.0, 8.0, 60.0))
    for distance in 10.0 ** np.arange(-14, 0):
        for t in (1e-4, 0.1, 1, 10, 30):
            yield t, 1 - distance
            yield t, 1 + distance


def test_gap_has_ten_digits_over_the_whole_stated_range():
    for t, rho in grid():
        std = 1 / t
        expected = reference_gap(1 / mpmath.mpf(std), rho)
        assert abs(GaussianModel(1.0, std).gap(1, rho) / expected - 1) < 1e-10, (t, rho)


def test_gap_is_continuous_where_the_series_hands_over_to_the_cdfs():
    eps = 0.1 * (1 + np.array([-1e-9, 1e-9]))
    for mean in (0.05, 0.5, 1.0, 4.0):
        below, above = coordinate_gap(1, mean, 1.0, eps / max(mean, 1))
        assert abs(above / below - 1) < 1e-8


def test_gap_of_many_coordinates_is_the_sum_of_the_gaps_of_each():
    mean, std, bound = [0.0, 0.4, 1.0, 2.5], [1.0, 0.5, 2.0, 3.0], 1.7
    whole = GaussianModel(mean, std, bound).gap(7, 0.8)
    parts = [
        bound * m * reference_gap(mpmath.sqrt(7) * mpmath.mpf(m) / mpmath.mpf(s), mpmath.mpf(0.8) / mpmath.mpf(m))
        for m, s in zip(mean, std)
        if m > 0
    ]
    assert whole == pytest.approx(float(mpmath.fsum(parts)), rel=1e-12)


def test_published_rule_has_twice_the_gap_and_the_limit_of_theorem_1b():
    model = GaussianModel([0.5, 1.0, 0.0], 1.0, bound=3.0)
    n = np.arange(1, 30)
    assert np.array_equal(model.gap(n, 0.7, rule="published"), 2 * model.gap(n, 0.7))
    assert np.allclose(model.limit([0.4, 0.5, 0.7, 1.0, 1.1], rule="published"), [0, 1.5, 3, 6, 9], rtol=1e-15)


def test_gap_tends_to_its_limit():
    model = GaussianModel([0.5, 1.0], [2.0, 1.0])
    eps = np.array([0.3, 0.5, 0.8, 1.0, 2.0])
    assert np.allclose(model.gap(10**9, eps), model.limit(eps), atol=1e-12)


def test_shapes():
    model = GaussianModel([1.0, 2.0], 1.0)
    assert isinstance(model.gap(3, 0.5), float) and isinstance(model.limit(0.5), float)
    assert model.gap(np.arange(1, 5)[:, None], [0.1, 0.2, 0.3]).shape == (4, 3)
    assert model.limit([0.1, 0.2, 0.3]).shape == (3,)
    assert model.turning_point(0.5).shape == (2,) and model.turning_point([0.1, 0.2, 0.3]).shape == (3, 2)
    assert model.d == 2 and not model.mean.flags.writeable


def test_zero_attack_and_zero_mean():
    model = GaussianModel([0.0, 1.0], 1.0)
    assert model.gap(5, 0) == 0 and GaussianModel(0.0, 1.0).gap(5, 3.0) == 0
    assert np.isnan(model.turning_point(0.5)[0]) and np.isnan(model.turning_point(0.0)).all()
    assert model.turning_point(1.0)[1] == np.inf and model.turning_point(1.5)[1] == np.inf


def test_extreme_models_stay_finite():
    for mean, std in ((1e-300, 1.0), (1.0, 1e-300), (1e300, 1e-3), (1e-200, 1e200)):
        model = GaussianModel(mean, std)
        assert np.isfinite(model.gap([1, 10**6, 10**18], mean)).all()
        assert not np.isnan(model.turning_point(mean / 2)).any()


@pytest.mark.parametrize("rho", [1e-8, 1e-3, 0.2, 0.5, 0.51, 0.9, 1 - 1e-6, 1 - 1e-12, 1 - Fraction(1, 10**20)])
@pytest.mark.filterwarnings("error")
def test_turning_time_is_the_root_of_the_slope(rho):
    time = turning_time(rho, 1.0)
    r = mpmath.mpf(Fraction(rho).numerator) / Fraction(rho).denominator
    if isinstance(rho, Fraction):
        scaled = turning_time(3 * rho / 10, Fraction(3, 10)), GaussianModel(Fraction(3, 10), 0.3).turning_point(3 * rho / 10)
        assert scaled == (pytest.approx(time, rel=1e-14), pytest.approx([time], rel=1e-14))

    def slope(t):
        return 2 * mpmath.npdf(t) - (1 - r) * mpmath.npdf((1 - r) * t) - (1 + r) * mpmath.npdf((1 + r) * t)

    t = mpmath.sqrt(mpmath.mpf(time))
    step = mpmath.mpf(10) ** -13
    assert slope(t * (1 - step)) > 0 > slope(t * (1 + step))


def test_turning_time_keeps_the_sharp_bounds_and_meets_them_at_both_ends():
    rho = np.concatenate([np.geomspace(1e-9, 0.5, 400), 1 - np.geomspace(1e-12, 0.5, 400)])
    time, log = turning_time(rho, 1.0), -np.log1p(-rho)
    rounding = 1e-12
    assert (time >= np.maximum(3, 2 * log + 2 * np.log(2)) * (1 - rounding)).all()
    assert (time <= (3 + 2 * log) * (1 + rounding)).all()
    assert time[0] == pytest.approx(3, abs=1e-8)
    assert time[400] - 2 * log[400] == pytest.approx(2 * np.log(2), abs=1e-4)


def test_turning_time_has_its_limit_3_without_an_attack_and_none_from_the_mean_on():
    assert turning_time([0.0, 0.0, 1e-12], [1.0, 0.0, 1.0]) == pytest.approx([3, 3, 3], abs=1e-11)
    assert (turning_time([1.0, 1.5, 1.0], [1.0, 1.0, 0.0]) == np.inf).all()
    assert (turning_time([1e-150, 1e-200, 5e-324], 1.0) == 3).all()
    assert GaussianModel(1.0, 1e-170).turning_point(2.0) == np.inf


def test_gap_rises_before_the_turning_point_and_falls_after_it():
    model = GaussianModel(1.0, 2.0)
    for eps in (0.05, 0.5, 0.95, 0.99):
        turn = model.turning_point(eps).item()
        n = np.arange(1, int(4 * turn))
        slope = np.diff(model.gap(n, eps))
        assert (slope[n[1:] <= turn] > 0).all() and (slope[n[:-1] >= turn] < 0).all()


def test_sample_has_the_stated_law():
    n = 200_000
    model = GaussianModel([0.3, 0.0], [2.0, 0.5])
    x, y = model.sample(n, 5)
    assert x.shape == (n, 2) and set(np.unique(y)) == {-1, 1}
    z = (y[:, None] * x - model.mean) / model.std
    assert np.abs(z.mean(axis=0)).max() < 5 / np.sqrt(n) and np.abs(y.mean()) < 5 / np.sqrt(n)
    assert np.abs(z.var(axis=0) - 1).max() < 5 * np.sqrt(2 / n)
    assert abs((z[:, 0] * z[:, 1]).mean()) < 5 / np.sqrt(n)
    again = model.sample(n, np.random.default_rng(5))
    assert np.array_equal(x, again[0]) and np.array_equal(y, again[1])


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("std", lambda: GaussianModel(1.0, -1.0)),
        ("std", lambda: GaussianModel(1.0, 0.0)),
        ("std", lambda: GaussianModel(1.0, np.nan)),
        ("std", lambda: GaussianModel(1.0, np.inf)),
        ("std", lambda: GaussianModel(1.0, "wide")),
        ("mean", lambda: GaussianModel(-1.0, 1.0)),
        ("mean", lambda: GaussianModel(np.nan, 1.0)),
        ("mean", lambda: GaussianModel([[1.0]], 1.0)),
        ("mean", lambda: GaussianModel([], 1.0)),
        ("mean and std", lambda: GaussianModel([1.0, 2.0], [1.0, 2.0, 3.0])),
        ("bound", lambda: GaussianModel(1.0, 1.0, 0.0)),
        ("bound", lambda: GaussianModel(1.0, 1.0, [1.0, 2.0])),
        ("n", lambda: GaussianModel(1.0, 1.0).gap(0, 0.5)),
        ("n", lambda: GaussianModel(1.0, 1.0).gap(1.5, 0.5)),
        ("n", lambda: GaussianModel(1.0, 1.0).gap([1, np.nan], 0.5)),
        ("eps", lambda: GaussianModel(1.0, 1.0).gap(1, -0.5)),
        ("eps", lambda: GaussianModel(1.0, 1.0).gap(1, np.nan)),
        ("eps", lambda: GaussianModel(1.0, 1.0).limit(None)),
        ("eps", lambda: GaussianModel(1.0, 1.0).turning_point(-1.0)),
        ("mean", lambda: GaussianModel(HAIR_BELOW_0, 1.0)),
        ("eps", lambda: coordinate_gap(5, 1.0, 2.0, HAIR_BELOW_0)),
        ("eps", lambda: coordinate_gap(5, 1.0, 2.0, [0.5, Decimal("-1e-400")])),
        ("mean", lambda: turning_time(0.5, HAIR_BELOW_0)),
        ("eps", lambda: RegressionModel(NormalDesign()).first_gap(HAIR_BELOW_0)),
        ("eps", lambda: robust_slope([1.0], [1.0], HAIR_BELOW_0)),
        ("n and eps", lambda: GaussianModel(1.0, 1.0).gap([1, 2], [0.1, 0.2, 0.3])),
        ("rule", lambda: GaussianModel(1.0, 1.0).gap(1, 0.5, rule="paper")),
        ("rule", lambda: GaussianModel(1.0, 1.0).limit(0.5, rule=None)),
        ("n", lambda: GaussianModel(1.0, 1.0).sample(0, 1)),
        ("rng", lambda: GaussianModel(1.0, 1.0).sample(1, -1)),
    ],
)
def test_bad_input_names_the_argument(argument, call):
    with pytest.raises(ValueError, match=rf"^{argument} must "):
        call()


def test_every_0_is_an_attack():
    assert (coordinate_gap(5, 1.0, 2.0, [-0.0, 0, Decimal("-0"), Fraction(0)]) == 0).all()


def test_weights_may_be_fractions_wherever_they_are_judged():
    model = GaussianModel([1.0, 2.0], [0.5, 3.0])
    weights = [Fraction(1, 2), 1]
    expected = float(mpmath.ncdf(-2.5 / mpmath.sqrt(9.0625)))
    assert model.test_error(weights) == model.test_error([0.5, 1.0]) == pytest.approx(expected, rel=1e-14)
    assert model.test_loss(weights) == model.test_loss([0.5, 1.0])
    assert GaussianModel(1e-60, 2e-60).test_error([[1e-300], [1e-320]]) == pytest.approx(GaussianModel(1.0, 2.0).test_error([1.0]))
    assert model.test_error([1e308, 1e308]) == model.test_error([1.0, 1.0]) == model.test_error([1e-300, 1e-300])
    for judge in (model.test_error, model.test_loss):
        with pytest.raises(ValueError, match="^w must be finite"):
            judge([np.inf, 1.0])
