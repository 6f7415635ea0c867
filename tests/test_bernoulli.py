"""The Bernoulli model against sums over all outcomes in exact arithmetic."""

from decimal import Decimal
from fractions import Fraction
from math import comb

import flint
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gapsim import BernoulliModel, estimate_gap, robust_classifier, standard_classifier

# (theta, eps) as written; all but the last two have ties at some n.
RADII = [
    ("0.3", "0.06"),
    ("0.1", "0.03"),
    ("1", "0.2"),
    ("0.7", "0.49"),
    ("1.1", "1.1"),
    ("3", "0"),
    ("0.3", "0.0601"),
    ("0.5", "0.9"),
]
TAUS = ["0.1", "0.2", "0.5", "0.7"]


def sign(value):
    return (value > 0) - (value < 0)


def robust_weight(u, eps, rule):
    """The weight that each rule gives a signal, W = 1."""
    if rule == "published":
        return sign(u) * sign(abs(u) - eps)
    return sign(u) * Fraction(1 + sign(abs(u) - eps), 2)


def exact_gap(n, theta, tau, eps, rule="minimizer"):
    """Mean of theta tau (w_std - w_rob) over every number of agreeing points, in rationals."""
    theta, tau, eps = Fraction(theta), Fraction(tau), Fraction(eps)
    agree = (1 + tau) / 2
    a, b = agree.numerator, agree.denominator
    total = 0
    for count in range(n + 1):
        # Mean signal and attack, both times n and the two denominators: whole numbers are quicker than fractions.
        u = (2 * count - n) * theta.numerator * eps.denominator
        lost = sign(u) - robust_weight(u, n * eps.numerator * theta.denominator, rule)
        if lost:
            total += lost * comb(n, count) * a**count * (b - a) ** (n - count)
    return theta * tau * total / b**n


def arb(fraction):
    return flint.arb(fraction.numerator) / flint.arb(fraction.denominator)


def enclosed_cdf(count, n, tau):
    """Binomial cdf as a ball that contains it, from the tail that is the smaller."""
    if not 0 <= count < n:
        return flint.arb(count >= n)
    agree = (1 + tau) / 2
    if count < n * agree:
        return arb(1 - agree).beta_lower(n - count, count + 1, regularized=True)
    return 1 - arb(agree).beta_lower(count + 1, n - count, regularized=True)


def enclosed_gap(n, theta, tau, eps):
    """The gap as a ball, for n that are out of reach of `exact_gap`."""

    def mass(low, high):
        return enclosed_cdf(high, n, tau) - enclosed_cdf(low, n, tau)

    reach = n * eps / theta
    zero, top = Fraction(n, 2), (n + reach) / 2
    bottom = n - top
    is_point = top.denominator == 1
    # Numbers of agreeing points strictly between 0 and eps, and strictly between -eps and 0.
    gain = mass(zero.__floor__(), top.__ceil__() - 1)
    loss = mass(bottom.__floor__(), zero.__ceil__() - 1)
    if is_point:
        gain += mass(int(top) - 1, int(top)) / 2
        loss += mass(int(bottom) - 1, int(bottom)) / 2
    return arb(theta * tau) * (gain - loss)


@pytest.mark.parametrize("tau", TAUS)
@pytest.mark.parametrize("theta, eps", RADII)
def test_gap_is_the_sum_over_all_outcomes(theta, eps, tau):
    n = np.arange(1, 201)
    oracle = [float(exact_gap(int(size), theta, tau, eps)) for size in n]
    gap = BernoulliModel(float(theta), float(tau)).gap(n, float(eps))
    assert np.abs(gap - oracle).max() < 1e-14


@pytest.mark.parametrize("rule", ["minimizer", "published"])
@pytest.mark.parametrize("tau", TAUS)
def test_figure_1b_is_the_sum_over_all_outcomes(tau, rule):
    n = np.arange(1, 151)
    oracle = [float(exact_gap(int(size), 1, tau, "0.2", rule)) for size in n]
    assert np.abs(BernoulliModel(1, float(tau)).gap(n, 0.2, rule=rule) - oracle).max() < 1e-14


@settings(derandomize=True, deadline=None, max_examples=200)
@given(
    n=st.integers(1, 60),
    theta=st.fractions(Fraction(1, 20), 5, max_denominator=20),
    tau=st.fractions(Fraction(1, 1000), Fraction(999, 1000), max_denominator=1000),
    eps=st.fractions(0, 5, max_denominator=20),
    rule=st.sampled_from(["minimizer", "published"]),
)
def test_gap_of_any_fractions(n, theta, tau, eps, rule):
    gap = BernoulliModel(theta, tau).gap(n, eps, rule=rule)
    assert gap == pytest.approx(float(exact_gap(n, theta, tau, eps, rule)), abs=1e-13)


