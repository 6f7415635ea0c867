"""The fits against exact rational arithmetic, challengers and a second convex solver."""

import sys
from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace

import clarabel
import cvxpy as cp
import numpy as np
import pytest

from gapsim import fits, robust_linear_model, robust_slope, standard_slope

RULES = ("min_norm", "midpoint", "max_norm")
RADII = np.array([0, 1e-3, 0.05, 0.5, 1, 2, 3, 7.5, 1e3, 1e6])


class Exact:
    """The robust training loss of a training set in integers, for rational eps and w."""

    def __init__(self, x, y):
        self.x, self.y = ([Fraction(float(v)) for v in values] for values in (x, y))
        self.unit = max(v.denominator for v in self.x + self.y)
        self.counts = [(int(a * self.unit), int(b * self.unit)) for a, b in zip(self.x, self.y)]

    def loss(self, eps, w):
        eps, w = Fraction(eps), Fraction(w)
        whole = eps.denominator * w.denominator
        attack = eps.numerator * abs(w.numerator) * self.unit
        slope = w.numerator * eps.denominator
        terms = ((abs(b * whole - slope * a) + attack) ** 2 for a, b in self.counts)
        return Fraction(sum(terms), (whole * self.unit) ** 2)

    def beats(self, eps, w, other):
        """Whether w is no worse than the other slope by more than 1e-12 of its loss."""
        # 1e-30 of the labels squared is less than what rounding the labels changes.
        rounding = Fraction(1, 10**30) * sum(b * b for b in self.y)
        return self.loss(eps, w) <= self.loss(eps, other) * (1 + Fraction(1, 10**12)) + rounding

    def minimisers(self, eps):
        """Their interval: on every piece, the vertex of the parabola through three points."""
        knots = sorted({Fraction(0)} | {b / a for a, b in zip(self.x, self.y) if a})
        knots = [knots[0] - 1, *knots, knots[-1] + 1]
        candidates = set(knots[1:-1])
        for left, right in pairwise(knots):
            middle = (left + right) / 2
            low, mid, high = (self.loss(eps, w) for w in (left, middle, right))
            bend = low - 2 * mid + high
            if bend:
                vertex = middle - (high - low) * (right - left) / (4 * bend)
                # A vertex outside its piece is no minimum; beyond the last knots there is none.
                if left <= vertex <= right:
                    candidates.add(vertex)
        losses = {w: self.loss(eps, w) for w in candidates}
        best = [w for w, value in losses.items() if value == min(losses.values())]
        return min(best), max(best)


