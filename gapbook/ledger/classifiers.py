"""Claims about the whole of classification: sections 1.1 and 4, and which loss the theorems are about."""

from fractions import Fraction
from itertools import product
from math import comb, prod

import numpy as np
from scipy.optimize import linprog

from gapbook.numbers import below
from gapbook.ledger import norm
from gapbook.ledger.entries import claim, evidence
from gapsim.bernoulli import BernoulliModel
from gapsim.classifiers import robust_classifier, standard_classifier
from gapsim.gaussian import GaussianModel

SEED = 5
# Coordinates, attack, training points at which the robust minimiser errs less often (mean 1, deviation 2).
MORE_ACCURATE = ((2, 0.2, 5), (5, 0.5, 3), (20, 1.0, 1))


def rises(gap):
    """Whether a sequence is strictly increasing."""
    return bool((np.diff(gap) > 0).all())


def peak(gap, n):
    """The size of the training set at which a curve is highest."""
    return n[np.argmax(gap)]


def simulated_accuracy_gap(d, mean, std, eps, n, trials=100_000, rule="minimizer"):
    """What `GaussianModel.accuracy_gap` computes, and its standard error, from classifiers that are trained on data."""
    x, y = GaussianModel(d * [mean], std).sample(trials * n, SEED)
    x, y = x.reshape(trials, n, d), y.reshape(trials, n)

    def right(w):
        length = np.sqrt((w**2).sum(axis=1))
        return norm.cdf(np.divide(w.sum(axis=1) * mean / std, length, out=np.zeros(trials), where=length > 0))

    lost = right(standard_classifier(x, y)) - right(robust_classifier(x, y, eps, rule=rule))
    return lost.mean(), lost.std() / np.sqrt(trials)


entry = claim(
    "data-always-expands",
    place="Section 1.1",
    statement=(
        "In the weak regime of the Gaussian model the critical point, up to which the gap increases, can be made "
        "arbitrarily large; this means that adding data points will always expand the gap."
    ),
    page="introduction",
    cause="every-and-always",
)


@entry.part(
    "arbitrarily large", "confirms",
    r"As $\varepsilon \to \mu$ the turning point passes every bound: each attack ten times closer to $\mu$ adds $2\log "
    r"10$ units of $(\sigma/\mu)^2$, about.",
    ("proof", "exact computation"),
)
def critical_point_passes_every_bound():
    n = np.arange(1, 3001)
    peaks = [peak(GaussianModel(1.0, 10.0).gap(n, eps), n) for eps in (0.9, 0.99, 0.999, 0.9999)]
    steps = np.diff(peaks) / 10.0**2
    return bool(np.abs(steps / (2 * np.log(10)) - 1).max() < 0.1), evidence(
        peaks=", ".join(map(str, peaks)), last_step_in_units_of_the_noise=steps[-1], two_log_10=2 * np.log(10)
    )


@entry.part(
    "but finite", "corrects",
    "For every single weak attack the increase ends, at a finite $n^*$; after it more data closes the gap. *Always* "
    "is right of the strong regime only.",
    ("proof", "exact computation"),
)
def every_weak_increase_ends():
    n = np.arange(1, 3001)
    gaps = {eps: GaussianModel(1.0, 2.0).gap(n, eps) for eps in (0.5, 0.9, 0.99, 0.999)}
    falls = [(np.diff(gap[peak(gap, n):]) < 0).all() and gap[-1] < 0.99 * gap.max() for gap in gaps.values()]
    return all(falls), evidence(
        peak_at_eps_0999_mu=peak(gaps[0.999], n), gap_there=gaps[0.999].max(), gap_at_n_3000=gaps[0.999][-1]
    )


entry = claim(
    "expectations",
    place="Section 4, before 4.1",
    statement=(
        "One might expect that (a) the gap is never negative, (b) more training data closes it gradually, and (c) it "
        "vanishes with unlimited data. The study confirms (a) and denies (b) and (c) in general."
    ),
    page="classifiers",
)


@entry.part(
    "a", "confirms", "In both models, in expectation over training sets and in the linear loss.",
    ("proof", "exact computation"),
)
def first_expectation():
    n, eps = np.arange(1, 200)[:, None], np.array([0.02, 0.2, 0.5, 1.0, 2.0])
    smallest = [
        model.gap(n, eps).min() for model in (GaussianModel([0.1, 1.0], 2.0), BernoulliModel([0.3, 1.0], 0.3))
    ]
    return bool(smallest[0] > 0 and smallest[1] > -1e-14), evidence(
        smallest_gaussian_gap=smallest[0], bernoulli_gap_below_0_by=below(min(smallest[1], 0.0), 1e-14, "markdown")
    )


