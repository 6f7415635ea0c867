"""The laws of the input against exact convolutions, quadrature and their own samples."""

import mpmath
import numpy as np
import pytest
from scipy import stats

from gapsim import NormalDesign, PoissonDesign

mpmath.mp.dps = 50


def poisson_mass(k, rate):
    return mpmath.exp(-mpmath.mpf(rate)) * mpmath.mpf(rate) ** k / mpmath.factorial(k)


def inverse_moment(n, rate, shift):
    """E[1 / sum of n squared inputs] by convolving the law of x^2 at 50 digits."""
    law = {0: mpmath.mpf(1)}
    for _ in range(n):
        longer = {}
        for total, p in law.items():
            for k in range(41):
                key = total + (k + shift) ** 2
                longer[key] = longer.get(key, 0) + p * poisson_mass(k, rate)
        law = longer
    return mpmath.fsum(p / total for total, p in law.items())


@pytest.mark.parametrize(("rate", "shift"), [(1e-3, 1), (0.7, 0), (5.0, 1), (42.0, 3), (1e4, 1)])
def test_poisson_support_leaves_out_nothing_that_counts(rate, shift):
    design = PoissonDesign(rate, shift)
    mass = design.pmf(design.support)
    assert mass.sum() == pytest.approx(1, abs=1e-10)
    assert (mass * design.support.astype(float) ** 2).sum() == pytest.approx(design.second_moment, rel=1e-10)
    first, last = design.support[[0, -1]] - shift
    assert first >= 0 and stats.poisson.cdf(first - 1, rate) < 1e-25 and stats.poisson.sf(last, rate) < 1e-25
    middle = int(rate)
    assert design.pmf(middle + shift) == pytest.approx(float(poisson_mass(middle, rate)), rel=1e-10)
    assert design.pmf(shift - 1) == 0


@pytest.mark.parametrize("design", [NormalDesign(), PoissonDesign(), PoissonDesign(2.5, 3)])
def test_samples_have_the_moments_of_the_law(design):
    x = design.sample((2000, 100), 3)
    assert x.shape == (2000, 100) and x.dtype == float
    square = x**2
    assert abs(square.mean() - design.second_moment) < 4 * square.std() / np.sqrt(x.size)
    if isinstance(design, PoissonDesign):
        for value in design.support[:8]:
            p = design.pmf(value)
            assert abs((x == value).mean() - p) < 4 * np.sqrt(p * (1 - p) / x.size)
    else:
        assert stats.kstest(x.ravel(), "norm").pvalue > 1e-3


@pytest.mark.parametrize(("rate", "shift"), [(5.0, 1), (0.3, 1), (2.0, 4)])
def test_poisson_inverse_moment_is_that_of_the_convolution(rate, shift):
    design = PoissonDesign(rate, shift)
    for n in (1, 2, 3):
        assert design.inverse_moment(n) == pytest.approx(float(inverse_moment(n, rate, shift)), rel=1e-13)
    together = design.inverse_moment(np.array([[1, 10**6], [2, 3]]))
    assert together[:, 0] == pytest.approx([design.inverse_moment(1), design.inverse_moment(2)], rel=1e-14)
    # Jensen from below, and nearly so for many points.
    assert 1 < together[0, 1] * 1e6 * design.second_moment < 1 + 1e-5


def test_inverse_moment_of_many_large_inputs():
    design = PoissonDesign(1e4, 1)
    assert 1 - 1e-12 < design.inverse_moment(10**6) * 1e6 * design.second_moment < 1 + 1e-9


def test_inverse_moments_of_the_paper_and_the_infinite_ones():
    poisson = PoissonDesign().inverse_moment([1, 2, 5, 20])
    assert np.round(poisson, 7) == pytest.approx([0.0512065, 0.0165325, 0.005453, 0.0012528], abs=1e-7)
    assert np.array_equal(NormalDesign().inverse_moment([1, 2, 3, 12]), [np.inf, np.inf, 1, 0.1])
    assert np.array_equal(PoissonDesign(5.0, 0).inverse_moment([1, 50]), [np.inf, np.inf])


def test_no_mass_is_off_the_support():
    for shift in (0, 1):
        assert not PoissonDesign(5.0, shift).pmf([np.inf, -np.inf, shift - 1, shift + 0.5]).any()


