"""The laws of the input against exact convolutions, quadrature and their own samples."""

import copy
import dataclasses
import pickle

import mpmath
import numpy as np
import pytest
from scipy import special, stats

from gapsim import (
    Design, DiscreteDesign, NormalDesign, PoissonDesign, RegressionModel, UniformDesign, estimate_gap, robust_slope,
)

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
    assert mass.sum() == pytest.approx(1, abs=1e-14)
    assert (mass * design.support.astype(float) ** 2).sum() == pytest.approx(design.second_moment, rel=1e-14)
    first, last = design.support[[0, -1]] - shift
    assert first >= 0 and stats.poisson.cdf(first - 1, rate) < 1e-25 and stats.poisson.sf(last, rate) < 1e-25
    assert design.pmf(shift - 1) == 0


@pytest.mark.parametrize("rate", [0.3, 5.0, 17.0, 130.0, 1e4, 1e6])
def test_poisson_masses_keep_their_digits_however_large_the_rate(rate):
    """As differences of rate log(rate) and of log k! a millionth of their digits would be left at the largest."""
    design, spread = PoissonDesign(rate, 0), np.sqrt(rate)
    near = np.unique(np.maximum(np.floor(rate + spread * np.linspace(-4, 4, 33)), 0))
    for count in {*near.tolist(), 15.0, 16.0, 17.0, 19.0}:
        exact = poisson_mass(int(count), rate)
        if exact > 1e-20:
            assert abs(design.pmf(count) / exact - 1) < 2e-15 * (1 + abs(count - rate) + 16 * (count < 16)), count


@pytest.mark.parametrize("rate", [5.0, 121.9, 122.0, 300.0, 1e4])
def test_an_input_0_is_one_however_rare(rate):
    """The mean of 1/x^2 is infinite with it, whatever its probability."""
    design = PoissonDesign(rate, 0)
    model = RegressionModel(design)
    assert design.support[0] == 0 and design.mass[0] > 0 and not design.light_tailed(1)
    assert model.standard_risk([1, 3]).tolist() == [np.inf, np.inf]
    assert model.correction(0.5) == model.first_gap(0.5) == model.gap(2, 0.5) == -np.inf
    assert [part.tolist() for part in design.inverse_squares([0.5])][0] == [np.inf]


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


@pytest.mark.parametrize(("low", "high"), [(-1, 1), (0.5, 1), (100, 101), (1, 1 + 1e-6), (-2, 5)])
def test_inverse_moment_of_uniform_inputs_is_laplaces_integral(low, high):
    """Of E exp(-t x^2), which the error function gives with forty digits; by Jensen at least 1 / (n E x^2)."""
    design = UniformDesign(low, high)
    with mpmath.workdps(40):
        for n in (3, 20, 10**6):

            def integrand(u, n=n):
                root = mpmath.exp(u / 2)
                area = mpmath.erf(root * mpmath.mpf(high)) - mpmath.erf(root * mpmath.mpf(low))
                return mpmath.exp(u) * (mpmath.sqrt(mpmath.pi) / (2 * root) * area / (mpmath.mpf(high) - low)) ** n

            middle = -mpmath.log(n * design.second_moment)
            parts = [middle + step for step in (-90, -20, -5, -2, 0, 1, 2, 4, 8, 16, 40, 160)]
            assert design.inverse_moment(n) == pytest.approx(float(mpmath.quad(integrand, parts)), rel=3e-15)
            assert design.inverse_moment(n) * n * design.second_moment >= 1 - 1e-15


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
    assert design.masses(0.0)[2] == pytest.approx(1, abs=1e-14)


def test_bad_sizes_are_named():
    for design in (NormalDesign(), PoissonDesign()):
        with pytest.raises(ValueError, match="^n must "):
            design.inverse_moment(0)
        with pytest.raises(ValueError, match="^rng must "):
            design.sample(3, "seed")
        for size in (-1, 2.5, (3, -1), [3]):
            with pytest.raises(ValueError, match="^size must "):
                design.sample(size, 0)


# Each design that there is, with arguments where it needs some: a new one is put here.
ALL = [
    NormalDesign(), PoissonDesign(), PoissonDesign(2.5, 0), UniformDesign(-1.0, 2.0), UniformDesign(0.5, 3.0),
    DiscreteDesign([-1.0, 1.0], [0.5, 0.5]), DiscreteDesign([0.0, 0.5, -3.0], [0.2, 0.5, 0.3]),
]  # fmt: skip