@entry.part(
    "b", "confirms", "The Gaussian gap can grow over two dozen training points under a weak attack, and at every "
    "point under a strong one.",
    ("proof", "exact computation"),
)
def second_expectation():
    model, n = GaussianModel(1.0, 2.0), np.arange(1, 25)
    return rises(model.gap(n, 0.95)) and rises(model.gap(n, 1.5)), evidence(
        gap_at_eps_095_mu_n_1=model.gap(1, 0.95), gap_at_eps_095_mu_n_24=model.gap(24, 0.95)
    )


@entry.part("c", "confirms", "Under a strong attack the limit is positive.", ("proof", "exact computation"))
def third_expectation():
    gap = GaussianModel(1.0, 2.0).gap(10**8, 1.5)
    return gap > 0.5, evidence(gap_at_eps_15_mu_n_100_million=gap)


entry = claim(
    "accuracy-for-robustness",
    place="Sections 4 and 6",
    statement=(
        "Current adversarial training sacrifices standard accuracy in exchange for robustness: a never negative gap "
        "in the two classification models indicates that it must."
    ),
    page="classifiers",
    cause="linear-loss",
)


@entry.part(
    "linear loss", "confirms",
    "What the theorems show is this, on average over training sets, for the linear loss.",
    ("proof", "exact computation"),
)
def linear_loss_is_sacrificed():
    gap = min(GaussianModel(d * [1.0], 2.0).gap(n, eps) for d, eps, n in MORE_ACCURATE)
    return gap > 0, evidence(smallest_gap_in_the_settings_below=gap)


@entry.part(
    "one coordinate", "confirms",
    r"With one coordinate it holds for accuracy too: the accuracy lost is $\Phi(\mu/\sigma) - \frac12$ times the gap "
    r"in units of $W\mu$.",
    ("proof", "exact computation"),
)
def accuracy_with_one_coordinate():
    model = GaussianModel(1.0, 2.0)
    off = [
        model.accuracy_gap(n, eps) / ((norm.cdf(0.5) - 0.5) * model.gap(n, eps)) - 1
        for eps, n in ((0.2, 3), (0.5, 5), (0.95, 24), (1.5, 9))
    ]
    return bool(np.abs(off).max() < 1e-9), evidence(
        accuracy_lost_at_eps_05_n_5=model.accuracy_gap(5, 0.5), largest_relative_difference=np.abs(off).max()
    )


@entry.part(
    "published rule", "confirms",
    r"For the published rule it holds for accuracy too, in the Gaussian model and for every number of coordinates: "
    r"its weights are all $\pm W$, each is positive less often than the standard one, and accuracy increases in each.",
    ("proof", "exact computation", "simulation"),
)
def accuracy_under_the_published_rule():
    lost = [GaussianModel(d * [1.0], 2.0).accuracy_gap(n, eps, rule="published") for d, eps, n in MORE_ACCURATE]
    sampled = [simulated_accuracy_gap(d, 1.0, 2.0, eps, n, rule="published") for d, eps, n in MORE_ACCURATE]
    score = [(value - exact) / stderr for exact, (value, stderr) in zip(lost, sampled)]
    return min(lost) > 0 and float(np.abs(score).max()) < 4.5, evidence(
        **{
            f"accuracy_of_standard_minus_published_at_d_{d}_eps_{eps:g}_n_{n}": f"{value:.4f}"
            for (d, eps, n), value in zip(MORE_ACCURATE, lost)
        },
        largest_deviation_of_the_simulation_in_standard_errors=np.abs(score).max(),
    )


def lattice_accuracy(rule, n=5, tau=Fraction(1, 5), eps=Fraction(1, 5), d=2):
    """Expected accuracy in the Bernoulli model with theta = 1, in fractions, by every outcome of training and test."""
    agree, total = (1 + tau) / 2, Fraction(0)
    counts = {b: comb(n, b) * agree**b * (1 - agree) ** (n - b) for b in range(n + 1)}
    for outcome in product(counts, repeat=d):
        signal = [Fraction(2 * b - n, n) for b in outcome]
        w = [np.sign(u) * (1 if rule == "standard" else np.sign(abs(u) - eps)) for u in signal]
        for test in product((1, -1), repeat=d):
            score = sum(weight * sign for weight, sign in zip(w, test))
            chance = prod(agree if sign > 0 else 1 - agree for sign in test) * prod(counts[b] for b in outcome)
            total += chance * (1 + int(np.sign(score))) / 2
    return total


