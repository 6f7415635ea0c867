"""Claims about the Bernoulli model: Theorem 3, Corollary 4, equation (5), Figure 1b, section 4.3."""

import numpy as np

from gapsim.bernoulli import BernoulliModel
from gapbook.ledger.gaussian import bracket_published, rises
from gapbook.ledger.legacy import Finding, claim, evidence
from gapsim.gaussian import GaussianModel
from gapbook.published import published_points
from gapsim.simulation import estimate_gap

SEED = 2
TAUS = (0.1, 0.2, 0.5, 0.7)
EPS = 0.2  # Figure 1b, with theta = W = 1
N = np.arange(1, 151)


def figure_1b(tau):
    """The model of Figure 1b."""
    return BernoulliModel(1.0, tau)


def sign_changes(sequence):
    """How often a sequence changes between rising and falling."""
    direction = np.sign(np.diff(sequence))
    direction = direction[direction != 0]
    return int((np.diff(direction) != 0).sum())


@claim(
    "theorem-3a",
    place="Theorem 3(a)",
    statement="In the Bernoulli model the gap is never negative.",
    found="Each lattice point right of 0 is more likely than its mirror image. The gap is exactly 0 as long as no lattice point but 0 lies within the attack.",
    methods=("proof", "exact computation", "simulation"),
    page="bernoulli",
)
def gap_is_never_negative():
    model = BernoulliModel([0.3, 1.0, 0.0], 0.4, bound=2.0)
    eps = [0.06, 0.12, 0.3, 0.4, 0.8, 1.5]
    exact = model.gap(np.arange(1, 400)[:, None], eps, "published")
    sampled = estimate_gap(model, [2, 5, 25], eps, 4000, SEED, "published")
    error = np.abs(sampled.value - exact[[1, 4, 24]])
    return Finding(
        holds=bool(exact.min() > -1e-14 and (error <= 4.5 * sampled.stderr + 1e-12).all()),
        evidence=evidence(
            smallest_exact_gap=max(exact.min(), 0.0),
            largest_distance_of_the_simulation=error.max(),
            its_largest_standard_error=sampled.stderr.max(),
        ),
    )


@claim(
    "theorem-3b",
    place="Theorem 3(b)",
    statement=r"As $n \to \infty$ the gap tends to $2W\tau\sum_j \theta(j) H(\varepsilon/(\theta(j)\tau) - 1)$.",
    found="Right for the published rule; half of it for the minimiser of the paper's equation (2), which the theorem names.",
    methods=("proof", "exact computation"),
    page="bernoulli",
)
def limit_of_the_gap():
    model = BernoulliModel([0.5, 1.0], 0.4, bound=1.5)
    eps = np.array([0.1, 0.2, 0.3, 0.4, 0.9])
    stated = 2 * model.bound * (np.heaviside(np.round(eps[:, None] / model.class_mean - 1, 12), 0.5) @ model.class_mean)
    large = 10**7
    rule, minimizer = (model.gap(large, eps, rule) for rule in ("published", "minimizer"))
    close = 2e-3  # what is left at eps = theta tau decays like 1/sqrt(n)
    return Finding(
        holds=bool(np.abs(minimizer - stated).max() < close),
        corrected=bool(
            np.abs(rule - stated).max() < close and np.abs(minimizer - stated / 2).max() < close
        ),
        evidence=evidence(
            n=large,
            distance_of_the_published_rule_from_the_stated_limit=np.abs(rule - stated).max(),
            ratio_of_the_definitions_gap_to_the_stated_limit=minimizer[-1] / stated[-1],
        ),
    )


@claim(
    "theorem-3-strip",
    place="Theorem 3, the strip",
    statement=r"The gap stays within $8C_0W\tau\lVert\theta\rVert_1(1+\tau^2)/\sqrt{n(1-\tau^2)}$ of a smooth centre $s_n$.",
    found="It does, with much room, and the minimiser's gap within half of that.",
    methods=("proof", "exact computation"),
    page="bernoulli",
)
def gap_stays_in_its_strip():
    n = np.arange(1, 2001)
    worst, worst_half = 0.0, 0.0
    for tau in (0.02, 0.1, 0.2, 0.5, 0.7, 0.9, 0.99):
        model = BernoulliModel([1.0, 0.3], tau, bound=2.0)
        stated = model.strip_halfwidth(n, "published")
        for eps in (0.02, 0.06, 0.2, 0.5, 1.0):
            distance = np.abs(model.gap(n, eps, "published") - model.strip_center(n, eps, "published"))
            worst = max(worst, (distance / stated).max())
            distance = np.abs(model.gap(n, eps) - model.strip_center(n, eps))
            worst_half = max(worst_half, (distance / (stated / 2)).max())
    return Finding(
        holds=bool(worst <= 1),
        sharpened=bool(worst_half <= 1 and worst < 0.5),
        evidence=evidence(worst_ratio_of_distance_to_bound=worst, largest_n=n[-1]),
    )