def known(call):
    """What a design says, or None where it says that it does not know."""
    try:
        return call()
    except ValueError as error:
        assert str(error).startswith("design must be one that knows ")


@dataclasses.dataclass(frozen=True)
class Given(Design):
    """Inputs drawn from an array, of which nothing else is known."""

    values: np.ndarray

    def sample(self, size, rng):
        return np.random.default_rng(rng).choice(self.values, size)


def test_a_design_of_ones_own_is_a_value_and_needs_a_sample_alone():
    one, other = Given(np.array([1.0, 2.0])), Given(np.array([1.0, 2.0]))
    assert one == other == eval(repr(one), {"Given": Given}) == pickle.loads(pickle.dumps(one)) != Given(np.array([1.0, 3.0]))
    assert hash(RegressionModel(one)) == hash(RegressionModel(other)) and RegressionModel(one) == RegressionModel(other)
    assert estimate_gap(RegressionModel(one), 12, 0.5, trials=20, rng=1).stderr > 0
    test_what_a_design_says_is_true_of_its_sample(one)


def test_all_designs_are_tried():
    def concrete(kind):
        for each in kind.__subclasses__():
            yield from concrete(each)
            if each.__module__.startswith("gapsim.") and not each.__name__.startswith("_"):
                yield each

    assert {type(design) for design in ALL} == set(concrete(Design))


@pytest.mark.parametrize("design", ALL, ids=repr)
def test_what_a_design_says_is_true_of_its_sample(design):
    x = design.sample((400_000, 2), 5)

    def agree(values, expected):
        assert abs(values.mean() - expected) <= 5 * values.std() / np.sqrt(values.size) + 1e-12

    agree(x**2, known(lambda: design.second_moment) or (x**2).mean())
    rule = known(lambda: design.nodes(0.3))
    if rule:
        for f in (np.ones_like, np.square, lambda x: x**4, lambda x: np.exp(-((x / 0.3) ** 2) / 2), lambda x: x > 0):
            agree(1.0 * f(x), rule[1] @ f(rule[0]))
    for eps in (0.25, 1.0):
        parts = known(lambda: design.masses(eps))
        for share, part in zip(parts or (), (np.abs(x) < eps, np.abs(x) == eps, np.abs(x) > eps)):
            agree(1.0 * part, share)
        inverse = known(lambda: design.inverse_squares(eps))
        if inverse:
            for part, share in zip((np.abs(x) < eps, np.abs(x) == eps, np.abs(x) > eps), inverse):
                if np.isfinite(share):
                    agree(np.divide(1, x**2, out=np.zeros(x.shape), where=part), share)
    for n in (2, 9):
        moment = known(lambda: design.inverse_moment(n))
        if moment is not None and design.light_tailed(n):
            agree(1 / (design.sample((n, 200_000), 6) ** 2).sum(axis=0), moment)


def test_from_which_size_on_the_risk_has_four_moments():
    """P(x_1^2 + ... + x_n^2 < t) is of the order t^(n/2) where 0 is in the support and x has a density there."""
    for design, finite in ((NormalDesign(), [False, True]), (UniformDesign(-1.0, 1.0), [False, True]), (UniformDesign(0.5, 1.0), [True, True])):
        assert [bool(design.light_tailed(n)) for n in (8, 9)] == finite


@pytest.mark.parametrize("values", [[1e200, 1.0], [1e-200, 1.0], [-1e71, 0.0]])
def test_values_are_of_a_size_whose_powers_are_floats(values):
    with pytest.raises(ValueError, match="^values must be each 0 or of a size from 1e-70 to 1e"):
        DiscreteDesign(values, [0.5, 0.5])
    assert np.isfinite(RegressionModel(DiscreteDesign([1e70, 0.0, -1e-70], [0.3, 0.3, 0.4])).threshold())


@pytest.mark.parametrize("design", ALL, ids=repr)
def test_exact_gap_of_a_design_is_that_of_its_sample(design):
    model = RegressionModel(design)
    exact = known(lambda: model.gap([2, 12], [[0.3], [1.0]]))
    if exact is not None:
        sampled = estimate_gap(model, [2, 12], [0.3, 1.0], trials=20_000, rng=3)
        finite = np.isfinite(exact.T)
        assert (np.isneginf(sampled.value) == ~finite).all()
        assert (np.abs(sampled.value[finite] - exact.T[finite]) < 5 * sampled.stderr[finite]).all()