@pytest.mark.parametrize("n", [10**4, 9999990, 10**7])
@pytest.mark.parametrize("tau", ["0.003", "0.2", "0.7", "0.9999977", "0.9999999"])
def test_gap_for_large_samples(n, tau):
    theta, tau = Fraction(3, 10), Fraction(tau)
    # At the mean and around it, at 0.06, and where the comparison outgrows 64 bits.
    shifts = [Fraction(k, 10 * int(np.sqrt(n))) for k in (-20, 0, 1)]
    radii = [theta * abs(tau + shift) for shift in shifts]
    radii += [Fraction("0.06"), Fraction("0.0123456789012345678")]
    with flint.ctx.workprec(200):
        balls = [enclosed_gap(n, theta, tau, eps) for eps in radii]
        assert max(float(ball.rad()) for ball in balls) < 1e-30
        oracle = np.array([float(ball) for ball in balls])
    gap = BernoulliModel(theta, tau).gap(n, radii)
    assert np.abs(gap - oracle).max() < 1e-12 * float(theta * tau)


def test_enclosure_agrees_with_the_sum_over_all_outcomes():
    with flint.ctx.workprec(200):
        for n in (1, 2, 10, 25):
            ball = enclosed_gap(n, Fraction(1), Fraction(1, 2), Fraction(1, 5))
            assert ball.contains(arb(exact_gap(n, 1, "0.5", "0.2")))


def test_ties_are_decided_beyond_the_precision_of_floats():
    model = BernoulliModel(1, Fraction(1, 5))
    tie, hair = Fraction(1, 5), Fraction(1, 10**40)
    for n in (5, 10, 1000, 10**6):
        below, at, above = model.gap(n, [tie - hair, tie, tie + hair])
        assert below < at < above
        assert at == pytest.approx((below + above) / 2, rel=1e-12)
        assert model.gap(n, 0.2) == at


def test_gap_without_a_lattice_point_between_0_and_eps_is_exactly_0():
    assert (BernoulliModel(1, 0.3).gap([1, 2, 3, 4, 6], 0.2) == 0).all()
    assert (BernoulliModel([1, 0.3], 0.3).gap(np.arange(1, 500), 0) == 0).all()
    assert (BernoulliModel(1, 0.3).gap(np.arange(2, 500), Fraction(1, 500)) == 0).all()
    assert BernoulliModel(1, 0.3).gap(1, 1 - Fraction(1, 2**64)) == 0


def test_numbers_may_be_floats_fractions_or_decimals():
    gap = BernoulliModel(0.3, 0.2).gap(10, 0.06)
    assert type(gap) is float
    for number in (Fraction, Decimal):
        model = BernoulliModel(number("0.3"), number("0.2"))
        assert model.gap(10, number("0.06")) == gap
        assert model.gap(np.int64(10), np.array(number("0.06"))) == gap
        assert model.theta == Fraction("0.3") and model.tau == Fraction("0.2")
    mixed = BernoulliModel([0.3, Fraction("0.3"), Decimal("0.3")], 0.2)
    assert mixed.gap([[10], [11]], [0.06, Fraction("0.06"), Decimal(3)]).shape == (2, 3)
    assert mixed.gap(10, [0.06, Decimal("0.06")]) == pytest.approx(3 * gap, rel=1e-14)


def test_coordinates_add_up_and_the_bound_scales():
    n, eps = np.arange(1, 40), 0.15
    model = BernoulliModel([1, 0.5, 0, 1], 0.4, bound=2.5)
    alone = {theta: BernoulliModel(theta, 0.4) for theta in (1, 0.5)}
    for name, args in {"gap": (n, eps), "strip_center": (n, eps), "strip_halfwidth": (n,)}.items():
        whole = getattr(model, name)(*args)
        parts = {theta: getattr(one, name)(*args) for theta, one in alone.items()}
        assert whole == pytest.approx(2.5 * (2 * parts[1] + parts[0.5]), rel=1e-12, abs=1e-15)
        assert getattr(model, name)(*args, rule="published") == pytest.approx(2 * whole)
    assert model.limit(eps) == 0
    assert model.limit(0.3) == pytest.approx(2.5 * 0.2)
    assert model.limit(0.3, rule="published") == pytest.approx(2.5 * 0.4)


