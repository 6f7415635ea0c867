"""This book's statements about other laws than the paper's: the chapter "Is it the Gaussian?"."""

from fractions import Fraction
from itertools import product
from math import comb, gamma

import numpy as np
from scipy.special import gammainc

from gapbook.ledger import norm
from gapbook.ledger.entries import claim, evidence
from gapbook.numbers import below
from gapsim.bernoulli import BernoulliModel
from gapsim.classifiers import robust_classifier, standard_classifier
from gapsim.empirical import SampledModel
from gapsim.gaussian import GaussianModel, coordinate_gap, turning_time
from gapsim.noise import LaplaceModel, UniformNoiseModel
from gapsim.simulation import estimate_gap

SEED = 9
MEANS, SPREADS = np.array([1.0, 0.5, 0.2]), np.array([1.0, 2.0, 2.0])
TOGETHER = np.linalg.cholesky(0.97 + 0.03 * np.eye(3))


def crowded(n, rng):
    """Three coordinates with correlation 0.97, and nine positive labels in ten."""
    y = rng.choice([-1, 1], n, p=[0.1, 0.9])
    return y[:, None] * MEANS + SPREADS * (rng.standard_normal((n, 3)) @ TOGETHER.T), y


def skewed_gap(n, eps=1.0):
    """Gap of y x = 1 + 3 (E - 1), in units of W and the mean 1: n exponential variables have a gamma sum."""
    low, zero, high = (gammainc(n, n * np.maximum(2 + v, 0) / 3) for v in (-eps, 0.0, eps))
    return high - 2 * zero + low


def skewed(n, rng):
    y = rng.choice([-1, 1], n)
    return y[:, None] * (3 * rng.standard_exponential((n, 1)) - 2), y


def two_points(n, rng):
    """y x = 1 +- 1.3."""
    y = rng.choice([-1, 1], n)
    return y[:, None] * (1 + 1.3 * rng.choice([-1, 1], (n, 1))), y


def student(n, rng):
    y = rng.choice([-1, 1], n)
    return y[:, None] * (1 + 2 * rng.standard_t(2, (n, 1))), y


def one_sided_stable(n, rng, index=1.5):
    """1 + Z/5 for the stable Z of mean 0 that is skewed to the right, by Chambers, Mallows and Stuck."""
    turn = np.arctan(np.tan(np.pi * index / 2)) / index
    v, e = rng.uniform(-np.pi / 2, np.pi / 2, (n, 1)), rng.standard_exponential((n, 1))
    z = np.sin(index * (v + turn)) / (np.cos(v) * np.cos(index * turn)) ** (1 / index)
    z *= (np.cos(v - index * (v + turn)) / e) ** (1 / index - 1)
    y = rng.choice([-1, 1], n)
    return y[:, None] * (1 + z / 5), y


def within(estimate, value, sizes=4.5):
    """Whether a simulation is compatible with exact values."""
    return bool((np.abs(estimate.value - value) <= sizes * np.maximum(estimate.stderr, 1 / estimate.trials)).all())


def changes(gap):
    """How often a sequence changes direction, and its first direction; rounding left out."""
    step = np.diff(gap)
    sign = np.sign(step[np.abs(step) > 3e-13])
    return int((sign[1:] != sign[:-1]).sum()), sign[0] if sign.size else 0


def mirror_slope(s, rho, power):
    """The slope of the gap in the scale family of exp(-|z|^p), up to a positive factor, with s = t^p."""
    return 2 - (1 - rho) * np.exp((1 - abs(1 - rho) ** power) * s) - (1 + rho) * np.exp(-((1 + rho) ** power - 1) * s)


entry = claim(
    "only-the-marginals",
    place="Only the marginals matter",
    statement=(
        "Two laws of the data with the same marginal laws of $y\\,x(j)$ have the same gap at every $n$: covariance and "
        "shares of the labels play no part."
    ),
    page="noise",
    source="book",
)


