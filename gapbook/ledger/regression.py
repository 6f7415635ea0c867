"""Claims about linear regression: sections 4.3 and 5, Figure 2, Theorems 7 and 8, the Conclusion."""

import itertools
from functools import cache

import numpy as np

from gapsim.bernoulli import BernoulliModel
from gapbook.ledger.gaussian import rises
from gapbook.ledger.legacy import Finding, claim, evidence
from gapsim.designs import NormalDesign, PoissonDesign
from gapsim.fits import robust_slope, standard_slope
from gapsim.gaussian import GaussianModel
from gapsim.regression import RegressionModel
from gapsim.simulation import estimate_gap

SEED = 3
NORMAL = RegressionModel(NormalDesign())
POISSON = RegressionModel(PoissonDesign(5.0, 1))
NORMAL_EPS = np.array([0.05, 0.1, 0.2, 0.5, 0.75, 1.0])  # Figures 2a and 2b
SMALL_EPS = np.arange(1.0, 7.0)  # Figure 2c
LARGE_EPS = np.arange(7.0, 16.0)  # Figure 2d
N = np.array([1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20])  # the printed window


@cache
def curve(design, eps, sizes):
    """Exact scaled gaps of one attack and their error estimates, each (len(sizes),)."""
    model = {"normal": NORMAL, "poisson": POISSON}[design]
    return model.gap(np.array(sizes), eps, full_output=True)


def exact(design, radii, sizes=N):
    """Exact scaled gaps, (len(sizes), len(radii)), and the largest error that any of them may have."""
    found = [curve(design, float(eps), tuple(map(int, sizes))) for eps in radii]
    return np.stack([gap for gap, _ in found], axis=1), max(error.max() for _, error in found)


@claim(
    "more-classes",
    place="Section 4.3",
    statement="Regression is like classification with infinitely many classes that lie close together, so a very long increasing stage is to be expected.",
    found=r"Not as a rule. What decides is $\varepsilon$ against a threshold of the whole distribution: with Gaussian inputs and $\varepsilon = 0.2$ the increasing stage ends after a dozen points.",
    methods=("exact computation",),
    page="discussion",
)
def regression_rises_for_very_long():
    gap, error = exact("normal", [0.2], np.arange(5, 41))
    peak = 5 + int(gap[:, 0].argmax())
    return Finding(
        holds=not (peak < 40 and gap[:, 0].max() - gap[-1, 0] > 2 * error),
        evidence=evidence(
            peak_at_n=peak, gap_at_the_peak=gap[:, 0].max(), gap_at_n_40=gap[-1, 0], threshold=NORMAL.threshold()
        ),
    )


@claim(
    "observation-5",
    place="Observation 5",
    statement=r"The robust model minimises the mean of $(\lvert y_i - \langle w, x_i\rangle\rvert + \varepsilon\lVert w\rVert_1)^2$.",
    found="The worst attack moves every coordinate by $\\varepsilon$ against the residual.",
    methods=("proof", "exact computation"),
    page="regression_fit",
)
def inner_maximum():
    rng = np.random.default_rng(SEED)
    x, y, w, eps = rng.normal(size=(50, 3)), rng.normal(size=50), rng.normal(size=(50, 3)), 0.7
    corners = eps * np.array(list(itertools.product([-1, 1], repeat=3)))
    inside = rng.uniform(-eps, eps, (200, 3))
    residual = y - (x * w).sum(axis=1)

    def loss(attacks):
        return ((residual - attacks @ w.T) ** 2).max(axis=0)

    stated = (np.abs(residual) + eps * np.abs(w).sum(axis=1)) ** 2
    return Finding(
        holds=bool(np.allclose(loss(corners), stated) and (loss(inside) <= stated).all()),
        evidence=evidence(largest_difference_from_all_corners=np.abs(loss(corners) - stated).max()),
    )


