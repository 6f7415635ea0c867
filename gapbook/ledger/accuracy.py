"""Claims of the chapter "Is it accuracy that is lost?": the 0-1 loss, and the law of one training set's gap."""

from fractions import Fraction
from itertools import product

import numpy as np

from gapbook.ledger import norm
from gapbook.ledger.entries import claim, evidence
from gapbook.numbers import below
from gapsim.bernoulli import BernoulliModel
from gapsim.gaussian import GaussianModel, coordinate_gap
from gapsim.simulation import estimate_gap

SEED = 8


def alike(d, mean=1.0, std=2.0):
    """So many equal Gaussian coordinates."""
    return GaussianModel(d * [mean], std)


def deviation(model, n, eps, trials=100_000, **options):
    """Largest distance of trained classifiers' accuracy gap from the exact one, in standard errors."""
    estimate = estimate_gap(model, n, eps, trials=trials, rng=SEED, loss="zero_one", **options)
    exact = model.accuracy_gap(np.array(n)[:, None], eps, **options)
    return float((np.abs(estimate.value - exact) / estimate.stderr).max())


entry = claim(
    "accuracy-one-coordinate",
    place="Accuracy, one coordinate",
    statement=(
        "With one coordinate the accuracy that robust training costs is a multiple of the gap in the Gaussian model, "
        "so signs, shapes and turning points are the same."
    ),
    page="accuracy",
    source="book",
)


@entry.part(
    "multiple", "confirms", r"The factor is $\Phi(\mu/\sigma) - \frac12$ on the gap in units of $W\mu$.",
    ("proof", "exact computation"),
)
def accuracy_is_a_multiple():
    n, eps = np.array([1, 4, 24, 200])[:, None], np.array([0.1, 0.7, 0.95, 1.5])
    off = np.abs(alike(1).accuracy_gap(n, eps) - (norm.cdf(0.5) - 0.5) * coordinate_gap(n, 1.0, 2.0, eps)).max()
    return bool(off < 1e-12), evidence(largest_difference=off, accuracy_lost_at_n_24_eps_095=alike(1).accuracy_gap(24, 0.95))


@entry.part(
    "ties", "confirms",
    "In the Bernoulli model that is so of the published rule; the minimiser loses less where a tie is possible, and "
    "as much where none is.",
    ("proof", "exact computation", "simulation"),
)
def ties_part_accuracy_from_the_gap():
    model, n, eps = BernoulliModel(1, Fraction(1, 5)), np.arange(1, 41), Fraction(1, 5)
    lost, half = model.accuracy_gap(n, eps), model.gap(n, eps) / 2
    same = np.abs(lost - half) < 1e-12
    published = np.abs(model.accuracy_gap(n, eps, rule="published") - 2 * half).max()
    below = (lost < half)[n % 5 == 0].all() and (lost > -1e-14).all()
    score = deviation(BernoulliModel(1.0, 0.2), [7, 15], [0.2], trials=50_000)
    return bool(same[n % 5 > 0].all() and not same[n % 5 == 0].any() and below and published < 1e-12 and score < 4.5), evidence(
        accuracy_lost_at_a_tie_n_15=lost[14], half_of_the_gap_there=half[14], deviation_of_the_simulation_in_standard_errors=score
    )


entry = claim(
    "accuracy-weak-attack",
    place="Accuracy under a weak attack",
    statement=(
        "With two or more coordinates alike in the Gaussian model, noise coordinates beside them or not, at every size "
        "of the training set a weak enough attack, how weak depends on the size, makes the robust minimiser the more accurate classifier."
    ),
    page="accuracy",
    source="book",
)


@entry.part(
    "slope", "confirms",
    "The slope of the accuracy gap at attack 0 is negative, and is what the proof's formula says.",
    ("proof", "exact computation"),
)
def the_slope_at_zero_is_negative():
    smallest, off = -np.inf, 0.0
    for d, n in product((2, 3, 6), (1, 7, 60)):
        signs = np.array(list(product([-1, 1], repeat=d - 1)))
        chance = np.prod(norm.cdf(signs * np.sqrt(n) / 2), axis=1)
        k = signs.sum(axis=1) / 2
        gain = norm.cdf(k / np.sqrt(d - 1)) - (norm.cdf((k + 0.5) / np.sqrt(d)) + norm.cdf((k - 0.5) / np.sqrt(d))) / 2
        slope = -2 * d * norm.pdf(np.sqrt(n) / 2) * np.sqrt(n) / 2 * (chance @ gain)
        found = alike(d).accuracy_gap(n, 1e-6) / 1e-6
        smallest, off = max(smallest, found), max(off, abs(found / slope - 1))
    return bool(smallest < 0 and off < 1e-3), evidence(slope_nearest_to_0=smallest, largest_relative_difference=below(off, 1e-3, "markdown"))