def data_sets(n, rng):
    """Training sets of all the kinds that might trip a solver."""
    x = rng.standard_normal(n)
    noise = rng.standard_normal(n)
    yield x, x + noise
    yield x, -x + 1e-3 * noise
    yield x * (rng.random(n) < 0.5), x + noise
    yield x, (x + noise) * (rng.random(n) < 0.5)
    yield x, np.zeros(n)
    yield np.zeros(n), noise
    yield rng.poisson(5, n) + 1.0, rng.poisson(5, n) + 1 + noise
    yield rng.integers(-3, 4, n) * 1.0, rng.integers(-3, 4, n) * 1.0
    yield np.full(n, 2.0), rng.integers(1, 4, n) * 1.0
    pairs = rng.integers(0, max(1, n // 3), n)
    yield x[pairs], (x + noise)[pairs]
    yield 1e4 * x, x + 10 * noise


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 12])
def test_slope_is_the_minimiser_of_rational_arithmetic(n):
    for x, y in data_sets(n, np.random.default_rng(n)):
        exact = Exact(x, y)
        for eps in RADII:
            w = robust_slope(x, y, eps)
            first, last = exact.minimisers(eps)
            # No slope can come nearer to the minimum than the float beside it.
            assert exact.beats(eps, w, float(first))
            if eps or x.any():
                near = Fraction(0) if first < 0 < last else min(first, last, key=abs)
                assert w == pytest.approx(float(near), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("n", [30, 100, 1000])
def test_no_challenger_beats_the_slope_in_large_sets(n):
    rng = np.random.default_rng(n)
    for x, y in data_sets(n, rng):
        exact = Exact(x, y)
        breakpoints = y[x != 0] / x[x != 0]
        for eps, w in zip(RADII, robust_slope(x, y, RADII)):
            near = w * (1 + np.outer([-1, 1], 10.0 ** np.arange(-9, 0)).ravel())
            nearest = breakpoints[np.argsort(np.abs(breakpoints - w))[:50]]
            challengers = np.concatenate([near, nearest, [1e-9, -1e-9, 0.0, rng.normal()]])
            attack = eps * np.abs(challengers)[:, None]
            rough = ((np.abs(y - np.outer(challengers, x)) + attack) ** 2).sum(axis=1)
            for challenger in challengers[np.argsort(rough)[:3]]:
                assert exact.beats(eps, w, challenger)


def test_slope_is_zero_exactly_where_the_attack_outweighs_the_signal():
    rng = np.random.default_rng(5)
    zero = 0
    for _ in range(2000):
        n = rng.integers(1, 7)
        x, y, eps = rng.integers(-4, 5, n), rng.integers(-4, 5, n), int(rng.integers(0, 5))
        outweighed = abs((x * y).sum()) <= eps * np.abs(y).sum()
        assert (robust_slope(x, y, eps) == 0) == outweighed
        if not outweighed:
            assert np.sign(robust_slope(x, y, eps)) == np.sign((x * y).sum())
        zero += outweighed
    assert 500 < zero < 1700


def test_tie_rules_take_the_ends_and_the_middle_of_the_minimisers():
    tied = 0
    rng = np.random.default_rng(6)
    for _ in range(400):
        n = rng.integers(1, 4)
        x, y = rng.choice([-2, 2, 3], n, p=[0.2, 0.7, 0.1]), rng.choice([-3, -1, 0, 2, 5], n)
        first, last = Exact(x, y).minimisers(2)
        near, far = sorted([first, last], key=abs)
        expected = float(near), float(near + far) / 2, float(far)
        assert [robust_slope(x, y, 2, tie=tie) for tie in RULES] == pytest.approx(expected, rel=1e-14)
        tied += first != last
    assert 100 < tied < 350


def test_a_radius_a_rounding_error_from_the_inputs_counts_as_equal():
    eps = 10 * (3 * 0.1)  # 3.0000000000000004
    assert eps != 3
    assert [robust_slope([3.0, -3.0], [6.0, -9.0], eps, tie=tie) for tie in RULES] == [0, 1, 2]
    assert robust_slope([3.0], [6.0], 3 - 1e-9) == 2
    assert robust_slope([3.0], [6.0], 3 + 1e-9, tie="max_norm") == 0


def test_batches_are_loops():
    rng = np.random.default_rng(7)
    x, y = rng.standard_normal((2, 3, 4, 9))
    radii = [0.7, 0.1, 0.4]
    robust, standard = robust_slope(x, y, radii), standard_slope(x, y)
    assert robust.shape == (3, 4, 3) and standard.shape == (3, 4)
    assert np.array_equal(robust_slope(x, y, 0.1), robust[..., 1])
    for i, j in np.ndindex(3, 4):
        assert np.array_equal(robust_slope(x[i, j], y[i, j], radii), robust[i, j])
        assert standard_slope(x[i, j], y[i, j]) == standard[i, j]
    assert isinstance(robust_slope(x[0, 0], y[0, 0], 0.1), float)
    assert isinstance(standard_slope(x[0, 0], y[0, 0]), float)


def test_slopes_follow_the_units_and_the_signs_of_the_data():
    rng = np.random.default_rng(8)
    x, y = rng.standard_normal((2, 11))
    y = x + y
    w = robust_slope(x, y, 0.3)
    assert robust_slope(-x, y, 0.3) == robust_slope(x, -y, 0.3) == -w
    flip = rng.choice([-1, 1], 11)
    assert robust_slope(flip * x, flip * y, 0.3) == pytest.approx(w, rel=1e-14)
    for a, b in ((2.0**600, 1.0), (1.0, 2.0**-900), (2.0**-500, 2.0**500), (2.0**510, 2.0**510)):
        assert robust_slope(a * x, b * y, a * 0.3) == b / a * w
        assert standard_slope(a * x, b * y) == b / a * standard_slope(x, y)


def test_without_an_attack_the_slope_is_that_of_least_squares():
    rng = np.random.default_rng(9)
    for n in (1, 2, 10, 300):
        x, y = rng.standard_normal((2, n))
        expected = np.linalg.lstsq(x[:, None], y)[0][0]
        assert standard_slope(x, y) == pytest.approx(expected, rel=1e-12)
        assert robust_slope(x, y, 0) == pytest.approx(expected, rel=1e-12)


def test_linear_model_with_one_coordinate_is_the_slope():
    rng = np.random.default_rng(11)
    for n in (1, 2, 5, 30):
        for eps in (0.0, 0.05, 0.3, 1.0, 40.0):
            x, y = rng.standard_normal((2, n))
            y = 3 * x + y
            w = robust_linear_model(x[:, None], y, eps)
            assert w.shape == (1,)
            assert w[0] == pytest.approx(robust_slope(x, y, eps), abs=1e-6)


@pytest.mark.parametrize(("n", "eps", "orders"), [
    (5, 0.05, 0), (20, 0.2, 0), (60, 0.5, 0), (60, 0.02, 0), (20, 0.2, 2), (60, 0.02, 2), (20, 0.2, 8), (60, 0.5, 8),
])
def test_linear_model_agrees_with_a_second_solver_in_ten_coordinates(n, eps, orders):
    """Of one size, or from 1 to 10**orders."""
    rng, size = np.random.default_rng(n), np.logspace(0, orders, 10)
    x = rng.standard_normal((n, 10))
    y = x @ rng.standard_normal(10) + rng.standard_normal(n)
    w = size * robust_linear_model(x * size, y, eps)
    # The same minimum as a quadratic programme over w = up - down and bounds on the losses.
    up, down, cost = cp.Variable(10, nonneg=True), cp.Variable(10, nonneg=True), cp.Variable(n)
    attack = eps * cp.sum((up + down) / size)
    residual = y - x @ (up - down)
    other = cp.Problem(cp.Minimize(cp.sum_squares(cost)), [cost >= residual + attack, cost >= attack - residual])
    other.solve(solver=cp.OSQP, eps_abs=1e-10, eps_rel=1e-10, max_iter=500_000)
    assert np.abs(w - (up - down).value).max() < 1e-5

    def training_loss(w):
        return ((np.abs(y - x @ w) + eps * np.abs(w / size).sum()) ** 2).sum()

    least = training_loss(w)
    assert least == pytest.approx(other.value, rel=1e-7)
    for step in 10.0 ** np.arange(-6, 1):
        for direction in rng.standard_normal((50, 10)):
            assert training_loss(w + step * direction) > least * (1 - 1e-9)


def test_a_coordinate_within_the_attack_changes_nothing():
    rng = np.random.default_rng(13)
    x, y = rng.standard_normal((2, 30))
    for small in (1e-9, 0.1, 0.2):
        faint = small * rng.uniform(-1, 1, 30)
        w = robust_linear_model(np.stack([x, faint], axis=1), y + 3 * x + faint, 0.2)
        assert w[1] == 0 and w[0] == pytest.approx(robust_slope(x, y + 3 * x + faint, 0.2), rel=1e-6)
    # As large as the attack everywhere, it is no help and no cost up to the first breakpoint.
    assert robust_linear_model([[3.0, 0.5], [0.1, 0.5]], [5.0, 5.0], 0.5)[1] == 0
    # In whichever units the inputs and the labels are.
    for size in (1e-200, 1e-300):
        w = robust_linear_model(np.stack([x, size * x], axis=1), 1e200 * (y + 3 * x), 0.2)
        assert w[1] == 0 and w[0] == pytest.approx(1e200 * robust_slope(x, y + 3 * x, 0.2), rel=1e-6)
    assert not robust_linear_model(1e-200 * x[:, None], 1e200 * y, 1.0).any() and not robust_linear_model(x[:, None], 0 * y, 1e300).any()


@pytest.mark.parametrize("orders", [0, 4, 6])
def test_one_point_is_fitted_by_its_largest_input_alone_however_small_the_others(orders):
    size = np.array([1.0, 10.0**orders, 2 * 10.0**orders])
    assert robust_linear_model([size], [1.0], 0.01) * size == pytest.approx([0, 0, 1], abs=1e-6)


def test_without_an_attack_a_small_coordinate_is_no_rounding_of_a_large_one():
    x, y = np.array([[1.0, 1.0], [2.0, -1.0], [-1.0, 1.0], [3.0, 1.0]]), [3.0, 1.0, 0.5, 4.0]
    expected = np.linalg.solve(x.T @ x, x.T @ y)
    for size in (1.0, 1e16, 1e-200):
        assert robust_linear_model(x * [1, size], y, 0.0) * [1, size] == pytest.approx(expected, rel=1e-14)
        beside = np.insert(x * [1, size], 1, 0.0, axis=1)
        assert robust_linear_model(beside, y, 0.0) * [1, 1, size] == pytest.approx([expected[0], 0, expected[1]], rel=1e-14)
    # Of several least squares the shortest, in the units given.
    assert robust_linear_model([[1.0, 2.0]], [10.0], 0.0) == pytest.approx([2.0, 4.0], rel=1e-14)


@pytest.mark.parametrize(("size", "eps"), [(1.0, 5e-324), (1.0, 1e-160), (1e10, 1e-320), (1e200, 1e-200)])
def test_an_attack_that_is_no_float_in_the_units_of_the_inputs_is_none(size, eps):
    rng = np.random.default_rng(14)
    x, y = rng.standard_normal((8, 3)), rng.standard_normal(8)
    assert size * robust_linear_model(size * x, y, eps) == pytest.approx(robust_linear_model(x, y, 0.0), abs=1e-6)
    one_large = robust_linear_model(x * [size, 1, 1], y, eps) * [size, 1, 1]
    assert one_large == pytest.approx(robust_linear_model(x, y, 0.0), abs=1e-6)


def test_linear_model_is_zero_where_the_attack_outweighs_every_coordinate():
    rng = np.random.default_rng(12)
    x, y = rng.standard_normal((20, 3)), rng.standard_normal(20)
    critical = np.abs(y @ x).max() / np.abs(y).sum()
    assert not robust_linear_model(x, y, critical * (1 + 1e-9)).any()
    assert np.abs(robust_linear_model(x, y, critical * 0.9)).max() > 1e-3
    assert not robust_linear_model(x, np.zeros(20), 0.0).any()


@pytest.mark.parametrize("eps", [1e-4, 0.1, 0.5, 2.0])
@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_linear_model_is_zero_exactly_where_a_mirror_image_says_so(eps, noise):
    rng = np.random.default_rng(14)
    first, other = 1 + rng.random((2, 30))
    y = 2 * first + noise * rng.standard_normal(30)
    # With (a, b) there is (a, -b) and the same label, so the second weight is 0, and a third likewise.
    x = np.stack([np.tile(first, 4), np.tile([*other, *-other], 2), np.repeat([1, -1], 60)], axis=1)
    w = robust_linear_model(x, np.tile(y, 4), eps)
    assert (w[1:] == 0).all()
    assert w[0] == pytest.approx(robust_slope(first, y, eps), abs=1e-7)


@pytest.mark.parametrize(("inputs", "labels"), [(32, None), (0, 3)])
def test_zeros_that_the_solver_comes_less_near_to_are_exact_too(inputs, labels):
    rng = np.random.default_rng(inputs)
    x = rng.standard_normal((200, 6))
    y = (rng if labels is None else np.random.default_rng(labels)).standard_normal(200)
    w = robust_linear_model(x, y, 0.05)
    assert 0 < np.count_nonzero(w == 0) < 6 and np.abs(w[w != 0]).min() > 1e-3
    # F falls in no direction of a zero: its slopes there are these, and r is nowhere 0.
    r = y - x @ w
    cost = np.abs(r) + 0.05 * np.abs(w).sum()
    slopes = [(cost * (0.05 - side * np.sign(r) * x[:, w == 0].T)).sum(axis=1) for side in (1, -1)]
    assert np.min(slopes) >= 0


def test_linear_model_has_the_zeros_of_a_second_solver():
    rng = np.random.default_rng(15)
    zeros = 0
    for n, d in [(30, 6), (12, 12), (8, 20)]:
        x = rng.standard_normal((n, d))
        y = x @ (rng.random(d) * (rng.random(d) < 0.4)) + rng.standard_normal(n)
        for eps in (0.02, 0.1, 0.3):
            w = cp.Variable(d)
            loss = cp.sum_squares(cp.abs(y - x @ w) + eps * cp.norm1(w))
            cp.Problem(cp.Minimize(loss)).solve(solver=cp.SCS, eps=1e-9, max_iters=10**6)
            assert np.array_equal(robust_linear_model(x, y, eps) == 0, np.abs(w.value) < 1e-6)
            zeros += (np.abs(w.value) < 1e-6).sum()
    assert 30 < zeros < 100


@pytest.mark.parametrize("eps", [1e-3, 0.1])
def test_linear_model_of_one_point_is_its_largest_input(eps):
    rng = np.random.default_rng(16)
    for _ in range(20):
        x, y = rng.choice([-1, 1], 8) * rng.permutation([9.0, 8, 7, 5, 4, 2, 1, 0.5]), rng.standard_normal()
        w = robust_linear_model(x[None], [y], eps)
        # Where the loss is 0 but for the attack, the least is the shortest w, and it is small.
        assert w == pytest.approx(np.where(np.abs(x) == 9, y / x, 0), rel=1e-7, abs=0)


@pytest.mark.parametrize("noise", [0.0, 1e-8, 1e-6, 1e-4])
@pytest.mark.parametrize("eps", [1e-6, 1e-5, 1e-4, 1e-3])
def test_linear_model_converges_where_almost_nothing_is_lost(eps, noise):
    for seed in range(6):
        rng = np.random.default_rng(seed)
        for x in (rng.standard_normal((400, 1)), 1.0 + rng.poisson(5, (400, 1))):
            y = rng.standard_normal() * x[:, 0] + noise * rng.standard_normal(400)
            unit = np.abs(y).max() / np.abs(x).max()
            assert robust_linear_model(x, y, eps)[0] == pytest.approx(robust_slope(x[:, 0], y, eps), abs=5e-8 * unit)


def test_linear_model_follows_the_units_of_the_data():
    rng = np.random.default_rng(17)
    x = rng.standard_normal((40, 5))
    y = x @ [1.0, 0.0, -2.0, 0.0, 0.5] + rng.standard_normal(40)
    w = robust_linear_model(x, y, 0.1)
    assert robust_linear_model(2.0**40 * x, 2.0**-30 * y, 2.0**40 * 0.1) == pytest.approx(2.0**-70 * w)


def test_without_the_solver_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "clarabel", None)
    with pytest.raises(ImportError, match=r"gapsim\[solvers\]"):
        robust_linear_model([[1.0]], [1.0], 0.1)