@entry.part(
    "simulated", "confirms",
    "The gap of three coordinates with correlation 0.97 and 90% positive labels is the sum that independent, balanced data have.",
    ("proof", "simulation"),
)
def dependent_coordinates_have_the_same_gap():
    n, eps = [2, 8], [0.3, 0.6]
    exact = GaussianModel(MEANS, SPREADS).gap(np.array(n)[:, None], eps)
    sampled = estimate_gap(SampledModel(crowded, MEANS), n, eps, trials=8000, rng=SEED)
    return within(sampled, exact), evidence(
        exact_at_n_8=exact[1, 1], simulated=sampled.value[1, 1], standard_error=sampled.stderr[1, 1]
    )


@entry.part(
    "own attacks and bounds", "confirms", "So it is if each coordinate has an attack and a bound of its own.",
    ("proof", "simulation"),
)
def each_coordinate_may_have_its_own_attack():
    n, trials, attacks, bounds = 6, 8000, [0.9, 0.3, 0.2], [0.5, 2.0, 5.0]
    exact = sum(b * m * coordinate_gap(n, m, s, e) for m, s, e, b in zip(MEANS, SPREADS, attacks, bounds))
    x, y = crowded(trials * n, np.random.default_rng(SEED))
    x, y = x.reshape(trials, n, 3), y.reshape(trials, n)
    gaps = sum(
        MEANS[j] * (standard_classifier(x[..., [j]], y, bounds[j]) - robust_classifier(x[..., [j]], y, attacks[j], bounds[j]))
        for j in range(3)
    )
    error = gaps.std() / np.sqrt(trials)
    return bool(abs(gaps.mean() - exact) < 4.5 * error), evidence(exact=exact, simulated=gaps.mean(), standard_error=error)


entry = claim(
    "limit-of-any-law",
    place="The limit of any law",
    statement=(
        r"For any law with means $m(j)$ the gap tends to $\sum_j W_j\,\lvert m(j)\rvert\,H(\varepsilon_j/\lvert m(j)\rvert - 1)$, over "
        r"$m(j) \ne 0$, unless some $\varepsilon_j = \lvert m(j)\rvert \ne 0$ and the variance is infinite."
    ),
    page="noise",
    source="book",
)


@entry.part("off equality", "confirms", "Below and above the mean a law without variance has the limits 0 and 1.", ("proof", "simulation"))
def heavy_tails_have_the_limit():
    sampled = estimate_gap(SampledModel(one_sided_stable, 1.0), [2000], [0.6, 1.4], trials=300, rng=SEED)
    return bool(np.abs(sampled.value - [0, 1]).max() < 0.02), evidence(
        below_the_mean=sampled.value[0, 0], above_the_mean=sampled.value[0, 1]
    )


@entry.part(
    "the half", "confirms", "At equality Laplace, uniform and skewed exponential noise have the limit one half.",
    ("proof", "exact computation"),
)
def at_equality_a_half_is_lost():
    gaps = [LaplaceModel(1.0, 2.0).gap(10**6, 1.0), UniformNoiseModel(1.0, 2.0).gap(10**6, 1.0), skewed_gap(10**6)]
    return bool(np.abs(np.array(gaps) - 0.5).max() < 1e-3), evidence(laplace=gaps[0], uniform=gaps[1], skewed=gaps[2])


@entry.part(
    "a mean is not enough", "confirms",
    "The one-sided stable law of index 3/2 has a mean and no variance: at equality two thirds are lost in the limit.",
    ("proof", "simulation"),
)
def without_a_variance_it_can_be_two_thirds():
    sampled = estimate_gap(SampledModel(one_sided_stable, 1.0), [100, 1000], 1.0, trials=4000, rng=SEED)
    return within(sampled, 2 / 3), evidence(simulated_at_n_1000=sampled.value[1, 0], standard_error=sampled.stderr[1, 0])