@claim(
    "theorem-3c",
    place="Theorem 3(c)",
    statement=r"For $\varepsilon/\tau$ below every positive $\theta(j)$ the strip centre increases up to a first bound and decreases from a second on, with $\max\{\tfrac32, 2L\}$ and $K_0 + 2L$ times $\tau^{-2} - 1$.",
    found=r"As in the Gaussian model: the turning point of each coordinate's centre is exact, $K_0 = 3$, and the first bound rises to $\max\{3, 2L + 2\log2\}$.",
    methods=("proof", "exact computation"),
    page="bernoulli",
)
def weak_attack_rises_then_falls():
    model = BernoulliModel([0.5, 1.0], 0.3)
    holds = exact = True
    for eps in (0.02, 0.08, 0.14):
        low, high = bracket_published(eps, model.gaussian)
        n = np.arange(1, int(high) + 100)
        slope = np.diff(model.strip_center(n, eps, "published"))
        holds &= bool((slope[n[1:] < low] > 0).all() and (slope[n[:-1] >= high] < 0).all())
        for theta in model.theta:
            alone = BernoulliModel(theta, model.tau)
            turn = alone.turning_point(eps).item()
            slope = np.diff(alone.strip_center(n, eps))
            exact &= bool((slope[n[1:] <= turn] > 0).all() and (slope[n[:-1] >= turn] < 0).all())
            log = -np.log1p(-eps / (theta * model.tau))
            time = turn / (1 / model.tau**2 - 1)
            exact &= bool(max(3, 2 * log + 2 * np.log(2)) <= time * (1 + 1e-12) and time <= 3 + 2 * log)
    return Finding(
        holds=holds,
        sharpened=exact,
        evidence=evidence(published_first_bound=low, published_second_bound_with_K0_3=high, exact_turning_points=", ".join(
            f"{turn:.2f}" for turn in model.turning_point(0.14))),
    )


@claim(
    "theorem-3d",
    place="Theorem 3(d)",
    statement=r"For $\varepsilon/\tau$ at least $\lVert\theta\rVert_\infty$ the strip centre increases for all $n$.",
    found="So it does, equality included.",
    methods=("proof", "exact computation"),
    page="bernoulli",
)
def strong_attack_always_rises():
    model = BernoulliModel([0.5, 1.0], 0.2)
    n = np.arange(1, 301)
    smallest = min(np.diff(model.strip_center(n, eps, "published")).min() for eps in (0.2, 0.25, 0.5))
    return Finding(
        holds=bool(smallest > 0), evidence=evidence(smallest_increment=smallest, largest_n=n[-1])
    )


@claim(
    "corollary-4",
    place="Corollary 4",
    statement=r"With equal coordinates the limit is $0$, $\tau d\theta_0$ or $2\tau d\theta_0$ for $\varepsilon$ below, at or above $\theta_0\tau$; the centre rises and falls below, and only rises from equality on.",
    found="The shape is right; the definitions give half of each limit.",
    methods=("proof", "exact computation"),
    page="bernoulli",
)
def equal_coordinates():
    d, theta, tau = 3, 0.5, 0.4
    model = BernoulliModel(d * [theta], tau)
    eps = np.array([0.1, 0.2, 0.3])
    stated = tau * d * theta * np.array([0.0, 1.0, 2.0])
    n = np.arange(1, 120)
    low, high = bracket_published(eps[0], model.gaussian)
    slope = np.diff(model.strip_center(n, eps[0]))
    shape = (slope[n[1:] < low] > 0).all() and (slope[n[:-1] >= high] < 0).all()
    shape &= rises(model.strip_center(n, eps[1])) and rises(model.strip_center(n, eps[2]))
    rule, definitions = (model.gap(10**7, eps, rule) for rule in ("published", "minimizer"))
    return Finding(
        holds=bool(shape and np.abs(definitions - stated).max() < 1e-3),
        corrected=bool(
            shape and np.abs(rule - stated).max() < 1e-3 and np.abs(definitions - stated / 2).max() < 1e-3
        ),
        evidence=evidence(stated_limit_above=stated[2], published_rule=rule[2], definitions=definitions[2]),
    )


@claim(
    "equation-5",
    place="Equation (5)",
    statement=r"In the weak regime the critical point is of order $(\tau^{-2} - 1)\log\frac{1}{1-\varepsilon/(\theta_0\tau)}$.",
    found=r"Not for small $\varepsilon$, where the logarithm vanishes and the critical point tends to $3(\tau^{-2}-1)$. Right is $1 + \log\frac{1}{1-\varepsilon/(\theta_0\tau)}$.",
    methods=("proof", "exact computation"),
    page="bernoulli",
)
def order_of_the_critical_point():
    model = BernoulliModel(1.0, 0.5)
    rho = np.concatenate([np.geomspace(1e-9, 0.5, 60), 1 - np.geomspace(1e-6, 0.49, 60)[::-1]])
    log = -np.log1p(-rho)
    duration = model.turning_point(rho * 0.5)[:, 0] / 3
    ratio, mended = duration / log, duration / (1 + log)
    return Finding(
        holds=bool(ratio.max() < 100 * ratio.min()),
        corrected=bool(mended.max() <= 3.01 and mended.min() >= 1.5),
        evidence=evidence(
            critical_point_over_log_at_its_largest=ratio.max(),
            critical_point_over_1_plus_log_at_its_smallest=mended.min(),
            critical_point_over_1_plus_log_at_its_largest=mended.max(),
        ),
    )