@entry.part(
    "beside noise", "confirms", "With noise coordinates, and with two coordinates of any means, too.",
    ("proof", "exact computation"),
)
def other_models_gain_too():
    models = (GaussianModel([1.0, 0.0], [2.0, 5.0]), GaussianModel([1.0, 1.0, 0.0], [1.0, 1.0, 0.3]), GaussianModel([1.0, 0.1], [0.5, 3.0]))
    largest = max(model.accuracy_gap(np.array([1, 5, 25]), 1e-3).max() for model in models)
    return bool(largest < 0), evidence(gap_nearest_to_0=largest)


@entry.part(
    "trained", "confirms", "Trained classifiers agree with the exact accuracy gap, which is negative.",
    ("exact computation", "simulation"),
)
def trained_classifiers_gain():
    score, gap = deviation(alike(5), [1, 3], [0.2, 0.5]), alike(5).accuracy_gap(3, 0.5)
    return bool(score < 4.5 and gap < 0), evidence(gap_at_d_5_n_3_eps_half=gap, largest_deviation_in_standard_errors=score)


entry = claim(
    "accuracy-end",
    place="Accuracy with much data",
    statement=(
        "If the attack is below all means of the Gaussian model, the accuracy gap tends to 0, from above for coordinates "
        "alike, and in general from the side that the sign of one number says, if it is not 0: whether the full sum does better "
        "without the coordinate that is nearest to being dropped (of several equally near, one at a time, summed)."
    ),
    page="accuracy",
    source="book",
)


@entry.part("alike", "confirms", "For coordinates alike from above.", ("proof", "exact computation"))
def alike_ends_above():
    n = np.array([2, 40, 150])
    gap = alike(5).accuracy_gap(n, 0.5)
    return bool(gap[0] < 0 < gap[2] < gap[1]), evidence(**{f"gap_at_n_{k}": value for k, value in zip(n, gap)})


@entry.part(
    "other side", "confirms", "With a second coordinate that is noisy from below, at the rate that the proof gives.",
    ("proof", "exact computation"),
)
def a_noisy_coordinate_ends_below():
    model, n = GaussianModel([1.0, 0.3], [1.0, 3.0]), np.array([1000, 5000])
    gap = model.accuracy_gap(n, 0.2)
    share = gap / norm.cdf(-np.sqrt(n) * 0.1 / 3) / (norm.cdf(1.3 / np.sqrt(10)) - norm.cdf(1.0))
    return bool((gap < 0).all() and abs(share[1] - 1) < 1e-3), evidence(
        gap_at_n_1000=gap[0], ratio_to_the_rate_at_n_1000=share[0], ratio_at_n_5000=share[1]
    )


entry = claim(
    "accuracy-beside-noise",
    place="Accuracy beside noise",
    statement=(
        "Beside a coordinate without signal, and under an attack below the other mean, the robust minimiser is the "
        "more accurate classifier from some size of the training set on, for ever; under a weak enough attack from the "
        "first point on."
    ),
    page="accuracy",
    source="book",
)


@entry.part(
    "for ever", "confirms", "The gap tends to a negative number; exact sums and training agree.",
    ("proof", "exact computation", "simulation"),
)
def noise_is_dropped_for_ever():
    model = GaussianModel([1.0, 0.0], 1.0)
    gap, limit = model.accuracy_gap(10_000, 0.8), norm.cdf(np.sqrt(0.5)) - norm.cdf(1.0)
    score = deviation(model, [1, 25], [0.5])
    return bool(abs(gap - limit) < 1e-9 and limit < 0 and score < 4.5), evidence(
        limit=limit, gap_at_n_10_000_eps_08=gap, largest_deviation_in_standard_errors=score
    )