entry = claim(
    "unimodal-never-negative",
    place="Noise that is symmetric and unimodal",
    statement="With symmetric unimodal noise the gap is never negative, whatever the size of the training set and the attack.",
    page="noise",
    source="book",
)


@entry.part("exact", "confirms", "Laplace and uniform noise, up to rounding.", ("proof", "exact computation"))
def laplace_and_uniform_gaps_are_not_negative():
    # `gap` has 0 for what rounding makes of it below 0: this is the difference of tails that it comes from.
    def difference(model, n, eps):
        low, high, middle = model._tail(n, n * np.stack([1 - eps, 1 + eps, np.ones_like(eps)]) / model._size)
        return low + high - 2 * middle

    sizes, eps = (1, 2, 3, 5, 10, 40, 90, 1000), np.array([0.01, 0.3, 1.0, 1.5, 4.0])
    models = [kind(1.0, size) for kind in (LaplaceModel, UniformNoiseModel) for size in (0.5, 3.0, 20.0)]
    gaps = np.array([difference(model, n, eps) for model in models for n in sizes])
    stated = np.array([model.gap(n, eps) for model in models for n in sizes])
    return bool(np.abs(stated - gaps).max() < 1e-12 and gaps.min() > -1e-12 and gaps.max() > 0.5), evidence(gap_below_0_by=below(min(gaps.min(), 0), 1e-12, "markdown"))


@entry.part("simulated", "confirms", "Student noise with two degrees of freedom, which has no variance.", ("proof", "simulation"))
def student_noise_has_no_negative_gap():
    sampled = estimate_gap(SampledModel(student, 1.0), [1, 3, 10], [0.3, 1.0, 2.0], trials=10_000, rng=SEED)
    score = sampled.value / sampled.stderr
    return bool(score.min() > -4.5 and score.max() > 4.5), evidence(
        smallest_in_standard_errors=score.min(), largest_in_standard_errors=score.max()
    )


entry = claim(
    "skewed-negative",
    place="Noise that is skewed",
    statement=r"Skewed noise can make the gap negative: with $yx = 1 + 3(E - 1)$, $E$ exponential, and $\varepsilon = 1$, at $n = 1$ and $2$.",
    page="noise",
    source="book",
)


@entry.part("exact", "confirms", "By the gamma law of a sum of exponential variables.", ("exact computation",))
def skewed_gaps():
    gaps = skewed_gap(np.array([1, 2, 3]))
    return bool(max(gaps[:2]) < -0.03 and gaps[2] > 0.01), evidence(n_1=gaps[0], n_2=gaps[1], n_3=gaps[2])


@entry.part("simulated", "confirms", "Classifiers trained on such data have these gaps.", ("simulation",))
def trained_on_skewed_data():
    sampled = estimate_gap(SampledModel(skewed, 1.0), [1, 2, 3], 1.0, trials=20_000, rng=SEED)
    agree = within(sampled, skewed_gap(np.array([[1], [2], [3]])))
    return bool(agree and sampled.value[0, 0] < -4.5 * sampled.stderr[0, 0]), evidence(
        simulated_at_n_1=sampled.value[0, 0], standard_error=sampled.stderr[0, 0]
    )


entry = claim(
    "two-humps-negative",
    place="Noise with two humps",
    statement=(
        r"Symmetric noise with two humps can make the gap negative too; $-\frac12$ in units of $Wm$ is the smallest value "
        "for symmetric noise, and it is attained."
    ),
    page="noise",
    source="book",
)


def two_point_gap(n, valley, eps):
    """The gap of y x = 1 +- valley with a fair coin, as a fraction, for n points."""
    total = Fraction(0)
    for heads in range(n + 1):
        u = 1 + valley * Fraction(2 * heads - n, n)
        lost = Fraction(1) if abs(u) < eps else Fraction(1, 2) if abs(u) == eps else Fraction(0)
        total += ((u > 0) - (u < 0)) * lost * Fraction(comb(n, heads), 2**n)
    return total