@entry.part(
    "published rule on a lattice", "corrects",
    r"In the Bernoulli model it need not: a tie leaves a weight of 0, and in Figure 1b's setting with two coordinates, "
    r"$\tau = \varepsilon = 0.2$ and $n = 5$ the published rule is the more accurate one.",
    ("exact computation", "simulation"),
)
def accuracy_on_a_lattice():
    standard, published = map(lattice_accuracy, ("standard", "published"))
    trials = 50_000
    x, y = BernoulliModel([1.0, 1.0], 0.2).sample(5 * trials, SEED)
    x, y = x.reshape(trials, 5, 2), y.reshape(trials, 5)
    test = BernoulliModel([1.0, 1.0], 0.2).sample(trials, SEED + 1)
    right = [
        (1 + np.sign(test[1] * (w * test[0]).sum(axis=1))) / 2
        for w in (standard_classifier(x, y), robust_classifier(x, y, 0.2, rule="published"))
    ]
    lost = right[0] - right[1]
    score = (lost.mean() - float(standard - published)) / (lost.std() / np.sqrt(trials))
    return bool(published > standard and abs(score) < 4.5), evidence(
        accuracy_of_the_standard=float(standard), of_the_published=float(published),
        deviation_of_the_simulation_in_standard_errors=score,
    )


@entry.part(
    "several coordinates", "corrects",
    "With more coordinates it can be the other way round: the minimiser of (2) drops coordinates that are mostly "
    "noise, and is then right more often than the standard classifier, although its linear loss is larger.",
    ("exact computation", "simulation"),
)
def accuracy_with_several_coordinates():
    lost = [GaussianModel(d * [1.0], 2.0).accuracy_gap(n, eps) for d, eps, n in MORE_ACCURATE]
    sampled = [simulated_accuracy_gap(d, 1.0, 2.0, eps, n) for d, eps, n in MORE_ACCURATE]
    score = [(value - exact) / stderr for exact, (value, stderr) in zip(lost, sampled)]
    return max(lost) < 0 and float(np.abs(score).max()) < 4.5, evidence(
        **{
            f"accuracy_of_standard_minus_robust_at_d_{d}_eps_{eps:g}_n_{n}": f"{value:.4f}"
            for (d, eps, n), value in zip(MORE_ACCURATE, lost)
        },
        largest_deviation_of_the_simulation_in_standard_errors=np.abs(score).max(),
    )


entry = claim(
    "factor-two",
    place="The paper's equation (2), the robust classifier",
    statement=(
        "The rule from which the printed limits follow is not the minimiser that the paper's equation (2) defines. Its "
        "gap is exactly twice the minimiser's, training set by training set, for any distribution with a mean."
    ),
    page="classifiers",
    source="book",
)


def signals():
    """Training sets of five points in three coordinates, and their signals."""
    rng = np.random.default_rng(SEED)
    x, y = rng.normal(0.4, 1.0, (200, 5, 3)), rng.choice([-1, 1], (200, 5))
    return x, y, (y[..., None] * x).mean(axis=1)


@entry.part(
    "minimiser", "confirms",
    "A linear programme that knows no case distinction finds weight 0 where the signal is weaker than the attack.",
    ("proof", "exact computation"),
)
def a_linear_programme_finds_the_minimiser():
    x, y, u = signals()
    eps, off = 0.4, 0.0
    weights = robust_classifier(x, y, eps)
    for signal, w in zip(u[:40], weights):
        split = linprog(np.concatenate([eps - signal, eps + signal]), bounds=(0, 1)).x
        off = max(off, np.abs(split[:3] - split[3:] - w).max())
    return bool(off < 1e-9), evidence(
        coordinates_weaker_than_the_attack=f"{(np.abs(u[:40]) < eps).sum()} of {u[:40].size}",
        largest_difference_from_the_programme=off,
    )


@entry.part(
    "worst of the box", "confirms",
    "At such a coordinate the published rule takes the weight whose robust training objective is the lowest of all.",
    ("proof", "exact computation"),
)
def the_published_rule_takes_the_worst_weight():
    x, y, u = signals()
    eps, box = 0.4, np.linspace(-1, 1, 41)
    w = robust_classifier(x, y, eps, rule="published")
    weak = np.abs(u) < eps
    lowest = (u[weak][:, None] * box - eps * np.abs(box)).min(axis=1)
    off = np.abs(u[weak] * w[weak] - eps * np.abs(w[weak]) - lowest).max()
    return bool(off < 1e-12), evidence(largest_distance_from_the_lowest_objective=off)


@entry.part(
    "twice", "confirms",
    "Both rules on all training sets of six coin flips, ties included: one difference is twice the other in each.",
    ("proof", "exact computation"),
)
def twice_on_every_training_set():
    # n = 6 and eps = 1/3: the signals 0, +-1/3, +-2/3, +-1, with ties at +-1/3.
    x = np.array(list(product([-1.0, 1.0], repeat=6)))[..., None]
    y = np.ones(x.shape[:2], dtype=int)
    standard = standard_classifier(x, y)
    lost = {rule: standard - robust_classifier(x, y, 1 / 3, rule=rule) for rule in ("minimizer", "published")}
    off = np.abs(lost["published"] - 2 * lost["minimizer"]).max()
    return bool(off == 0 and np.abs(lost["minimizer"]).max() > 0), evidence(
        training_sets=len(x), of_them_with_a_tie=(np.abs(np.abs(x.mean(axis=1)) - 1 / 3) < 1e-9).sum(),
        largest_difference=off,
    )
