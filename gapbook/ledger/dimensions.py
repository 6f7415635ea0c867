"""Claims about linear regression in several coordinates, all of them this book's."""

import itertools

import numpy as np
from scipy.optimize import linprog
from scipy.special import ndtr

from gapbook.ledger.entries import claim, evidence
from gapbook.ledger.regression import chi_square_inverse
from gapbook.numbers import fixed
from gapsim.designs import NormalDesign
from gapsim.fits import robust_linear_model
from gapsim.linear import LinearModel
from gapsim.regression import RegressionModel
from gapsim.simulation import estimate_gap

SEED = 7
MEAN_SIZE = np.sqrt(2 / np.pi)
UNEQUAL = LinearModel([1.0, -0.8, 0.6, 0.4, 0.2], [1.0, 0.7, 1.0, 2.0, 1.0], 0.5)
EQUAL = LinearModel([1.0, 0.8, 0.6, 0.4, 0.2])


def population_loss(model, w, eps):
    """E(|r| + c)^2 of weights (..., d): the residual r is normal, c is what the attack costs."""
    s = np.sqrt((np.square(model.std) * (w - np.array(model.slope)) ** 2).sum(axis=-1) + model.noise**2)
    c = eps * np.abs(w).sum(axis=-1)
    return s**2 + 2 * MEAN_SIZE * s * c + c**2


lasso = claim(
    "dimensions-lasso",
    place="This book, on several coordinates",
    statement=(
        "With normal noise and normal inputs whose coordinates are independent, the robust model of unlimited data is a lasso: all"
        " coordinates are shrunk by one number over their variance, and become 0 one after the other, in the order of the"
        " signal, at attacks that have a closed form. The last is the threshold."
    ),
    page="dimensions",
    source="book",
)


@lasso.part(
    "least loss",
    "confirms",
    "No other weights that were tried, in every direction near and far, have a smaller expected robust loss.",
    ("proof", "exact computation"),
)
def lasso_has_the_least_loss():
    rng, excess = np.random.default_rng(SEED), []
    directions = rng.standard_normal((2000, UNEQUAL.d)) * 10.0 ** rng.uniform(-4, 0.5, (2000, 1))
    for eps in np.array([0.1, 0.4, 0.7, 0.95]) * UNEQUAL.threshold():
        w = UNEQUAL.limit_slope(eps)
        least = population_loss(UNEQUAL, w, eps)
        excess.append((population_loss(UNEQUAL, w + directions, eps) / least - 1).min())
    return min(excess) > -1e-13, evidence(weights_tried=4 * len(directions), attacks=4)


@lasso.part(
    "one after the other",
    "confirms",
    "Each coordinate is 0 just above its attack and not just below it, and the order is that of the signals.",
    ("proof", "exact computation"),
)
def coordinates_end_one_after_the_other():
    ends, signal = UNEQUAL.transitions(), np.square(UNEQUAL.std) * np.abs(UNEQUAL.slope)
    below, above = (np.diag(UNEQUAL.limit_slope(ends * factor)) for factor in (0.999, 1.001))
    ordered = (np.argsort(ends) == np.argsort(signal)).all()
    return bool((below != 0).all() and (above == 0).all() and ordered), evidence(
        attacks=", ".join(f"{eps:.3f}" for eps in np.sort(ends))
    )


infinite = claim(
    "dimensions-infinite",
    place="This book, on few points",
    statement=(
        r"With normal inputs in d dimensions, noise, and the shortest least-squares solution as the standard model, the gap"
        r" is $-\infty$ under every attack exactly for $n = d - 1$, $d$ and $d + 1$; Theorem 7 and its extension to two"
        " points are the case of one dimension."
    ),
    page="dimensions",
    source="book",
)


@infinite.part(
    "three sizes",
    "confirms",
    "The standard model's risk is infinite at these sizes alone, in one dimension at 1 and 2; the robust model's never is.",
    ("proof", "exact computation"),
)
def three_infinite_sizes():
    # The diagonal of the inverse that the risk is made of has copies of one over a chi-square, with |n - d| + 1 degrees of freedom.
    sizes, found = np.arange(1, 12), {}
    for d in (1, 2, 3, 5):
        moments = [[chi_square_inverse(abs(n - d) + 1, h) for h in (1e-100, 1e-50)] for n in sizes]
        found[d] = sizes[[far > 1.1 * near for far, near in moments]].tolist()
        stated = np.isinf(LinearModel(np.ones(d)).standard_risk(sizes))
        if not found[d] == sizes[stated].tolist() == [n for n in (d - 1, d, d + 1) if n >= 1]:
            return False, {}
    x, y = EQUAL.sample(EQUAL.d, SEED)
    w = robust_linear_model(x, y, 0.3)
    bounded = 0.09 * len(y) * np.abs(w).sum() ** 2 <= y @ y
    return bool(bounded), evidence(**{f"d_{d}": "n = " + ", ".join(map(str, where)) for d, where in found.items()})