@entry.part("attained", "confirms", r"$yx = 1 \pm 1.3$ and $\varepsilon = \frac12$ at $n = 1$.", ("proof", "exact computation", "simulation"))
def two_points_attain_the_smallest_value():
    exact = two_point_gap(1, Fraction(13, 10), Fraction(1, 2))
    sampled = estimate_gap(SampledModel(two_points, 1.0), 1, 0.5, trials=4000, rng=SEED)
    return exact == Fraction(-1, 2) and within(sampled, -0.5), evidence(exact=float(exact), simulated=sampled.value)


@entry.part("nothing is smaller", "confirms", "No valley, attack or size that was tried goes below it.", ("proof", "exact computation"))
def no_two_points_go_below():
    gaps = [
        two_point_gap(n, Fraction(v, 10), Fraction(e, 10)) for n in (1, 2, 3, 6) for v in (3, 10, 11, 13, 25, 60) for e in (1, 5, 15, 70)
    ]
    return bool(min(gaps) == Fraction(-1, 2)), evidence(smallest=float(min(gaps)))


entry = claim(
    "only-at-first",
    place="Negative at finitely many sizes",
    statement=(
        r"If $\mathbb E\,e^{-\lambda yx}$ is finite for some $\lambda > 0$ and the mean is positive, the gap under any one attack is at "
        "least 0 from some $n$ on."
    ),
    page="noise",
    source="book",
)


@entry.part("skewed", "confirms", "The skewed example is positive from $n = 3$ to 2000.", ("proof", "exact computation"))
def the_skewed_gap_becomes_positive():
    n = np.arange(1, 2001)
    negative = n[skewed_gap(n) < 0]
    return negative.tolist() == [1, 2], evidence(last_negative=negative.max(initial=0))


@entry.part("two humps", "confirms", "So are two points with a valley between them, from $n = 12$ to 60.", ("proof", "exact computation"))
def two_humps_become_positive():
    gaps = [two_point_gap(n, Fraction(13, 10), Fraction(1, 2)) for n in range(1, 61)]
    return min(gaps[11:]) > 0 > min(gaps), evidence(smallest_from_n_12=float(min(gaps[11:])), smallest=float(min(gaps)))


entry = claim(
    "log-concave-not-enough",
    place="Growth, and the kink of a density",
    statement=(
        "Log-concave noise is not enough for Theorem 1(c) and (d): strong Laplace noise has $g_1 > g_2$ and strong uniform "
        "noise $g_1 < g_2 > g_3$, at every ratio of attack and mean."
    ),
    page="noise",
    source="book",
)


@entry.part(
    "uniform", "confirms",
    r"$\gamma_2 = \kappa(\rho)q^2$ and $\gamma_3 = \frac{27}4\rho^2q^3$ for $q = m/a$ with $3(1 + \rho)q \le 1$.",
    ("proof", "exact computation"),
)
def uniform_noise_falls_after_two_points():
    q, rho = 0.05, np.array([0.1, 0.5, 1.0, 1.5, 4.0])
    gaps = UniformNoiseModel(q, 1.0).gap(np.arange(1, 4)[:, None], rho * q) / q
    kappa = np.where(rho < 1, rho**2, 2 * rho - 1)
    off = np.abs(gaps - [0 * rho, kappa * q**2, 6.75 * rho**2 * q**3]).max()
    return bool(off < 1e-13 and (gaps[1] > gaps[2]).all()), evidence(
        distance_from_the_formulas=below(off, 1e-13, "markdown"), g_2=gaps[1, 3], g_3=gaps[2, 3]
    )


