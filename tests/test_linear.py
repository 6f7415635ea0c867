"""Linear regression in several coordinates, against solvers, integrals, and simulations that share no code with it."""

import math

import cvxpy as cp
import numpy as np
import pytest
from scipy import integrate, optimize, stats

from gapsim import LinearModel, NormalDesign, RegressionModel, estimate_gap, robust_linear_model
from gapsim.fits import linear_models

MEAN_SIZE = math.sqrt(2 / math.pi)
MODELS = [
    LinearModel(1.0), LinearModel(-0.3, 2.0, 0.1), LinearModel([1.0, 0.5]), LinearModel([1.0, 1.0, -1.0], 1.0, 3.0),
    LinearModel([0.2, -3.0, 0.0, 1.0], [2.0, 0.3, 1.0, 1.0], 0.05), LinearModel(np.linspace(-1, 2, 7), np.linspace(0.1, 3, 7)),
]


def population_loss(model, w, eps):
    """E(|y - <w, x>| + eps ||w||_1)^2 by quadrature over the residual."""
    s = math.sqrt(np.sum((np.array(model.std) * (w - np.array(model.slope))) ** 2) + model.noise**2)
    c = eps * np.abs(w).sum()
    return 2 * integrate.quad(lambda r: (r + c) ** 2 * stats.norm.pdf(r, scale=s), 0, 40 * s, points=[s, 3 * s])[0]


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_the_limit_is_the_minimiser_of_a_convex_solver(model):
    # Two residuals s a and s b have the two moments of |N(0, s^2)| that the loss consists of.
    a, b = MEAN_SIZE - math.sqrt(1 - MEAN_SIZE**2), MEAN_SIZE + math.sqrt(1 - MEAN_SIZE**2)
    for share in (0.01, 0.3, 0.6, 0.9, 0.99):
        eps = share * model.threshold()
        w = cp.Variable(model.d)
        shift = cp.multiply(np.array(model.std), w - np.array(model.slope))
        s, c = cp.norm(cp.hstack([shift, model.noise])), eps * cp.norm1(w)
        loss = cp.norm(cp.hstack([a * s + c, b * s + c]))
        cp.Problem(cp.Minimize(loss)).solve(solver=cp.CLARABEL)
        assert model.limit_slope(eps) == pytest.approx(w.value, abs=2e-4 * max(map(abs, model.slope)))
        weighted = np.square(model.std) @ (w.value - np.array(model.slope)) ** 2
        assert model.limit(eps) == pytest.approx(weighted, rel=5e-3, abs=1e-4)


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_nothing_near_the_limit_or_far_from_it_has_a_smaller_loss(model):
    rng = np.random.default_rng(1)
    for share in (0.2, 0.8, 1.0, 1.5):
        eps = share * model.threshold()
        best = model.limit_slope(eps)
        least = population_loss(model, best, eps)
        for size in (1e-3, 0.1, 1.0):
            for _ in range(5):
                assert population_loss(model, best + size * rng.standard_normal(model.d), eps) >= least * (1 - 1e-9)


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_each_coordinate_ends_at_its_transition_and_the_last_is_the_threshold(model):
    slope, std = np.array(model.slope), np.array(model.std)
    ends = model.transitions()
    assert ends[slope == 0].tolist() == [0.0] * (slope == 0).sum()
    for j in np.flatnonzero(slope):
        before, after = model.limit_slope([(1 - 1e-6) * ends[j], (1 + 1e-6) * ends[j]])[:, j]
        assert before * slope[j] > 0 and after == 0
    signal = std**2 * np.abs(slope)
    assert (np.argsort(ends, kind="stable") == np.argsort(signal, kind="stable")).all()
    spread = math.sqrt(std**2 @ slope**2 + model.noise**2)
    assert model.threshold() == pytest.approx(signal.max() / (MEAN_SIZE * spread), rel=1e-12)
    assert model.limit(model.threshold()) == pytest.approx(std**2 @ slope**2, rel=1e-12)


def test_the_limit_increases_up_to_the_threshold():
    for model in MODELS:
        limit = model.limit(np.linspace(0, 1, 60) * model.threshold())
        assert limit[0] == 0 and (np.diff(limit) > 0).all()
        assert model.limit(2 * model.threshold()) == model.limit(1e6) == pytest.approx(limit[-1])