BAD_POINTS = [
    ("x", [np.nan, 1.0], [1.0, 2.0]), ("x", [np.inf, 1.0], [1.0, 2.0]), ("x", [], []),
    ("x", np.ones((3, 0)), np.ones((3, 0))), ("x", 1.0, 1.0), ("x", ["a"], [1.0]),
    ("y", [1.0, 2.0], [1.0, np.nan]), ("y", [1.0, 2.0], [1.0, -np.inf]), ("y", [1.0, 2.0], [1.0]),
    ("y", np.ones((2, 3)), np.ones((3, 2))), ("y", [1.0, 2.0], 1.0),
]  # fmt: skip


@pytest.mark.parametrize(("argument", "x", "y"), BAD_POINTS)
def test_bad_points_are_named(argument, x, y):
    for fit in (standard_slope, lambda x, y: robust_slope(x, y, 0.1)):
        with pytest.raises(ValueError, match=rf"^{argument} must "):
            fit(x, y)


@pytest.mark.parametrize("eps", [-0.1, np.nan, np.inf, "1", [], [[0.1]], [0.1, -0.1]])
def test_bad_radius_is_named(eps):
    with pytest.raises(ValueError, match="^eps must "):
        robust_slope([1.0], [1.0], eps)


def test_other_bad_arguments_are_named():
    with pytest.raises(ValueError, match="^tie must be 'min_norm' or"):
        robust_slope([1.0], [1.0], 0.1, tie="nearest")
    with pytest.raises(ValueError, match="^x must not be 0 .* not determined"):
        standard_slope([[1.0, 0.0], [0.0, 0.0]], [[1.0, 2.0], [1.0, 2.0]])
    for argument, arguments in {
        "x": ([1.0], [1.0], 0.1),
        "y": ([[1.0]], [1.0, 2.0], 0.1),
        "eps": ([[1.0]], [1.0], -1.0),
    }.items():
        with pytest.raises(ValueError, match=rf"^{argument} must "):
            robust_linear_model(*arguments)
    with pytest.raises(ValueError, match="^y must "):
        robust_linear_model([[1.0]], [np.inf], 0.1)
    with pytest.raises(ValueError, match="^x must "):
        robust_linear_model(np.ones((2, 3, 1)), np.ones((2, 3)), 0.1)