@pytest.mark.parametrize("design", [PoissonDesign(), DiscreteDesign([1.0, 2.0], [0.5, 0.5])], ids=repr)
def test_nothing_that_is_kept_can_be_written_to(design):
    before = RegressionModel(design).threshold()
    for one in (design, copy.deepcopy(design), pickle.loads(pickle.dumps(design)), dataclasses.replace(design)):
        for array in (one.support, one.mass):
            try:
                array[:] = 1
            except ValueError:
                assert not array.flags.writeable
        assert RegressionModel(one).threshold() == before and one == design and hash(one) == hash(design)


def test_floats_next_to_a_value_are_on_it_in_a_regression_too():
    design = DiscreteDesign([0.1, 0.7], [0.5, 0.5])
    model = RegressionModel(design)
    assert design.pmf(np.linspace(0, 1, 11)[[1, 2, 7]]).tolist() == [0.5, 0, 0.5]
    for close in (np.linspace(0, 1, 11)[7], 0.7 * (1 - 2.0**-42), np.float32(0.7)):
        assert model.first_gap(close) == pytest.approx(model.first_gap(0.7), rel=1e-12)
        assert model.gap(2, close) == pytest.approx(model.gap(2, 0.7), rel=1e-9)
        assert estimate_gap(model, 2, close, trials=1000, rng=1).value == pytest.approx(
            estimate_gap(model, 2, 0.7, trials=1000, rng=1).value, rel=1e-9
        )
    assert DiscreteDesign(np.float32([0.1, 0.7]), np.float32([0.5, 0.5])) == design
    assert DiscreteDesign([1.0, 2.0, 3.0], np.full(3, 1 / 3, np.float32)).mass.sum() == pytest.approx(1, abs=1e-15)
    assert robust_slope(np.float32([0.3]), [1.0], 0.3) == robust_slope([0.3], [1.0], np.float32(0.3)) == 0
    with pytest.raises(ValueError, match="^values must be distinct"):
        DiscreteDesign([0.3, 0.1 * 3], [0.5, 0.5])


class Odd(Design):
    """A design of one's own, whose sample is what it is told to be."""

    def __init__(self, drawn):
        self.drawn = drawn

    def sample(self, size, rng):
        return self.drawn


@pytest.mark.parametrize("drawn", [1.0, None, "x", np.ones((3, 3)), np.full(20, np.nan), np.full(20, np.inf), object()])
def test_a_design_of_ones_own_has_to_draw_numbers(drawn):
    for call in (lambda m: m.sample(20, 1), lambda m: estimate_gap(m, 10, 0.5, trials=2, rng=1)):
        with pytest.raises(ValueError, match="^design must be one whose sample"):
            call(RegressionModel(Odd(drawn)))


def test_few_points_need_more_than_a_sample():
    model = RegressionModel(Odd(np.linspace(-1, 1, 20)))
    assert np.isfinite(estimate_gap(model, 10, 0.5, trials=2, rng=1).value)
    with pytest.raises(ValueError, match=r"E\[1/sum x_i\^2\], which few points need"):
        estimate_gap(model, 5, 0.5, trials=4, rng=1)


def test_plain_numbers_and_lists_do_where_a_design_of_ones_own_returns_arrays():
    class Signs(Given):
        def light_tailed(self, n):
            return False

        def inverse_moment(self, n):
            return 1 / n

        def nodes(self, width):
            return [-1.0, 1.0], [0.5, 0.5]

    one, known_one = RegressionModel(Signs(np.array([-1.0, 1.0]))), RegressionModel(DiscreteDesign([-1.0, 1.0], [0.5, 0.5]))
    assert one.design.second_moment == 1 and one.limit(0.5) == pytest.approx(known_one.limit(0.5), rel=1e-12)
    assert estimate_gap(one, [3, 9], [0.5], trials=50, rng=1).value.shape == (2, 1)


def of_a_normal(width):
    """E exp(-(x / width)^2), E[x erf(x / width)] and E x^4 of standard normal inputs."""
    bell = 1 / np.sqrt(1 + 2 / width**2)
    return bell, 2 / (width * np.sqrt(np.pi)) * bell, 3.0