@entry.part("laplace", "confirms", r"$\gamma_1 \approx \frac12\kappa(\rho)q^2$ for $q = m/b$, and $\gamma_2$ is of the order $q^3$.", ("proof", "exact computation"))
def laplace_noise_falls_after_one_point():
    q, rho = 0.001, np.array([0.1, 0.5, 1.0, 1.5, 4.0])
    gaps, twice = (LaplaceModel(size, 1.0).gap(np.array([[1], [2]]), rho * size) / size for size in (q, 2 * q))
    share = gaps[0] / (np.where(rho < 1, rho**2, 2 * rho - 1) * q**2 / 2)
    cubic = np.abs(twice[1] / gaps[1] / 8 - 1).max() < 0.02
    return bool(np.abs(share - 1).max() < 0.01 and (gaps[1] < 0.2 * gaps[0]).all() and cubic), evidence(
        ratio_of_g_1_to_its_first_order=share[3], g_2_over_g_1=gaps[1, 3] / gaps[0, 3]
    )


@entry.part("simulated", "confirms", "Classifiers trained on data with uniform noise have these gaps.", ("simulation",))
def trained_on_uniform_noise():
    model = UniformNoiseModel(0.2, np.sqrt(3))
    sampled = estimate_gap(model, [1, 2, 3], 0.3, trials=3_000_000, rng=SEED)
    value, stderr = sampled.value[:, 0], sampled.stderr[:, 0]
    apart = value[1] - value[2] > 4.5 * np.hypot(*stderr[1:])
    return bool(within(sampled, model.gap([[1], [2], [3]], 0.3)) and apart), evidence(
        simulated_g_2=sampled.value[1, 0] / 0.2, simulated_g_3=sampled.value[2, 0] / 0.2, standard_error=sampled.stderr[2, 0] / 0.2
    )


entry = claim(
    "three-draws-suffice",
    place="Growth from three draws on",
    statement=(
        "From $n = 3$ on, for Laplace and uniform noise, we have seen the gap rise and then fall at most once under a weak "
        "attack, and never fall under a strong one."
    ),
    page="noise",
    source="book",
)
GRID_EPS = np.array([0.02, 0.1, 0.3, 0.5, 0.8, 0.95, 1.0, 1.05, 1.5, 2.0, 5.0, 20.0])


def shapes(first):
    """Changes of direction and first direction of exact gaps from n = first on, for every noise and attack of the grid."""
    for kind, unit in ((LaplaceModel, 1 / np.sqrt(2)), (UniformNoiseModel, np.sqrt(3))):
        for std in (0.3, 0.7, 1.5, 3.0, 5.0, 10.0, 20.0):
            n = np.unique(np.append(np.arange(first, 40), np.geomspace(40, 60 * std**2 + 80, 60).astype(int)))
            for eps, gap in zip(GRID_EPS, kind(1.0, std * unit).gap(n[:, None], GRID_EPS).T):
                yield eps, *changes(gap)


def exceptions(first):
    return sum(
        turns > (eps < 1) or (turns == 1 and start < 0) or (eps >= 1 and start < 0) for eps, turns, start in shapes(first)
    )


@entry.part(
    "grid", "confirms", r"On a grid of $\sigma/\mu$ from 0.3 to 20 and $\varepsilon/\mu$ from 0.02 to 20, with 60 sizes beyond $n = 40$; from $n = 1$ on there are exceptions.",
    ("observation", "exact computation"),
)
def no_exception_from_three_draws_on():
    late, early = exceptions(3), exceptions(1)
    return late == 0 < early, evidence(exceptions_from_n_3=late, exceptions_from_n_1=early)


entry = claim(
    "scale-families-turn-once",
    place="Scale families with one turning point",
    statement=(
        r"If the signal has a density proportional to $e^{-\lvert z\rvert^p}$, $p > 0$, of falling scale, the gap rises up to one point and falls "
        r"after it for $\varepsilon < \mu$, and rises for ever for $\varepsilon \ge \mu$."
    ),
    page="noise",
    source="book",
)