@claim(
    "observation-6",
    place="Observation 6",
    statement=r"The gap is the difference of the squared distances of the two models to $w^*$, in the norm of $\mathbb E[xx^\top]$.",
    found="Training set by training set, and so in expectation, which the printed formula leaves out.",
    methods=("proof", "simulation"),
    page="regression_fit",
)
def excess_risk_identity():
    rng = np.random.default_rng(SEED)
    x, y = POISSON.sample(6, rng)
    robust, standard = robust_slope(x, y, 6.5), standard_slope(x, y)
    stated = ((robust - 1) ** 2 - (standard - 1) ** 2) * POISSON.design.second_moment
    x, y = POISSON.sample(400_000, rng)
    losses = (y - robust * x) ** 2 - (y - standard * x) ** 2
    stderr = losses.std() / np.sqrt(losses.size)
    return Finding(
        holds=bool(abs(losses.mean() - stated) < 4 * stderr),
        evidence=evidence(stated=stated, simulated_test_loss=losses.mean(), standard_error=stderr),
    )


@claim(
    "figure-2a-always-expands",
    place="Section 5, on Figures 2a and 2b",
    statement=r"With Gaussian inputs the gap always expands with more data, even for $\varepsilon$ as small as $0.05$.",
    found=r"Only from $\varepsilon_c = \sqrt\pi/2 \approx 0.886$ on. Below, it rises to a peak and falls to its limit; for $\varepsilon \le 0.5$ the peak lies inside the printed window.",
    methods=("proof", "exact computation", "simulation"),
    page="regression_gaussian",
)
def gaussian_inputs_always_expand():
    gap, error = exact("normal", NORMAL_EPS, np.arange(5, 21))
    peaks = 5 + gap.argmax(axis=0)
    falls = gap.max(axis=0) - gap[-1] > 4 * error
    sampled = estimate_gap(NORMAL, [14, 20], 0.2, 200_000, SEED)
    return Finding(
        holds=not falls.any(),
        evidence=evidence(
            peaks_for_eps_up_to_05=", ".join(map(str, peaks[:4])),
            gap_at_eps_02_n_14=gap[9, 2],
            gap_at_eps_02_n_20=gap[-1, 2],
            limit_at_eps_02=NORMAL.limit(0.2),
            simulated_fall_from_14_to_20_in_standard_errors=(sampled.value[0] - sampled.value[1]).item()
            / np.hypot(*sampled.stderr).item(),
            threshold=NORMAL.threshold(),
        ),
    )


@claim(
    "figure-2a-very-negative",
    place="Section 5, on Figure 2a",
    statement="With Gaussian inputs the gap is very negative at first.",
    found=r"It is $-\infty$ at $n = 1$ and $n = 2$ and finite from $n = 3$ on.",
    methods=("proof", "exact computation"),
    page="regression_gaussian",
)
def very_negative_at_first():
    gap, error = exact("normal", NORMAL_EPS, np.arange(1, 5))
    return Finding(
        holds=bool(np.isneginf(gap[0]).all()),
        sharpened=bool(np.isneginf(gap[1]).all() and np.isfinite(gap[2:]).all()),
        evidence=evidence(gap_at_n_3_for_eps_005=gap[2, 0], gap_at_n_3_for_eps_1=gap[2, -1]),
    )


@claim(
    "figure-2a-first-value",
    place="Section 5, on Figure 2a",
    statement="At $n = 1$ the gap lies between $-10^6$ and $-10^7$.",
    found=r"It is $-\infty$, as the paper says itself a sentence later. A sample mean of a variable without mean grows with the number of trials, and that number is all the printed value measures.",
    methods=("proof", "simulation"),
    page="regression_gaussian",
)
def first_value_in_the_printed_range():
    rng = np.random.default_rng(SEED)

    def typical(trials):
        # (w_std - 1)^2 at n = 1 is a squared ratio of two standard normals.
        return np.median([np.mean((rng.standard_normal(trials) / rng.standard_normal(trials)) ** 2) for _ in range(41)])

    few, many = typical(1000), typical(100_000)
    exact_value = NORMAL.first_gap(0.2)
    return Finding(
        holds=bool(-1e7 <= exact_value <= -1e6),
        evidence=evidence(
            exact=exact_value, typical_estimate_with_1000_trials=-few, typical_estimate_with_100000_trials=-many
        ),
    )