@pytest.mark.parametrize("slope, noise", [(1.0, 1.0), (-2.0, 0.3), (0.0, 1.0)])
def test_one_coordinate_is_the_regression_model(slope, noise):
    one, other = LinearModel(slope, 1.0, noise), RegressionModel(NormalDesign(), slope, noise)
    eps = np.array([0.0, 0.05, 0.4, 0.8, 1.2, 3.0])
    assert one.threshold() == pytest.approx(other.threshold(), rel=1e-9)
    assert one.limit_slope(eps)[:, 0] == pytest.approx(other.limit_slope(eps), abs=1e-9)
    assert one.standard_risk([1, 2, 3, 40]) == pytest.approx(other.standard_risk([1, 2, 3, 40]))
    n = [3, 6, 9, 12]
    sampled = estimate_gap(one, n, [0.1, 0.9], trials=20_000, rng=2)
    assert (np.abs(sampled.value - other.gap(np.array(n)[:, None], [0.1, 0.9])) < 4.5 * sampled.stderr).all()


@pytest.mark.parametrize("d, std", [(1, 1.0), (2, 3.0), (5, 1.0), (12, 0.5)])
def test_standard_risk_is_the_mean_of_the_shortest_least_squares_fit(d, std):
    slope = np.linspace(-1, 2, d)
    model, rng = LinearModel(slope, std, 0.7), np.random.default_rng(d)
    for n in {n for n in (1, 2, 4, d - 8, d + 8, d + 20) if 1 <= n <= d - 8 or n >= d + 8}:
        x = std * rng.standard_normal((4000, n, d))
        y = x @ slope + 0.7 * rng.standard_normal((4000, n))
        w = (np.linalg.pinv(x) @ y[..., None])[..., 0]
        loss = std**2 * ((w - slope) ** 2).sum(axis=1)
        assert abs(loss.mean() - model.standard_risk(n)) < 4.5 * loss.std() / math.sqrt(4000), (n, d)


def test_standard_risk_is_infinite_at_three_sizes():
    for d in (1, 2, 3, 6):
        sizes = np.arange(1, d + 20)
        infinite = sizes[np.isinf(LinearModel(np.ones(d)).standard_risk(sizes))]
        assert infinite.tolist() == [n for n in (d - 1, d, d + 1) if n >= 1]
        # It hangs on the mean of 1/chi^2 with |n - d| + 1 degrees of freedom, which diverges at 0 for 1 and 2.
        for n in sizes:
            law = stats.chi2(abs(n - d) + 1)
            ends = [integrate.quad(lambda log: law.pdf(np.exp(log)), -k * np.log(10), 0)[0] for k in (2, 4, 6)]
            assert (ends[2] - ends[1] > 0.5 * (ends[1] - ends[0]) + 1e-9) == (n in infinite)


def test_the_smallest_squared_distance_to_the_other_columns_is_chi_square():
    """The one fact about Gaussian matrices that the infinite sizes rest on."""
    x = np.random.default_rng(3).standard_normal((3000, 7, 4))
    assert stats.kstest(1 / np.linalg.inv(x.swapaxes(1, 2) @ x)[:, 2, 2], stats.chi2(4).cdf).pvalue > 1e-3


def test_unequal_inputs_have_no_closed_form_below_the_infinite_sizes():
    model = LinearModel(1.0, [1.0, 1.0, 1.0, 2.0])
    assert np.isinf(model.standard_risk([3, 4, 5])).all() and model.standard_risk(6) == 4
    for call in (model.standard_risk, lambda n: estimate_gap(model, n, 0.5, trials=10, rng=1)):
        with pytest.raises(ValueError, match="^n must be at least d - 1 = 3 where the inputs differ in std, got"):
            call(2)


def test_a_dataset_gap_is_the_loss_of_its_own_fit():
    model, n, eps = LinearModel([1.0, -0.5], [1.0, 2.0]), np.array([1, 4, 5, 11]), np.array([0.0, 0.2, 1.0])
    gaps = model.dataset_gaps(n, eps, 30, np.random.default_rng(4), "minimizer")
    assert (gaps[:, :, 0] == 0).all() and np.isneginf(gaps[:, 0, 1:]).all()
    x, y = model.sample(30 * 11, np.random.default_rng(4))
    for trial, (inputs, labels) in enumerate(zip(x.reshape(30, 11, 2), y.reshape(30, 11))):
        for k, size in enumerate(n[1:], 1):
            least = np.linalg.lstsq(inputs[:size], labels[:size])[0]
            standard = ((least - [1, -0.5]) ** 2) @ [1, 4] if size >= 10 else 2 / (size - 3)
            for m in (1, 2):
                w = robust_linear_model(inputs[:size], labels[:size], eps[m])
                assert gaps[trial, k, m] == pytest.approx(((w - [1, -0.5]) ** 2) @ [1, 4] - standard, abs=2e-4)
    with pytest.raises(ValueError, match="^rule must be 'minimizer'"):
        estimate_gap(model, 5, 0.5, trials=10, rng=1, rule="published")