def test_limit_decides_equality_of_the_decimals():
    # In floats 0.1 * 0.7 < 0.07 and 0.3 * 0.1 > 0.03 or the other way round.
    for theta, tau, eps in (("0.1", "0.7", "0.07"), ("0.3", "0.1", "0.03"), ("1", "0.2", "0.2")):
        mean, hair = Fraction(theta) * Fraction(tau), Fraction(1, 10**30)
        model, exact = BernoulliModel(float(theta), float(tau)), BernoulliModel(Fraction(theta), Decimal(tau))
        for tie in (float(eps), mean, mean - hair, mean + hair):
            assert model.limit(tie) == pytest.approx(float(mean) / 2)
            assert list(model.turning_point(tie)) == [np.inf]
        assert exact.limit([mean - hair, mean, mean + hair]) == pytest.approx([0, float(mean) / 2, float(mean)])
        assert np.isfinite(exact.turning_point(mean - hair)).all() and exact.turning_point(mean) == [np.inf]


def test_gap_and_strip_center_reach_the_limit():
    model = BernoulliModel([1, 0.5], 0.2)
    # 0.1 is the mean of the second coordinate.
    for eps in (0.05, 0.1, 0.15, 0.3):
        assert model.gap(10**9, eps) == pytest.approx(model.limit(eps), abs=1e-5)
        assert model.strip_center(10**9, eps) == pytest.approx(model.limit(eps), abs=1e-9)


def normal_gap(n, theta, tau, eps):
    """Definition of s_n at 50 digits: u normal with the binomial's mean and variance."""
    mean, std = theta * tau, theta * mpmath.sqrt((1 - tau**2) / n)
    above = mpmath.ncdf(eps, mean, std) - mpmath.ncdf(0, mean, std)
    return mean * (above - mpmath.ncdf(0, mean, std) + mpmath.ncdf(-eps, mean, std))


@pytest.mark.parametrize("tau", [0.01, 0.2, 0.7, 0.99])
@pytest.mark.parametrize("ratio", [0.05, 0.9, 1, 2])
def test_strip_center_is_the_gap_of_normal_signals(tau, ratio):
    with mpmath.workdps(50):
        theta = mpmath.mpf("0.3")
        eps = ratio * theta * mpmath.mpf(tau)
        for n in (1, 10, 1000):
            center = BernoulliModel(0.3, tau).strip_center(n, float(eps))
            oracle = normal_gap(n, theta, mpmath.mpf(tau), eps)
            assert center == pytest.approx(float(oracle), rel=1e-9)


def test_strip_center_turns_at_the_turning_point():
    model = BernoulliModel([0.3, 1, 0], 0.4)
    for eps in (0.01, 0.06, 0.11):
        turning = model.turning_point(eps)
        assert np.isnan(turning[2])
        for theta, point in zip((0.3, 1), turning):
            with mpmath.workdps(50):
                early, peak, late = (
                    normal_gap(point * factor, mpmath.mpf(theta), mpmath.mpf(0.4), mpmath.mpf(eps))
                    for factor in (1 - 1e-6, 1, 1 + 1e-6)
                )
            assert early < peak > late
    assert np.isnan(model.turning_point(0)).all()
    assert model.turning_point([0.1, 0.2]).shape == (2, 3)
    assert list(model.turning_point([0.12, 0.2])[:, 0]) == [np.inf, np.inf]


@pytest.mark.parametrize("rule", ["minimizer", "published"])
@pytest.mark.parametrize("tau", [0.02, 0.2, 0.4, 0.7, 0.95])
def test_gap_lies_in_the_strip(tau, rule):
    model = BernoulliModel(1, tau)
    n = np.arange(1, 1001)[:, None]
    eps = np.arange(1, 101) / 80
    distance = np.abs(model.gap(n, eps, rule=rule) - model.strip_center(n, eps, rule=rule))
    ratio = (distance / model.strip_halfwidth(n, rule=rule)).max()
    # Above 0.1, so that the test would notice a bound that is wide for the wrong reason.
    assert 0.1 < ratio < 1


def test_strip_halfwidth_is_what_theorem_3_states():
    constant = (np.sqrt(10) + 3) / (6 * np.sqrt(2 * np.pi))
    expected = 8 * constant * 2 * 0.3 * 1.5 * (1 + 0.3**2) / (np.sqrt(50) * np.sqrt(1 - 0.3**2))
    model = BernoulliModel([1, 0.5], 0.3, bound=2)
    assert model.strip_halfwidth(50, rule="published") == pytest.approx(expected, rel=1e-14)
    assert model.strip_halfwidth([50, 200]) == pytest.approx([expected / 2, expected / 4])


