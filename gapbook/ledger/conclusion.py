"""Claims of the paper's Conclusion about adversarial training in general."""

import numpy as np

from gapbook.ledger.classifiers import MORE_ACCURATE
from gapbook.numbers import below
from gapbook.ledger.entries import claim, evidence
from gapsim.bernoulli import BernoulliModel
from gapsim.designs import NormalDesign
from gapsim.fits import robust_slope
from gapsim.gaussian import GaussianModel
from gapsim.regression import RegressionModel
from gapsim.simulation import estimate_gap

SEED = 6

entry = claim(
    "conclusion-never-negative",
    place="Conclusion",
    statement="For the two classification models the gap is always non-negative.",
    page="conclusion",
)


@entry.part(
    "both models", "confirms", "Theorems 1(a) and 3(a), in expectation and for the linear loss.",
    ("proof", "exact computation"),
)
def classification_gap_is_never_negative():
    n, eps = np.arange(1, 200)[:, None], np.array([0.02, 0.2, 0.5, 1.0, 2.0])
    smallest = min(
        model.gap(n, eps).min() for model in (GaussianModel([0.1, 1.0], 2.0), BernoulliModel([0.3, 1.0], 0.3))
    )
    return bool(smallest > -1e-14), evidence(gap_below_0_by=below(min(smallest, 0.0), 1e-14, "markdown"))


@entry.part("both rules", "confirms", "For either rule, with trained classifiers.", ("proof", "simulation"))
def trained_gap_is_never_negative():
    found = [
        estimate_gap(model, [1, 5, 25], [0.1, 0.5, 2.0], trials=4000, rng=SEED + k, rule=rule)
        for model in (GaussianModel(1.0, 2.0), BernoulliModel(1.0, 0.3)) for k, rule in enumerate(("minimizer", "published"))
    ]
    above = all((estimate.value >= -4.5 * estimate.stderr).all() for estimate in found)
    smallest = min((estimate.value / np.maximum(estimate.stderr, 1e-12)).min() for estimate in found)
    return above, evidence(smallest_simulated_gap_in_standard_errors=smallest)


entry = claim(
    "conclusion-unavoidable",
    place="Conclusion",
    statement=(
        "The trade-off between robustness and accuracy on unperturbed test sets is provably unavoidable for existing "
        "adversarial training frameworks."
    ),
    page="conclusion",
    cause="linear-loss",
)


@entry.part(
    "what is proven", "confirms",
    "Proven is this: in two classification models the expected linear loss of the robust classifier is never the "
    "smaller one.",
    ("proof", "exact computation"),
)
def linear_loss_is_lost():
    n, eps = np.arange(1, 101)[:, None], np.array([0.05, 0.5, 0.95, 1.5])
    gap, lattice = GaussianModel(1.0, 2.0).gap(n, eps), BernoulliModel(1.0, 0.3).gap(n, eps)
    # Below the first point of its lattice a Bernoulli gap is 0.
    return bool(gap.min() > 0 and lattice.min() > -1e-14), evidence(
        smallest_gaussian_gap_up_to_n_100=gap.min(), smallest_bernoulli_gap=lattice.min()
    )


@entry.part(
    "accuracy", "corrects",
    "It is not so for accuracy, the share of right answers: with two coordinates and few data the robust minimiser "
    "of the same model can be the more accurate classifier. (In the Gaussian model the published rule never is, on average.)",
    ("exact computation",),
)
def accuracy_can_be_gained():
    lost = {d: GaussianModel(d * [1.0], 2.0).accuracy_gap(n, eps) for d, eps, n in MORE_ACCURATE}
    return max(lost.values()) < 0, evidence(
        **{f"accuracy_of_standard_minus_robust_with_{d}_coordinates": f"{value:.4f}" for d, value in lost.items()}
    )


@entry.part(
    "regression", "corrects",
    "It is not so for regression with Gaussian inputs and little data: with one point or two the robust model always has "
    "the smaller expected loss on clean data, with a few more under a weak enough attack, because the attack regularises.",
    ("proof", "exact computation", "simulation"),
)
def regression_can_gain():
    model = RegressionModel(NormalDesign())
    gap, error = model.gap(np.array([3, 5]), 0.1, full_output=True)
    # Without the closed form that `estimate_gap` has in it: least squares has the risk 1/(n - 2).
    x, y = (values.reshape(100_000, 5) for values in model.sample(500_000, SEED))
    loss = (robust_slope(x, y, 0.1) - 1) ** 2
    reach = 3.3 * loss.std() / np.sqrt(len(loss))
    low, high = loss.mean() - 1 / 3 - reach, loss.mean() - 1 / 3 + reach
    always = np.isneginf(model.gap(np.array([[1], [2]]), np.array([0.05, 0.5, 1.0, 2.0]))).all()
    return bool(always and (gap < -error).all() and low < gap[1] < high), evidence(
        gap_at_eps_01_n_3=gap[0], gap_at_eps_01_n_5=gap[1], simulated_at_n_5=f"{low:.4f} to {high:.4f}"
    )