@pytest.mark.parametrize("n, d", [(1, 3), (3, 2), (5, 5), (30, 4)])
def test_many_training_sets_are_fitted_as_each_alone(n, d):
    rng = np.random.default_rng(n)
    x = rng.standard_normal((40, n, d)) * 10.0 ** rng.integers(-3, 4, (40, 1, 1))
    y = x.sum(axis=2) + rng.standard_normal((40, n))
    y[7] = 0
    for eps in (0.0, 0.1, 1.0):
        together = linear_models(x, y, eps)
        alone = np.array([robust_linear_model(*pair, eps) for pair in zip(x, y)])
        unit = np.abs(y).max(axis=1) / np.abs(x).max(axis=(1, 2)) + 1e-300
        assert (np.abs(together - alone).max(axis=1) <= 1e-4 * unit).all()

        def loss(w):
            return ((np.abs(y - np.einsum("snd,sd->sn", x, w)) + eps * np.abs(w).sum(axis=1)[:, None]) ** 2).sum(axis=1)

        assert (loss(together) <= loss(alone) * (1 + 1e-6) + 1e-12 * loss(0 * alone)).all()


def test_far_out_the_gap_is_its_limit():
    model = LinearModel([1.0, 0.4, -0.2])
    eps = np.array([0.2, 0.6, 1.5])
    sampled = estimate_gap(model, 600, eps, trials=60, rng=5)
    assert np.abs(sampled.value - model.limit(eps)).max() < 4.5 * sampled.stderr.max() + 0.01


def test_a_weak_attack_helps_as_its_derivative_says():
    """Given the inputs, the derivative at 0 of the risk, by fits with attacks so weak that it is seen."""
    rng = np.random.default_rng(6)
    x, slope, noise, eps = rng.standard_normal((6, 2)), np.array([0.3, -0.1]), 1.0, 1e-3
    inverse = np.linalg.inv(x.T @ x)
    s = noise * np.sqrt(np.diag(inverse))
    lost = np.sqrt(1 - np.einsum("ni,ij,nj->n", x, inverse, x)).sum()
    derivative = -4 * MEAN_SIZE * noise**3 * (stats.norm.pdf(slope / s) / s) @ np.diag(inverse @ inverse) * lost
    y = x @ slope + noise * rng.standard_normal((4000, 6))
    least = y @ x @ inverse

    def fit(labels, start):
        # Where the signs of the weights and residuals do not change the robust fit solves a linear system.
        sign, side = np.sign(start), np.sign(labels - x @ start)
        rows = x - eps * np.outer(side, sign)
        return np.linalg.solve(rows.T @ rows, rows.T @ labels)

    robust = np.array([fit(*pair) for pair in zip(y, least)])
    same = (np.sign(robust) == np.sign(least)).all(1) & (np.sign(y - robust @ x.T) == np.sign(y - least @ x.T)).all(1)
    robust[~same] = linear_models(np.broadcast_to(x, (y.shape[0], *x.shape))[~same], y[~same], eps)
    change = (((robust - slope) ** 2).sum(axis=1) - ((least - slope) ** 2).sum(axis=1)) / eps
    assert derivative < 0
    assert abs(change.mean() - derivative) < 4.5 * change.std() / math.sqrt(len(y)) + 0.02 * abs(derivative)


@pytest.mark.parametrize("name, value", [
    ("slope", np.inf), ("slope", "1"), ("slope", []), ("slope", [[1.0]]), ("std", 0.0), ("std", -1.0), ("noise", 0.0),
    ("noise", [1.0, 1.0]), ("slope and std", None),
])
def test_bad_parameters_are_named(name, value):
    given = {"slope": [1.0, 2.0], "std": [1.0, 1.0, 1.0]} if value is None else {"slope": 1.0, name: value}
    with pytest.raises(ValueError, match=f"^{name} must "):
        LinearModel(**given)


def test_bad_arguments_are_named():
    model = LinearModel([1.0, 2.0])
    for call, name in ((model.limit, "eps"), (model.limit_slope, "eps"), (model.standard_risk, "n")):
        with pytest.raises(ValueError, match=f"^{name} must"):
            call(-1)
    with pytest.raises(ValueError, match="^n must"):
        model.sample(0, 1)