def test_sample_follows_the_model():
    model = BernoulliModel([0.3, 2, 0], 0.4)
    x, y = model.sample(100_000, 1)
    assert x.shape == (100_000, 3) and y.shape == (100_000,)
    assert (np.abs(x) == [0.3, 2, 0]).all()
    assert abs(y.mean()) < 4 / np.sqrt(100_000)
    agree = y[:, None] * np.sign(x[:, :2])
    assert np.abs(agree.mean(axis=0) - 0.4).max() < 4 * np.sqrt(0.84 / 100_000)
    assert abs((agree[:, 0] * agree[:, 1]).mean() - 0.16) < 4 * np.sqrt(0.98 / 100_000)
    assert model.class_mean == pytest.approx([0.12, 0.8, 0])


@pytest.mark.parametrize("rule", ["minimizer", "published"])
def test_simulated_gap_agrees_with_the_exact_one(rule):
    model = BernoulliModel([0.3, 1], 0.2, bound=1.5)
    n, eps = np.array([1, 2, 5, 10, 40, 100]), [0.06, Fraction(1, 5), Decimal("0.35")]
    estimate = estimate_gap(model, n, eps, trials=4000, rng=2, rule=rule)
    gap = model.gap(n[:, None], eps, rule=rule)
    assert (np.abs(estimate.value - gap) <= 4.5 * estimate.stderr + 1e-12).all()


@pytest.mark.parametrize("theta", [0.3, 0.1, 0.7, Fraction(1, 3), Decimal("1.1")])
def test_every_simulated_tie_is_decided_exactly(theta):
    written = Fraction(str(theta))
    radii = [written * share for share in (Fraction(1, 3), Fraction(1, 2), Fraction(3, 5))]
    model, n, trials = BernoulliModel(theta, 0.5), np.arange(1, 4001), 30
    as_floats = np.array([float(eps) for eps in radii])
    x, y = model.sample(trials * 4000, np.random.default_rng(3))
    agree = np.sign(y[:, None] * x).astype(int).reshape(trials, 4000)
    signed = np.cumsum(agree, axis=1)
    for rule in ("minimizer", "published"):
        gaps = model.dataset_gaps(n, as_floats, trials, np.random.default_rng(3), rule)
        for k, share in enumerate(eps / written for eps in radii):
            side = np.sign(np.abs(signed) * share.denominator - n * share.numerator)
            assert (side == 0).sum() > 50
            kept = side if rule == "published" else (1 + side) / 2
            expected = float(written) * 0.5 * np.sign(signed) * (1 - kept)
            assert np.abs(gaps[:, :, k] - expected).max() < 1e-12


def test_classifiers_meet_the_tie_of_a_training_set():
    # Six of ten points agree: u = 0.3 * 2/10 = 0.06, which no sum of ten floats 0.3 hits exactly.
    y = np.ones(10)
    x = np.array([0.3] * 6 + [-0.3] * 4)[:, None]
    assert standard_classifier(x, y) == 1
    assert robust_classifier(x, y, 0.06) == 0.5
    assert robust_classifier(x, y, 0.06, rule="published") == 0