@entry.part("one zero", "confirms", "The slope has one change of sign below the mean and none from it on.", ("proof", "exact computation"))
def the_slope_has_one_zero():
    def gap(t, rho, power):
        """Of the signal's law with that density, from its distribution function."""
        ends = t * np.array([rho - 1, -rho - 1, -1])
        low, high, middle = (1 + np.sign(ends) * gammainc(1 / power, np.abs(ends) ** power)) / 2
        return low + high - 2 * middle

    s = np.geomspace(1e-3, 300, 2000)
    off = 0.0
    for power, rho, t in product((0.3, 1.0, 2.0, 5.0), (0.2, 0.8, 1.7), (0.4, 0.9, 1.3)):
        density = power / 2 / gamma(1 / power) * np.exp(-(t**power))
        slope = (gap(t + 1e-5, rho, power) - gap(t - 1e-5, rho, power)) / 2e-5
        off = max(off, abs(slope / density - mirror_slope(t**power, rho, power)))
    found = {(power, rho): np.sign(mirror_slope(s, rho, power)) for power in (0.3, 1.0, 2.0, 5.0) for rho in (0.2, 0.8, 1.0, 1.7)}
    right = all(sign[0] == 1 and changes(np.cumsum(sign))[0] == (rho < 1) for (_, rho), sign in found.items())
    return right and off < 1e-5, evidence(
        powers_tried="0.3, 1, 2, 5", ratios_tried="0.2, 0.8, 1, 1.7",
        zeros=sum(changes(np.cumsum(sign))[0] for sign in found.values()),
    )


@entry.part(
    "one Laplace draw", "confirms", r"For $p = 1$ the point is $t^* = \frac1\rho\log\frac{1+\rho}{1-\rho}$, where exact gaps of one draw are highest.",
    ("proof", "exact computation"),
)
def one_laplace_draw_turns_there():
    off = []
    for rho in (0.2, 0.5, 0.9):
        t = np.linspace(0.5, 8, 15_001)
        gap = [float(LaplaceModel(value, 1.0).gap(1, rho * value) / value) for value in t[::50]]
        coarse = t[::50][int(np.argmax(gap))]
        fine = coarse + np.linspace(-0.03, 0.03, 121)
        gap = [float(LaplaceModel(value, 1.0).gap(1, rho * value) / value) for value in fine]
        off.append(abs(fine[int(np.argmax(gap))] - np.log((1 + rho) / (1 - rho)) / rho))
    return max(off) < 1e-3, evidence(largest_distance=f"below {1e-3:g}" if max(off) < 1e-3 else f"{max(off):.3g}")


entry = claim(
    "turning-points-meet",
    place="Turning points of means",
    statement=(
        r"In the cases computed, $\sigma/\mu$ up to 16 and $\rho \le 0.95$, the turning points of Laplace means and of the Gaussian with the same $\sigma$ "
        r"are less than one training point apart, while both grow like $(\sigma/\mu)^2$."
    ),
    page="noise",
    source="book",
)


def top(model, eps, guess):
    """Where the parabola through the highest gap from n = 3 on and its neighbours turns."""
    n = np.arange(max(3, int(0.8 * guess) - 3), int(1.2 * guess) + 8)
    gap = model.gap(n, eps)
    k = min(max(int(gap.argmax()), 1), len(n) - 2)
    before, here, after = gap[k - 1 : k + 2]
    return n[k] + (before - after) / (2 * (before - 2 * here + after))


def shift(rho, step=1e-4):
    """Of the turning point, per unit of excess kurtosis, by Edgeworth's first term."""
    t = np.sqrt(turning_time(rho, 1.0))

    def correction(t):
        ends = np.array([(rho - 1) * t, -(rho + 1) * t, -t])
        return -((ends**3 - 3 * ends) * norm.pdf(ends)) @ [1, 1, -2] / (24 * t**2)

    def slope(t):
        return 2 * norm.pdf(t) - (1 - rho) * norm.pdf((1 - rho) * t) - (1 + rho) * norm.pdf((1 + rho) * t)

    return -2 * t * (correction(t + step) - correction(t - step)) / (slope(t + step) - slope(t - step))