def test_the_loss_is_the_squared_one():
    estimate = estimate_gap(LinearModel([1.0]), 10, 0.5, trials=100, rng=1, loss="squared")
    assert estimate.loss == "squared" == estimate_gap(LinearModel([1.0]), 10, 0.5, trials=100, rng=1).loss
    with pytest.raises(ValueError, match="^loss must be 'squared', got 'linear'$"):
        estimate_gap(LinearModel([1.0]), 10, 0.5, trials=100, rng=1, loss="linear")


def test_models_are_equal_by_value_and_written_as_they_are_made():
    model = LinearModel([1.0, 2.0], 1.0, 0.5)
    assert model == LinearModel(np.array([1, 2]), [1.0, 1.0], 0.5) and hash(model) == hash(eval(repr(model)))
    x, y = model.sample(100_000, 1)
    assert np.cov(x.T, bias=True) == pytest.approx(np.eye(2), abs=0.02) and (y - x @ [1, 2]).std() == pytest.approx(0.5, 0.02)


def test_a_smooth_optimiser_finds_the_same_limit():
    model = MODELS[2]
    for eps in (0.2, 0.4):
        found = optimize.minimize(lambda w: population_loss(model, w, eps), model.slope, method="Nelder-Mead",
                                  options={"xatol": 1e-8, "fatol": 1e-14, "maxiter": 4000})
        assert model.limit_slope(eps) == pytest.approx(found.x, abs=1e-5)


def test_the_range_is_that_in_which_squares_and_their_ratios_are_floats():
    for slope, std, noise, name in (
        (1.0, 1.0, 1e-170, "noise"), (1.0, 1.0, 1e160, "noise"), (1e200, 1.0, 1.0, "slope"), (1.0, 1e-200, 1.0, "std"),
        (1.0, 1e40, 1e20, "std"),
    ):
        with pytest.raises(ValueError, match=f"^{name} must be "):
            LinearModel(slope, std, noise)
    for slope, std, noise in ((1e70, 1e-35, 1e6), (1e30, 1e35, 1e70), (1e-70, 1e-35, 1e-120), (0.0, 1.0, 1e-70)):
        model = LinearModel(slope, std, noise)
        assert np.isfinite([model.threshold(), model.limit(0.5 * model.threshold()), model.limit(1e-200), model.standard_risk(9)]).all()
    assert LinearModel([1.0, 0.5]).limit_slope(1e-200) == pytest.approx([1.0, 0.5], rel=1e-12)


@pytest.mark.parametrize("unit", [-600, 200])
def test_limits_follow_the_unit_of_the_labels(unit):
    """In which no square need be a float."""
    for of in (lambda unit: LinearModel([unit, 0.5 * unit], [1.0, 3.0], unit), lambda unit: RegressionModel(NormalDesign(), unit, unit)):
        one, other = of(1.0), of(2.0**unit)
        assert other.threshold() == pytest.approx(one.threshold(), rel=1e-14)
        for eps in (0.2, 0.6):
            np.testing.assert_allclose(other.limit_slope(eps), np.ldexp(one.limit_slope(eps), unit), rtol=1e-12)
    assert RegressionModel(NormalDesign(), 2.0**-200, 2.0**-200).correction(0.3) == pytest.approx(
        2.0**-400 * RegressionModel(NormalDesign()).correction(0.3), rel=1e-12)
    assert RegressionModel(NormalDesign(), 1e-290, 1e20).limit_slope([0.0, 0.3]).tolist() == [1e-290, 0]
    few = RegressionModel(NormalDesign(), 1e-200, 1e-200)
    assert few.standard_risk([1, 2]).tolist() == [np.inf, np.inf] and few.first_gap(0.1) == -np.inf
    assert LinearModel(0.0, 1.0, 1e-300).threshold() == 0
    wide = LinearModel([1e65, 1e70], [1e35, 1.0], 1e70)
    assert (np.diff([wide.limit_slope(eps)[1] for eps in (0.1, 0.5, 0.88)]) < 0).all() and wide.limit_slope(1e34).tolist() == [1e65, 0]


@pytest.mark.parametrize("orders", [6, 12])
def test_coordinates_of_any_size_are_fitted_alike(orders):
    """No attack costs nothing; and far out, against the limit and its first correction's order."""
    model = LinearModel([1.0, 10.0**-orders], [1.0, 10.0**orders], 1.0)
    assert np.abs(estimate_gap(model, [12], [1e-12], trials=50, rng=1).value).max() < 1e-6
    far = estimate_gap(model, [1000], [0.1], trials=20, rng=1)
    assert abs(far.value.item() - model.limit(0.1)) < 4.5 * far.stderr.item() + 1e-3