@pytest.mark.parametrize(
    "name, make",
    [
        ("theta", lambda: BernoulliModel(-1, 0.5)),
        ("theta", lambda: BernoulliModel([1, np.nan], 0.5)),
        ("theta", lambda: BernoulliModel(np.inf, 0.5)),
        ("theta", lambda: BernoulliModel("1", 0.5)),
        ("theta", lambda: BernoulliModel(Fraction(-1, 3), 0.5)),
        ("theta", lambda: BernoulliModel(Decimal("NaN"), 0.5)),
        ("theta", lambda: BernoulliModel([], 0.5)),
        ("theta", lambda: BernoulliModel([[1, 2]], 0.5)),
        ("tau", lambda: BernoulliModel(1, 0)),
        ("tau", lambda: BernoulliModel(1, 1)),
        ("tau", lambda: BernoulliModel(1, Fraction(3, 2))),
        ("tau", lambda: BernoulliModel(1, -0.5)),
        ("tau", lambda: BernoulliModel(1, np.nan)),
        ("tau", lambda: BernoulliModel(1, [0.2, 0.5])),
        ("tau", lambda: BernoulliModel(1, None)),
        ("bound", lambda: BernoulliModel(1, 0.5, bound=0)),
        ("n", lambda: BernoulliModel(1, 0.5).gap(0, 0.2)),
        ("n", lambda: BernoulliModel(1, 0.5).gap(1.5, 0.2)),
        ("n", lambda: BernoulliModel(1, 0.5).strip_center(-1, 0.2)),
        ("n", lambda: BernoulliModel(1, 0.5).strip_halfwidth([1, 0])),
        ("n", lambda: BernoulliModel(1, 0.5).sample(0, 1)),
        ("eps", lambda: BernoulliModel(1, 0.5).gap(1, -0.2)),
        ("eps", lambda: BernoulliModel(1, 0.5).gap(1, Decimal("-0.2"))),
        ("eps", lambda: BernoulliModel(1, 0.5).gap(1, "0.2")),
        ("eps", lambda: BernoulliModel(1, 0.5).gap(1, 10**400)),
        ("eps", lambda: BernoulliModel(1, 0.5).strip_center(1, np.nan)),
        ("eps", lambda: BernoulliModel(1, 0.5).limit(np.inf)),
        ("eps", lambda: BernoulliModel(1, 0.5).turning_point([0.1, -1])),
        ("n and eps", lambda: BernoulliModel(1, 0.5).gap([1, 2, 3], [0.1, 0.2])),
        ("rule", lambda: BernoulliModel(1, 0.5).gap(1, 0.2, rule="robust")),
        ("rule", lambda: BernoulliModel(1, 0.5).limit(0.2, rule="robust")),
        ("rule", lambda: BernoulliModel(1, 0.5).strip_center(1, 0.2, rule=None)),
        ("rule", lambda: BernoulliModel(1, 0.5).strip_halfwidth(1, rule="robust")),
        ("rng", lambda: BernoulliModel(1, 0.5).sample(3, "seed")),
    ],
)
def test_bad_input_is_named(name, make):
    with pytest.raises(ValueError, match=f"^{name} must"):
        make()


@pytest.mark.parametrize(
    ("n", "eps"), [(2**23, Fraction(2**40 - 1, 2**40 + 1)), (1, 1 - Fraction(1, 2**62))]
)
def test_counts_and_denominators_of_64_bits_are_whole_numbers_of_any_size(n, eps):
    model, small = BernoulliModel(1, 0.2), Fraction(1, 10**40)
    # Beside an eps of 133 bits all are computed with Python's numbers.
    assert model.gap(n, eps) == model.gap(n, [eps, small])[0]


@pytest.mark.parametrize("tau", [0.001, 0.02, 0.2, 0.365, 0.5, 0.63, 0.9, 0.97, 0.9999])
def test_the_sharp_strip_holds_for_every_attack_and_is_about_half_as_wide(tau):
    model = BernoulliModel(1, tau)
    for n in (1, 2, 3, 4, 5, 8, 14, 15, 40, 121):
        points = np.arange(-(n % 2), n + 1, 2)
        gap = model.gap(n, [Fraction(int(k) + 1, n) for k in points])
        # Between two points of the lattice the gap is constant and the centre rises with eps: the worst is at an end.
        ends = model.strip_center(n, np.array([np.maximum(points, 0), [*points[1:], 99 * n]]) / n)
        half = model.strip_halfwidth(n, sharp=True)
        assert np.abs(gap - ends).max() <= half
        # Upwards the gap is within two values of the distribution function, without the normal integral.
        assert (gap - ends).max() <= model.strip_halfwidth(n) / 2 <= half <= 0.528 * model.strip_halfwidth(n)


def test_what_the_sharp_strip_adds_is_a_normal_integral():
    mpmath.mp.dps = 30
    for n, tau in ((1, 0.5), (3, 0.63), (50, 0.1), (400, 0.05), (20, 0.9)):
        t, r = mpmath.mpf(tau), (1 - mpmath.mpf(tau)) / (1 + mpmath.mpf(tau))
        center, spread = n * t, mpmath.sqrt(n * (1 - t**2))
        excess = mpmath.quad(
            lambda k: (r**k - mpmath.exp(-2 * t * k / (1 - t**2))) * mpmath.npdf(k, center, spread),
            [0, center, center + 5 * spread, center + 20 * spread],
        )
        model = BernoulliModel([0.5, 2], tau, bound=3.0)
        unit = 3 * 2.5 * tau
        sharp = model.strip_halfwidth(n, sharp=True)
        assert sharp - model.strip_halfwidth(n) / 2 == pytest.approx(unit * float(excess), abs=1e-13)
        assert model.strip_halfwidth(n, rule="published", sharp=True) == 2 * sharp
    with pytest.raises(ValueError, match="^sharp must be True or False"):
        model.strip_halfwidth(3, sharp=1)