@entry.part(
    "shift", "confirms",
    r"At $\sigma/\mu = 12$ the distance is the one that Edgeworth's first term gives, for Laplace and for uniform noise (no error term is proven).",
    ("exact computation", "observation"),
)
def the_shift_is_that_of_the_expansion():
    noise, found = 12.0, {}
    for rho in (0.1, 0.5, 0.95):
        normal = turning_time(rho, 1.0) * noise**2
        for kind, unit, kurtosis in ((LaplaceModel, 1 / np.sqrt(2), 3.0), (UniformNoiseModel, np.sqrt(3), -1.2)):
            found[kind, rho] = top(kind(1.0, noise * unit), rho, normal) - normal, kurtosis * shift(rho)
    off = max(abs(seen - expected) for seen, expected in found.values())
    return bool(off < 0.02 and max(abs(seen) for seen, _ in found.values()) > 0.3), evidence(
        laplace_at_rho_095=found[LaplaceModel, 0.95][0], expected=found[LaplaceModel, 0.95][1], largest_distance=f"{off:.2g}"
    )


@entry.part("less than one", "confirms", r"At $\sigma/\mu = 2, 4, 8, 16$ and four attacks.", ("exact computation",))
def less_than_one_point_apart():
    found = {
        (noise, rho): top(LaplaceModel(1.0, noise / np.sqrt(2)), rho, turning_time(rho, 1.0) * noise**2) - turning_time(rho, 1.0) * noise**2
        for noise in (2, 4, 8, 16) for rho in (0.1, 0.5, 0.8, 0.95)
    }
    return bool(max(map(abs, found.values())) < 1), evidence(largest=found[16, 0.95], smallest=found[16, 0.1])


entry = claim(
    "half-the-strip",
    place="Half the strip",
    statement=(
        r"In the Bernoulli model $-2\beta_n - M_n \le (g_n - s_n)/(W\tau\lVert\theta\rVert_1) \le 2\beta_n$, where the strip of "
        r"Theorem 3 is $\pm4\beta_n$ for the minimiser and $M_n$ is an explicit normal integral."
    ),
    page="noise",
    source="book",
)


def extremes(n, tau):
    """Largest and smallest gap minus centre over all eps, in units of tau: at an end of a step of the lattice."""
    model, point = BernoulliModel(1, tau), np.arange(-(n % 2), n + 1, 2)
    gap = model.gap(n, [Fraction(int(k) + 1, n) for k in point])
    difference = (gap - model.strip_center(n, np.array([np.maximum(point, 0), [*point[1:], 99 * n]]) / n)) / tau
    return difference.max(), difference.min()


@entry.part("holds", "confirms", "For every attack, on a grid of sizes and signals, with the two sides apart.", ("proof", "exact computation"))
def the_half_strip_holds():
    used = []
    for tau in (0.02, 0.2, 0.365, 0.6, 0.9):
        model = BernoulliModel(1, tau)
        for n in (1, 2, 3, 5, 14, 15, 60):
            above, beneath = extremes(n, tau)
            used.append((above / (model.strip_halfwidth(n) / 2 / tau), -beneath / (model.strip_halfwidth(n, sharp=True) / tau)))
    above, beneath = np.max(used, axis=0)
    return bool(max(above, beneath) <= 1), evidence(largest_share_used_above=above, largest_share_used_below=beneath)


@entry.part(
    "half", "confirms", r"$(2\beta_n + M_n)/4\beta_n$ is at most 0.528 for $n \le 1000$ and $\tau$ from 0.02 to 0.97.", ("exact computation",)
)
def it_is_about_half():
    n = np.arange(1, 1001)
    models = [BernoulliModel(1, tau) for tau in np.arange(2, 98) / 100]
    share = np.array([model.strip_halfwidth(n, sharp=True) / model.strip_halfwidth(n) for model in models])
    return bool(0.5 <= share.min() + 1e-12 and share.max() < 0.528), evidence(largest_share=share.max())