@entry.part(
    "from the start", "confirms",
    "With deviations 1 and means 1 and 0: at every size up to 3000 for an attack of a tenth; for one of nine tenths it is "
    "positive first.",
    ("proof", "exact computation"),
)
def weak_attacks_gain_from_the_start():
    model, n = GaussianModel([1.0, 0.0], 1.0), np.arange(1, 3001)
    weak, near = model.accuracy_gap(n, 0.1), model.accuracy_gap(n, 0.9)
    return bool(weak.max() < 0 < near[0] and near[-1] < 0), evidence(
        largest_at_eps_01=weak.max(), first_at_eps_09=near[0], last_of_the_second=near[-1]
    )


entry = claim(
    "accuracy-how-much",
    place="How much accuracy",
    statement=(
        "The robust minimiser's advantage in accuracy is below one half and can be as near to it as one likes, with "
        "noise coordinates; for many weak coordinates alike its limit is at most about three percentage points, with about 27% "
        "of the weights kept on each side."
    ),
    page="accuracy",
    source="book",
)


@entry.part("one half", "confirms", "With a strong signal among many coordinates of noise.", ("proof", "exact computation"))
def half_is_approached():
    model = GaussianModel([4.0, *5000 * [0.0]], 1.0)
    # The noise is dropped for certain: the limit of many points.
    gap = norm.cdf(4.0 / np.sqrt(model.d)) - norm.cdf(4.0)
    computed = GaussianModel([4.0, *60 * [0.0]], 1.0).accuracy_gap(100, 2.0)
    expected = norm.cdf(4.0 / np.sqrt(61)) - norm.cdf(4.0)
    return bool(-0.5 < gap < -0.47 and abs(computed - expected) < 1e-9), evidence(
        limit_with_5000_coordinates_of_noise=gap, gap_with_60_at_n_100=computed
    )


@entry.part(
    "many weak", "confirms", "A thousand coordinates alike are near the limit, whose least value a grid finds.",
    ("proof", "exact computation"),
)
def many_weak_coordinates():
    v, c = np.linspace(0.01, 2, 400), np.linspace(0.05, 4, 400)[:, None]
    limit = norm.cdf(2 * c * norm.pdf(0)) - norm.cdf(2 * c * norm.pdf(v) / np.sqrt(2 * norm.cdf(-v)))
    row, column = np.unravel_index(limit.argmin(), limit.shape)
    kept, d = norm.cdf(-v[column]), 1000
    near = alike(d, np.sqrt(c[row, 0] / np.sqrt(d)), 1.0).accuracy_gap(1, v[column])
    return bool(-0.03 < limit.min() < -0.028 and abs(kept - 0.27) < 0.005 and abs(near - limit.min()) < 0.002), evidence(
        least_limit=limit.min(), kept_on_each_side=kept, gap_of_1000_coordinates=near
    )


entry = claim(
    "one-training-set",
    place="One training set",
    statement=(
        "With one Gaussian coordinate and an attack of at most the mean, the median over training sets of the gap in the "
        "linear loss is 0 at every size, although its expectation is positive."
    ),
    page="accuracy",
    source="book",
)


@entry.part(
    "median", "confirms", "Neither sign has half of the training sets; above the mean the median is the whole margin in the end.",
    ("proof", "exact computation"),
)
def the_median_is_zero():
    def shares(n, eps):
        values, chances = alike(1).gap_law(n, eps)
        return chances[values < 0].sum(), chances[values > 0].sum()

    weak = np.array([shares(n, eps) for n in (1, 5, 24) for eps in (0.2, 0.95, 1.0)])
    strong = shares(1000, 1.5)[1]
    return bool(weak.max() < 0.5 < strong), evidence(largest_share_of_either_sign=weak.max(), share_above_the_mean=strong)


@entry.part(
    "law", "confirms", r"The robust one is better with probability $\Phi(-t) - \Phi(-(1+\rho)t)$, as training sets show.",
    ("proof", "exact computation", "simulation"),
)
def the_law_is_that_of_trained_classifiers():
    n, eps, trials = 6, 0.95, 20_000
    t, (values, chances) = np.sqrt(n) / 2, alike(1).gap_law(6, 0.95)
    better = norm.cdf(-t) - norm.cdf(-1.95 * t)
    drawn = alike(1).dataset_gaps(np.array([n]), np.array([eps]), trials, np.random.default_rng(SEED), "minimizer")
    score = ((drawn < 0).mean() - better) / np.sqrt(better * (1 - better) / trials)
    return bool(abs(chances[values < 0].sum() - better) < 1e-12 and abs(score) < 4.5), evidence(
        robust_better_at_n_6_eps_095=better, deviation_of_the_simulation_in_standard_errors=score
    )