@claim(
    "theorem-7",
    place="Theorem 7",
    statement=r"With one training point and Gaussian inputs the gap is $-\infty$.",
    found=r"Also with two: $\mathbb E(w^{\mathrm{std}} - w^*)^2 = 1/(n-2)$ from $n = 3$ on, while the robust slope has all moments.",
    methods=("proof", "exact computation"),
    page="regression_gaussian",
)
def first_gap_is_minus_infinity():
    eps = np.array([0.05, 0.5, 2.0])
    risk = NORMAL.standard_risk(np.arange(1, 7))
    return Finding(
        holds=bool(np.isneginf(NORMAL.first_gap(eps)).all() and np.isneginf(NORMAL.gap(1, eps)).all()),
        sharpened=bool(np.isneginf(NORMAL.gap(2, eps)).all() and np.isinf(risk[1]) and np.allclose(risk[2:], 1 / np.arange(1, 5))),
        evidence=evidence(robust_risk_at_n_1_eps_05=NORMAL.first_risk(0.5), standard_risk_at_n_3=risk[2]),
    )


@claim(
    "figure-2c-shrinks",
    place="Section 5, on Figure 2c",
    statement=r"With $\mathrm{Poisson}(5) + 1$ inputs and $\varepsilon = 1, \dots, 6$ the gap shrinks with more data.",
    found=r"From $n = 2$ on it does. At $\varepsilon = 1$ it first rises from exactly 0 at $n = 1$, where an attack of size 1 changes nothing unless a tie is broken towards 0.",
    methods=("exact computation",),
    page="regression_poisson",
)
def small_eps_shrink():
    gap, error = exact("poisson", SMALL_EPS)
    step = np.diff(gap, axis=0)
    return Finding(
        holds=bool((step < 0).all()),
        corrected=bool((step[1:] < 0).all() and step[0, 0] > 0),
        evidence=evidence(
            gap_at_eps_1_n_1=POISSON.first_gap(1.0),
            gap_at_eps_1_n_2=gap[1, 0],
            largest_step_from_n_2_on=step[1:].max(),
            error_of_the_exact_curves_at_most=error,
        ),
    )


@claim(
    "figure-2d-expands",
    place="Section 5, on Figure 2d",
    statement=r"With $\mathrm{Poisson}(5) + 1$ inputs and $\varepsilon = 7, \dots, 15$ the gap expands with more data.",
    found=r"From $n = 2$ on it does, towards a limit of 1: these attacks are above the threshold $\varepsilon_c \approx 6.83$. At $\varepsilon = 7$ it first falls, from $n = 1$ to $n = 2$.",
    methods=("exact computation",),
    page="regression_poisson",
)
def large_eps_expand():
    gap, error = exact("poisson", LARGE_EPS)
    step = np.diff(gap, axis=0)
    return Finding(
        holds=bool((step > 0).all()),
        corrected=bool((step[1:] > 0).all() and (gap[-1] > gap[0]).all()),
        evidence=evidence(
            gap_at_eps_7_n_1=gap[0, 0],
            gap_at_eps_7_n_2=gap[1, 0],
            smallest_step_from_n_2_on=step[1:].min(),
            error_of_the_exact_curves_at_most=error,
            limit=POISSON.limit(7.0), threshold=POISSON.threshold(),
        ),
    )


@claim(
    "increases-with-eps",
    place="Section 5, on Figures 2c and 2d",
    statement=r"For the same number of training points the gap increases with $\varepsilon$.",
    found="On the whole grid of the two figures.",
    methods=("exact computation",),
    page="regression_poisson",
)
def gap_increases_with_eps():
    gap, error = exact("poisson", np.concatenate([SMALL_EPS, LARGE_EPS]))
    step = np.diff(gap, axis=1)
    return Finding(
        holds=bool((step > -2 * error).all()),
        evidence=evidence(smallest_increase=step.min(), error_of_the_exact_curves_at_most=error),
    )