def test_zero_has_no_sign_and_is_exact_on_the_edge():
    assert not np.signbit(robust_slope([1.0, 1.0], [-1.0, -1.0], 5.0))
    assert (robust_linear_model(np.eye(2), [1.0, 1.0], 0.5) == 0).all()


@pytest.mark.parametrize("block", [1, 4, 9])
def test_sets_larger_than_a_block_are_fitted_one_by_one(monkeypatch, block):
    rng = np.random.default_rng(5)
    x, y = rng.standard_normal((2, 7, 4))
    one_by_one = np.array([robust_slope(*each, [0.2, 0.9]) for each in zip(x, y)])
    monkeypatch.setattr(fits, "BLOCK", block)
    # What is not computed may be what was in the same memory before.
    monkeypatch.setattr(fits.np, "empty", lambda shape: np.full(shape, np.nan))
    assert np.array_equal(robust_slope(x, y, [0.2, 0.9]), one_by_one)


@pytest.mark.parametrize("sets", [2, 3, 5])
def test_sets_that_are_hard_together_are_solved_apart(monkeypatch, sets):
    rng, solver, columns = np.random.default_rng(6), clarabel.DefaultSolver, []
    x, y, eps = rng.standard_normal((sets, 9, 3)), rng.standard_normal((sets, 9)), np.full((sets, 3), 0.3)
    apart = np.concatenate([fits._programme(x[k : k + 1], y[k : k + 1], eps[k : k + 1]) for k in range(sets)])

    def tired_of_several(square, linear, constraints, *others):
        columns.append(constraints.shape[1])
        several = constraints.shape[1] > 9 * 2 + 3 * 2 + 1  # r, c, w, u and t of one
        return SimpleNamespace(solve=lambda: SimpleNamespace(status="tired")) if several else solver(square, linear, constraints, *others)

    monkeypatch.setattr(clarabel, "DefaultSolver", tired_of_several)
    assert np.array_equal(fits._programme(x, y, eps), apart) and len(columns) == 2 * sets - 1


def test_the_loss_is_that_of_the_attacked_points():
    x, y, w, eps = np.array([[[1.0, 2.0], [0.5, -1.0]]]), np.array([[3.0, -1.0]]), np.array([[0.5, -2.0]]), np.array([[0.2, 0.075]])
    assert fits._loss(x, y, eps, w) == pytest.approx([(6.5 + 0.25) ** 2 + (3.25 + 0.25) ** 2], rel=1e-14)