def of_uniform(low, high, width):
    """The same of inputs on an interval, from antiderivatives: that of 2 x erf(x) is erf(x) (x^2 - 1/2) + x exp(-x^2) / sqrt(pi)."""
    low, high, width = map(mpmath.mpf, (low, high, width))
    first, last = low / width, high / width

    def mean(antiderivative):
        return width * (antiderivative(last) - antiderivative(first)) / (high - low)

    bell = mean(lambda u: mpmath.sqrt(mpmath.pi) / 2 * mpmath.erf(u))
    step = width * mean(lambda u: mpmath.erf(u) * (u**2 / 2 - mpmath.mpf(1) / 4) + u * mpmath.exp(-(u**2)) / (2 * mpmath.sqrt(mpmath.pi)))
    return float(bell), float(step), float(width**4 * mean(lambda u: u**5 / 5))


@pytest.mark.parametrize("width", [3.0, 1.0, 0.3, 1e-2, 1e-5, 1e-10])
@pytest.mark.parametrize(("design", "exact"), [
    (NormalDesign(), of_a_normal), *[
        (UniformDesign(low, high), lambda width, low=low, high=high: of_uniform(low, high, width))
        for low, high in ((-1.0, 2.0), (0.0, 5.0), (-3.0, 0.0), (0.25, 0.5))
    ],
], ids=lambda part: str(part) if isinstance(part, Design) else "")
def test_nodes_resolve_a_bell_and_a_step_of_any_width_at_0(design, exact, width):
    x, p = design.nodes(width)
    with np.errstate(under="ignore"):
        found = p @ np.exp(-((x / width) ** 2)), p @ (x * special.erf(x / width)), p @ x**4
    assert found == pytest.approx(exact(width), rel=1e-11, abs=1e-40)


@pytest.mark.parametrize("scale", [1e-60, 1e-20, 1e20, 1e60])
def test_an_inverse_moment_knows_no_unit(scale):
    n = np.array([1, 2, 7, 1000])
    one, other = (DiscreteDesign([-1.0 * unit, 0.5 * unit, 3.0 * unit], [0.3, 0.5, 0.2]).inverse_moment(n) for unit in (1.0, scale))
    assert other * scale**2 == pytest.approx(one, rel=1e-12)
    for low in (1.0, -1.0):
        one, other = (UniformDesign(low * unit, 3.0 * unit).inverse_moment(n) for unit in (1.0, scale))
        assert other * scale**2 == pytest.approx(one, rel=1e-12)


def test_uniform_inputs_whose_squares_have_no_inverse_mean_are_those_that_reach_0():
    for low, high in ((-1.0, 2.0), (0.0, 5.0), (-5.0, 0.0), (-1.0, 0.5)):
        design = UniformDesign(low, high)
        assert np.array_equal(np.isinf(design.inverse_moment([1, 2, 3])), [True, True, False])
        assert np.array_equal(design.light_tailed([1, 8, 9]), [False, False, True])
    for low, high in ((1.0, 3.0), (-3.0, -1.0)):
        design = UniformDesign(low, high)
        assert design.inverse_moment(1) == pytest.approx(1 / 3, rel=1e-14) and design.light_tailed(1)
        below, at, above = design.inverse_squares(np.array([0.5, 1.0, 2.0, 3.0, 4.0]))
        assert below == pytest.approx([0, 0, 1 / 4, 1 / 3, 1 / 3], rel=1e-14) and not at.any()
        assert above == pytest.approx([1 / 3, 1 / 3, 1 / 12, 0, 0], rel=1e-14)


def test_what_is_no_law_is_refused():
    with pytest.raises(ValueError, match=r"^high must be above low = 1, got 1\.0$"):
        UniformDesign(1.0, 1.0)
    for probabilities in ([0.5, 0.4], [0.5, 0.5 + 1e-8], [0.9, 0.9]):
        with pytest.raises(ValueError, match="^probabilities must "):
            DiscreteDesign([1.0, 2.0], probabilities)


def test_what_is_beside_a_value_within_its_tolerance_is_that_value():
    design = DiscreteDesign([1e5, 2e5], [0.25, 0.75])
    assert design.pmf(1e5 * (1 + 2.0**-41)) == 0.25 and design.pmf(1e5 * (1 + 2.0**-39)) == 0