@claim(
    "eps-6-separates",
    place="Section 5, on Figures 2c and 2d",
    statement=r"$\varepsilon = 6$, the mean of the input, exactly separates the weak and the strong regime.",
    found=r"The threshold is $\varepsilon_c = w^*\mathbb E[x^2]/\mathbb E\lvert y\rvert \approx 6.83$. At $\varepsilon = 6.5$ the gap still shrinks; the printed grid, with nothing between 6 and 7, could not tell.",
    methods=("proof", "exact computation"),
    page="regression_poisson",
)
def eps_6_separates_the_regimes():
    gap, error = exact("poisson", [6.0, 6.5, 6.8], [2, 20])
    change = gap[1] - gap[0]
    threshold = POISSON.threshold()
    return Finding(
        holds=bool(abs(threshold - 6) < 0.01),
        evidence=evidence(
            threshold=threshold,
            change_of_the_gap_from_n_2_to_20_at_eps_65=change[1],
            change_of_the_gap_from_n_2_to_20_at_eps_68=change[2],
            limit_slope_at_eps_65=POISSON.limit_slope(6.5),
        ),
    )


@claim(
    "never-negative",
    place="Section 5, before Theorem 8",
    statement="With Poisson inputs a negative gap is never observed, even at $n = 1$.",
    found=r"None on the figures' grid if ties are broken towards 0. With the midpoint, which the published curves seem to use, $g_1 < 0$ at $\varepsilon = 1$.",
    methods=("exact computation",),
    page="regression_poisson",
)
def gap_is_never_negative_with_poisson_inputs():
    gap, error = exact("poisson", np.concatenate([SMALL_EPS, LARGE_EPS]))
    midpoint = POISSON.first_gap(SMALL_EPS, tie="midpoint")
    return Finding(
        holds=bool((gap > -error).all() and midpoint.min() >= 0),
        corrected=bool((gap > -error).all()),
        evidence=evidence(
            smallest_gap_ties_towards_0=max(gap.min(), 0.0),
            g_1_at_eps_1_with_the_midpoint=midpoint[0],
            error_of_the_exact_curves_at_most=error,
        ),
    )


@claim(
    "crowding",
    place="Section 5, after Figure 2",
    statement="The gap grows because more inputs lie closer together: always for the real line, and not under a weak attack for inputs at a distance of at least one.",
    found=r"Crowded Gaussian inputs shrink the gap under a weak attack, and spaced Poisson inputs expand it under a strong one. The threshold $\varepsilon_c$ explains both, without any distance between inputs.",
    methods=("proof", "exact computation"),
    page="phase_transition",
)
def crowding_explains_the_trend():
    crowded, error = exact("normal", [0.2], [14, 100])
    spaced, spaced_error = exact("poisson", [7.0], [2, 20])
    refuted = crowded[1, 0] < crowded[0, 0] - 2 * error and spaced[1, 0] > spaced[0, 0] + 2 * spaced_error
    return Finding(
        holds=not refuted,
        evidence=evidence(
            gaussian_inputs_eps_02_n_14=crowded[0, 0],
            gaussian_inputs_eps_02_n_100=crowded[1, 0],
            poisson_inputs_eps_7_n_2=spaced[0, 0],
            poisson_inputs_eps_7_n_20=spaced[1, 0],
        ),
    )