@claim(
    "figure-1b-oscillation",
    place="Figure 1b",
    statement=r"The gap oscillates around the strip centre, which has the trend: rising for $\tau = 0.1, 0.2$, rising and then falling for $\tau = 0.5, 0.7$.",
    found=r"All four gaps oscillate, as the lattice of the signal moves past $0$ and $\pm\varepsilon$; the centres have the stated trends.",
    methods=("exact computation",),
    page="bernoulli",
)
def gap_oscillates_around_its_centre():
    centers = {tau: figure_1b(tau).strip_center(N, EPS) for tau in TAUS}
    gaps = {tau: figure_1b(tau).gap(N, EPS) for tau in TAUS}
    turns = {tau: sign_changes(gaps[tau][:60]) for tau in TAUS}
    crosses = all((gaps[tau] > centers[tau]).any() and (gaps[tau] < centers[tau]).any() for tau in TAUS)
    trends = all(rises(centers[tau]) for tau in (0.1, 0.2)) and all(
        sign_changes(centers[tau]) == 1 for tau in (0.5, 0.7)
    )
    return Finding(
        holds=bool(crosses and trends and min(turns.values()) >= 10),
        evidence=evidence(**{
            f"changes_of_direction_up_to_n_60_at_tau_{tau}": turns[tau] for tau in TAUS
        }),
    )


@claim(
    "figure-1b-limits",
    place="Figure 1b and the text after (5)",
    statement=r"The curves follow the limits of (4): zero in the weak regime, positive and proportional to $\tau$ in the strong one.",
    found=r"Zero is right, and the digitised losses are those of the published rule. Proportional to $\tau$ only above $\theta_0\tau$: at $\tau = 0.2$, where $\varepsilon = \theta_0\tau$, the limit is half as large as the factor 2 of $\tau = 0.1$ would give, so the two limits are equal.",
    methods=("exact computation",),
    page="bernoulli",
)
def figure_1b_follows_its_limits():
    limit = {tau: figure_1b(tau).limit(EPS, "published") for tau in TAUS}
    zero = limit[0.5] == limit[0.7] == 0
    distance = {"minimizer": 0.0, "published": 0.0}
    for tau, (n, loss) in published_points("1b").items():
        late = n > 30  # before, the line's thickness blurs the teeth
        model = figure_1b(tau)
        # With eps beyond every signal the minimiser's weight is 0, so this gap is the margin of w_std.
        margin = model.gap(n[late], 2.0)
        for rule in distance:
            off = model.gap(n[late], EPS, rule) - margin - loss[late]
            distance[rule] = max(distance[rule], np.sqrt(np.mean(off**2)))
    drawn = distance["published"] < 0.01 < 0.05 < distance["minimizer"]
    proportional = bool(np.isclose(limit[0.2], 2 * limit[0.1]))
    strong = BernoulliModel(1.0, 0.05).limit(EPS, "published")
    return Finding(
        holds=bool(zero and drawn and proportional),
        corrected=bool(zero and drawn and np.isclose(limit[0.1], 2 * strong) and limit[0.2] > 0),
        evidence=evidence(
            limit_at_tau_01=limit[0.1],
            limit_at_tau_02=limit[0.2],
            RMS_distance_of_the_digitised_losses_from_the_published_rule=distance["published"],
            RMS_distance_from_the_definitions=distance["minimizer"],
        ),
    )


@claim(
    "one-ratio",
    place="Section 4.3",
    statement=r"In both models the length of the increasing stage is governed by the ratio of $\varepsilon$ to the mean of the positive class, and is long if the ratio is large.",
    found=r"In units of the noise the two lengths are one function of that ratio, and it is increasing.",
    methods=("proof", "exact computation"),
    page="discussion",
)
def one_ratio_governs_both_models():
    rho = np.linspace(0.05, 0.95, 19)
    gaussian = GaussianModel(0.7, 2.0).turning_point(rho * 0.7)[:, 0] / (2.0 / 0.7) ** 2
    bernoulli = BernoulliModel(1.5, 0.4).turning_point(rho * 0.6)[:, 0] / (1 / 0.4**2 - 1)
    return Finding(
        holds=bool(np.allclose(gaussian, bernoulli, rtol=1e-9) and rises(gaussian)),
        evidence=evidence(
            largest_relative_difference=float(f"{np.abs(gaussian / bernoulli - 1).max():.0e}"),
            length_in_units_of_the_noise_at_ratio_005=gaussian[0],
            length_in_units_of_the_noise_at_ratio_095=gaussian[-1],
        ),
    )