@infinite.part(
    "elsewhere",
    "confirms",
    "At other sizes, on both sides, it has the closed form: simulated least squares agrees.",
    ("proof", "simulation"),
)
def standard_risk_elsewhere():
    rng, worst, sets = np.random.default_rng(SEED), 0.0, 4000
    for n, size in itertools.product((1, 3, 20, 30), (1.0, 0.1)):  # a small slope lets the noise's part be seen
        slope = size * np.linspace(-1, 2, 12)
        model = LinearModel(slope)
        x = rng.standard_normal((sets, n, model.d))
        y = x @ slope + rng.standard_normal((sets, n))
        loss = (((np.linalg.pinv(x) @ y[..., None])[..., 0] - slope) ** 2).sum(axis=1)
        worst = max(worst, abs(loss.mean() - model.standard_risk(n)) / loss.std() * np.sqrt(sets))
    return worst < 4, evidence(furthest_in_standard_errors=f"{worst:.2f}")


@infinite.part(
    "one point",
    "sharpens",
    "With one training point in five dimensions the gap is positive under an attack of 0.6 (observed).",
    ("observation", "simulation"),
)
def positive_with_one_point():
    found = estimate_gap(EQUAL, 1, 0.6, trials=400, rng=SEED)
    return found.value > 3 * found.stderr, evidence(
        gap_at_eps_06=fixed(found.value, 3), standard_error=fixed(found.stderr, 3)
    )


weak = claim(
    "dimensions-weak",
    place="This book, on weak attacks",
    statement=(
        r"With normal noise and normal inputs in d dimensions, and $n \ge d + 3$, the gap is negative for all sufficiently"
        " small attacks, whatever the true model."
    ),
    page="dimensions",
    source="book",
)


@weak.part(
    "simulated",
    "confirms",
    "A simulation in two dimensions agrees.",
    ("proof", "simulation"),
)
def weak_attack_helps_in_two_dimensions():
    found = estimate_gap(LinearModel([0.3, 0.1]), 10, 0.02, trials=500, rng=SEED)
    return found.value < -4 * found.stderr, evidence(gap=fixed(found.value, 4), standard_error=fixed(found.stderr, 4))


@weak.part(
    "three points",
    "sharpens",
    r"In one dimension it is so for $n = 3$ too, where the gap is of the order $\varepsilon\log\varepsilon$, with the"
    r" constant $6\sigma^2/\sqrt{2\pi}$.",
    ("proof", "exact computation"),
)
def weak_attack_helps_with_three_points():
    model, eps = RegressionModel(NormalDesign()), np.array([1e-3, 1e-4])
    ratio = model.gap(3, eps) / eps
    constant = (ratio[1] - ratio[0]) / np.log(eps[1] / eps[0])
    return bool((ratio < 0).all() and abs(constant - 6 / np.sqrt(2 * np.pi)) < 0.01), evidence(
        constant_from_exact_gaps=constant, stated=6 / np.sqrt(2 * np.pi)
    )


interpolation = claim(
    "dimensions-interpolation",
    place="This book, on fewer points than coordinates",
    statement=(
        r"With fewer points than coordinates the robust model under a weak attack is the interpolation of least $\ell_1$"
        " norm, and the gap need not vanish with the attack: with one point and three or more independent normal inputs of equal variance it stays positive."
    ),
    page="dimensions",
    source="book",
)


@interpolation.part(
    "least norm",
    "confirms",
    "A linear programme for the least norm finds the robust model's weights.",
    ("proof", "exact computation"),
)
def robust_model_has_the_least_norm():
    x, y = EQUAL.sample(2, SEED)
    w = robust_linear_model(x, y, 1e-2)
    split = linprog(np.ones(2 * EQUAL.d), A_eq=np.hstack([x, -x]), b_eq=y).x.reshape(2, -1)
    return bool(np.abs(w - split[0] + split[1]).max() < 1e-4), evidence(norm=f"{np.abs(split).sum():.3f}")


@interpolation.part(
    "does not vanish",
    "confirms",
    "With one point in six dimensions and a true model spread over all, the simulated gap at an attack of a thousandth is"
    " what is proven of the limit.",
    ("proof", "exact computation", "simulation"),
)
def gap_does_not_vanish():
    d, trials = 6, 1000
    found = estimate_gap(LinearModel(np.ones(d) / np.sqrt(d)), 1, 1e-3, trials=trials, rng=SEED)
    m = (np.arange(20_000) + 0.5) * 5e-4  # sizes of the largest input
    inside, bell = 2 * ndtr(m) - 1, MEAN_SIZE * np.exp(-m * m / 2)
    weight = 5e-4 * d * inside ** (d - 1) * bell / m**2
    limit = (1 - 1 / d) * weight @ (1 - m * bell / inside) + weight.sum() - 1 / (d - 2)
    # And many more of the fits that are its limit: the largest input alone, beside all in proportion.
    rng, truth, sets = np.random.default_rng(SEED), np.ones(d) / np.sqrt(d), 400_000
    x = rng.standard_normal((sets, d))
    y, place = x @ truth + rng.standard_normal(sets), np.abs(x).argmax(axis=1)
    alone, spread = np.zeros((sets, d)), x * (y / (x * x).sum(axis=1))[:, None]
    alone[np.arange(sets), place] = y / x[np.arange(sets), place]
    more = ((alone - truth) ** 2 - (spread - truth) ** 2).sum(axis=1)
    near = abs(more.mean() - limit) < 4 * more.std() / np.sqrt(sets)
    return bool(limit > 0 and near and abs(found.value - limit) < 4 * found.stderr), evidence(
        simulated=fixed(found.value, 3), standard_error=fixed(found.stderr, 3), limit=fixed(limit, 4),
        simulated_limit=f"{fixed(more.mean(), 4)} ± {fixed(2 * more.std() / np.sqrt(sets), 4)}",
    )