@claim(
    "theorem-8",
    place="Theorem 8",
    statement=r"With one training point, $\mathrm{Poisson}(\lambda) + 1$ inputs, unit noise and $\lvert w^*\rvert \ge 1$, the gap is non-negative, finite and increases with $\varepsilon$.",
    found=r"For ties broken towards 0, and if *increases* means *does not decrease*: the gap is a step function of $\varepsilon$, $\sum_{x\le\varepsilon} p(x)(w^{*2} - x^{-2})$ in units of $\mathbb E[x^2]$.",
    methods=("proof", "exact computation", "simulation"),
    page="regression_poisson",
)
def first_gap_with_poisson_inputs():
    eps = np.sort(np.concatenate([np.linspace(0.1, 20, 400), np.arange(1.0, 21.0)]))
    steps = [np.diff(RegressionModel(PoissonDesign(rate, 1), slope).first_gap(eps)) for rate, slope in ((5.0, 1.0), (0.5, -1.0), (2.0, 3.0))]
    gap = POISSON.first_gap(eps)
    sampled = estimate_gap(POISSON, 1, [2.5, 6.5], 40_000, SEED)
    agrees = np.abs(sampled.value[0] - POISSON.first_gap([2.5, 6.5])) < 4 * sampled.stderr[0]
    rounding = 1e-12
    weakly = all((step > -rounding).all() for step in steps)
    weakly &= gap.min() > -rounding and np.isfinite(gap).all()
    return Finding(
        holds=bool(weakly and all((step > 0).all() for step in steps)),
        corrected=bool(weakly and agrees.all()),
        evidence=evidence(
            g_1_at_eps_25=POISSON.first_gap(2.5), g_1_at_eps_29=POISSON.first_gap(2.9), g_1_at_eps_35=POISSON.first_gap(3.5)
        ),
    )


@claim(
    "conclusion-never-negative",
    place="Conclusion",
    statement="In the two classification models the gap is never negative.",
    found="Theorems 1(a) and 3(a), for both rules.",
    methods=("proof", "exact computation"),
    page="conclusion",
)
def classification_gap_is_never_negative():
    n, eps = np.arange(1, 200)[:, None], np.array([0.02, 0.2, 0.5, 1.0, 2.0])
    smallest = min(
        model.gap(n, eps, rule).min()
        for model in (GaussianModel([0.1, 1.0], 2.0), BernoulliModel([0.3, 1.0], 0.3))
        for rule in ("minimizer", "published")
    )
    return Finding(holds=bool(smallest > -1e-14), evidence=evidence(smallest_gap=max(smallest, 0.0)))


@claim(
    "conclusion-similar",
    place="Conclusion",
    statement="Linear regression behaves like the classification models.",
    found=r"More so than the paper could see: it has the same two regimes, separated by a threshold $\varepsilon_c$ that has a formula, and from that threshold on the limit is $w^{*2}$.",
    methods=("proof", "exact computation"),
    page="conclusion",
)
def regression_behaves_similarly():
    outcomes = []
    for design, model, n in (("normal", NORMAL, np.arange(5, 60)), ("poisson", POISSON, N[1:])):
        threshold = model.threshold()
        weak, error = exact(design, [0.25 * threshold], n)
        strong, _ = exact(design, [1.2 * threshold], n)
        outcomes.append(weak.max() - weak[-1, 0] > 2 * error and rises(strong[:, 0]))
    return Finding(
        holds=all(outcomes),
        sharpened=bool(NORMAL.limit_slope(0.99 * NORMAL.threshold()) > 0 == NORMAL.limit_slope(NORMAL.threshold())),
        evidence=evidence(threshold_gaussian=NORMAL.threshold(), threshold_poisson=POISSON.threshold()),
    )


@claim(
    "conclusion-unavoidable",
    place="Conclusion",
    statement="For existing adversarial training the loss of standard accuracy is provably unavoidable.",
    found="Proven for the two classification models. In regression with Gaussian inputs and little data the robust model is the better one on clean data: regularisation helps it.",
    methods=("proof", "exact computation"),
    page="conclusion",
)
def tradeoff_is_unavoidable():
    gap, error = exact("normal", [0.1, 0.5], [3, 5])
    return Finding(
        holds=not (gap[:, 0] < -error).any(),
        evidence=evidence(gap_at_eps_01_n_3=gap[0, 0], gap_at_eps_01_n_5=gap[1, 0]),
    )