def test_light_tails_are_where_the_fourth_moment_is_finite():
    # E[(1/chi^2_n)^4] is the integral of x^(n/2 - 5) exp(-x/2) near 0: finite from n = 9 on.
    assert NormalDesign().light_tailed(np.array([1, 8, 9, 30])).tolist() == [False, False, True, True]
    assert PoissonDesign().light_tailed(np.array([1, 8])).all()
    assert not PoissonDesign(5.0, 0).light_tailed(np.array([1, 8])).any()


@pytest.mark.parametrize("eps", [0.05, 0.7, 1.0, 3.0, 10 * (3 * 0.1), 3.5, 8.0, 60.0])
def test_masses_and_inverse_squares_are_split_at_eps(eps):
    law = [(k + 1, poisson_mass(k, 5)) for k in range(80)]
    for power, split in ((0, PoissonDesign().masses), (-2, PoissonDesign().inverse_squares)):
        parts = (
            [p * mpmath.mpf(x) ** power for x, p in law if x < eps - 1e-9],
            [p * mpmath.mpf(x) ** power for x, p in law if abs(x - eps) < 1e-9],
            [p * mpmath.mpf(x) ** power for x, p in law if x > eps + 1e-9],
        )
        expected = [float(mpmath.fsum(part)) for part in parts]
        assert split(eps) == pytest.approx(expected, rel=1e-12, abs=1e-30)

    below, at, above = NormalDesign().masses(eps)
    assert below == pytest.approx(float(mpmath.erf(eps / mpmath.sqrt(2))), rel=1e-14)
    assert at == 0 and above == pytest.approx(float(mpmath.erfc(eps / mpmath.sqrt(2))), rel=1e-12)
    below, at, above = NormalDesign().inverse_squares(eps)
    tail = 2 * mpmath.quad(lambda x: mpmath.npdf(x) / x**2, [eps, eps + 1, eps + 5, mpmath.inf])
    assert below == np.inf and at == 0
    assert above == pytest.approx(float(tail), rel=1e-13 * max(1, eps**2))


@pytest.mark.parametrize("rate", [0.01, 0.5, 5.0, 100.0, 1e4])
def test_support_leaves_out_no_more_than_it_says_and_keeps_little_else(rate):
    support = PoissonDesign(rate, 2).support - 2
    with mpmath.workdps(30):
        above = mpmath.gammainc(int(support[-1]) + 1, 0, rate, regularized=True)
        below = mpmath.gammainc(int(support[0]), rate, mpmath.inf, regularized=True) if support[0] else 0
    assert np.array_equal(support, np.arange(support[0], support[-1] + 1)) and support[0] >= 0
    assert max(above, below) < 1e-26
    if rate == 1e4:
        # What the bounds on a normal law would keep, and a tenth more.
        assert max(rate - support[0], support[-1] - rate) < 1.1 * np.sqrt(2 * 60 * rate)


def test_without_an_attack_no_input_is_below_it():
    for design in (NormalDesign(), PoissonDesign(), PoissonDesign(5.0, 0)):
        assert design.masses(0.0) == pytest.approx((0, 0, 1))
        below, at, above = design.inverse_squares([0.0, 0.0])
        assert not below.any() and not at.any()
        assert above == pytest.approx(np.repeat(design.inverse_moment(1), 2), rel=1e-14)


@pytest.mark.parametrize(
    ("argument", "arguments"),
    [("rate", (0,)), ("rate", (-1.0,)), ("rate", (np.nan,)), ("rate", ([1.0],)), ("rate", (1.01e6,)),
     ("rate", (1e200,)), ("shift", (5.0, -1)), ("shift", (5.0, 0.5)), ("shift", (5.0, None))],
)  # fmt: skip
def test_bad_designs_are_named(argument, arguments):
    with pytest.raises(ValueError, match=rf"^{argument} must "):
        PoissonDesign(*arguments)


def test_the_largest_rate_is_computed_with():
    design = PoissonDesign(1e6, 0)
    assert len(design.support) < 25_000
    assert design.masses(0.0)[2] == pytest.approx(1, abs=1e-8)


def test_bad_sizes_are_named():
    for design in (NormalDesign(), PoissonDesign()):
        with pytest.raises(ValueError, match="^n must "):
            design.inverse_moment(0)
        with pytest.raises(ValueError, match="^rng must "):
            design.sample(3, "seed")
        for size in (-1, 2.5, (3, -1), [3]):
            with pytest.raises(ValueError, match="^size must "):
                design.sample(size, 0)
