"""Break each formula on purpose, and count how often some test notices: `make mutate`.

Every arithmetic operator, comparison, sign and number in the functions of the computing modules is
changed, one at a time, and all tests that need nothing but `gapsim` and call the changed function
are run on it, the quickest first, until one fails. What is not noticed is listed: a test is missing,
or the change makes no difference, which `MAKES_NO_DIFFERENCE` has to say with a reason.

One process imports what the tests need and forks for every change, so that a change costs what its
tests cost.
"""

import argparse
import ast
import copy
import functools
import importlib.abc
import importlib.util
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from multiprocessing import connection, get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = str(ROOT / "gapsim")
# They describe pages and bars, not formulas.
LEFT_OUT = {"__init__", "_arguments", "_progress"}
# Who computes, not what; and clusters take long to start.
TESTS_LEFT_OUT = {"test_executors.py"}
TIMEOUT = 300

OTHER = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
}

# Changes after which every result is as right as before, by module: which of the same kind in the
# line (the first is 0), the line, the change, and why.
TIE = "what differs by exactly the tolerance may count as equal or not"
MEMORY = "how many training sets are fitted at a time"
WIDER = "the bracket of the only root is wider"
BOTH_FORMS = "both forms are right where one takes over from the other"
SUPPORT = "the support is a little wider, or less generous, and leaves out no more than it says"
NEGATIVE_LENGTH = "NumPy takes any negative length for the one that fits"
UNEVEN = "the halves may be less even"
LEFT_OUT_AGAIN = "the next line leaves out what is too many"
NEGLIGIBLE = "the terms beyond are below a rounding error"
ABOVE_ALL = "above all signals an attack is an attack"
FINE_PANELS = "what has a width at 0 has died down within the first panels, and 24 points resolve more than one needs"
UNIT = "in which unit the solver sees the loss is how soon it is done"
A_BAR = "it is how long a bar is"
HOW_LARGE = "how large a table may be"
AT_A_BOUND = "the bound itself may be allowed or not"
SYMMETRIC = "only differences of two are used"
HALVES = "return _outcomes.halves([4 * count + 1 for count in self._groups[1]])[1] <= _outcomes.LARGEST_TABLE // 4"
KIND = "kind = float if 2 * sum(size * len(step) for size, step in zip(sizes, steps)) < arguments.LARGEST_COUNT else object"
KNOWN = "return prod(4 * count + 1 for count in self._mean_counts()[1]) <= _outcomes.LARGEST_TABLE"
BLOCKS = "for start in watch(range(0, len(distinct), step), -(-len(distinct) // step), None):"
MAKES_NO_DIFFERENCE = {
    "_outcomes": [
        (0, "parts, outcomes = ([], []), [1, 1]", "1  ->  2", UNEVEN),
        (1, "parts, outcomes = ([], []), [1, 1]", "1  ->  2", UNEVEN),
        (0, "for index in sorted(range(len(sizes)), key=lambda index: -sizes[index]):", "-sizes[index]  ->  +sizes[index]", UNEVEN),
        (0, "sums = [reduce(lambda a, b: np.add.outer(a, b).ravel(), (values[k] for k in part), 0 * values[0][:1]) for part in parts]",
         "0 * values[0][:1]  ->  0 / values[0][:1]", "the first value is not 0, or it has no vote"),
        (0, "step = max(1, LARGEST_TABLE // largest)", "1  ->  2", MEMORY),
        (0, "step = max(1, LARGEST_TABLE // largest)", "LARGEST_TABLE // largest  ->  LARGEST_TABLE * largest", MEMORY),
        (0, "return reduce(lambda a, b: (a[:, None] * b).reshape(-1, *shape), laws, np.ones((1, *shape)))", "1  ->  2", NEGATIVE_LENGTH),
        (0, "step = max(1, LARGEST_TABLE // right[0].size)", "1  ->  2", MEMORY),
        (0, "step = max(1, LARGEST_TABLE // right[0].size)",
         "LARGEST_TABLE // right[0].size  ->  LARGEST_TABLE * right[0].size", MEMORY),
        (0, "plus, minus = np.divmod(np.arange((count + 1) ** 2), count + 1)", "1  ->  2", LEFT_OUT_AGAIN),
        (1, "plus, minus = np.divmod(np.arange((count + 1) ** 2), count + 1)", "1  ->  2", LEFT_OUT_AGAIN),
        (0, "new = np.append(0, np.flatnonzero(np.diff(support) > width) + 1)",
         "np.diff(support) > width  ->  np.diff(support) >= width", TIE),
    ],
    "_ties": [
        (0, "return np.where(np.abs(value) <= tolerance * scale, 0.0, np.sign(value))",
         "np.abs(value) <= tolerance * scale  ->  np.abs(value) < tolerance * scale", TIE),
        (0, "near = np.abs(difference) <= self.tolerance * means",
         "np.abs(difference) <= self.tolerance * means  ->  np.abs(difference) < self.tolerance * means", TIE),
        (0, "known = near & (exact_means == np.floor(exact_means)) & (self.value < WHOLE)",
         "self.value < WHOLE  ->  self.value <= WHOLE", "both forms know the difference there"),
        (0, "near = near & (self.value >= WHOLE)", "self.value >= WHOLE  ->  self.value > WHOLE", "both forms know the difference there"),
    ],
    "_binomial": [
        (0, "inside = (0 <= count) & (count < n)", "count < n  ->  count <= n", "the beta function is 1 there too"),
        (0, "central = (variance > VARIANCE) & (np.abs(miss * (a + b) - a) < REACH * np.sqrt(variance))",
         "variance > VARIANCE  ->  variance >= VARIANCE", BOTH_FORMS),
        (0, "central = (variance > VARIANCE) & (np.abs(miss * (a + b) - a) < REACH * np.sqrt(variance))",
         "np.abs(miss * (a + b) - a) < REACH * np.sqrt(variance)  ->  np.abs(miss * (a + b) - a) <= REACH * np.sqrt(variance)",
         BOTH_FORMS),
        (1, "g, square = [1.0, -skew / 3], [1.0, -2 * skew / 3]", "1.0  ->  2.0", "only the later terms are used"),
        (0, "for j in range(2, ORDER + 1):", "1  ->  2", "the term that is added is not summed"),
    ],
    "noise": [
        (0, "return y[:, None] * (self.class_mean + self._size * self._draw(stream, (n, self.d))), y",
         "self.class_mean + self._size * self._draw(stream, (n, self.d))  ->  "
         "self.class_mean - self._size * self._draw(stream, (n, self.d))",
         "the law is symmetric"),
        (0, "if n <= self._few_draws:", "n <= self._few_draws  ->  n < self._few_draws", BOTH_FORMS),
        (0, "return np.where(s >= 0, beyond, 1 - beyond)", "s >= 0  ->  s > 0", "both are 1/2 at 0"),
        (0, "x = np.clip((n - s) / 2, 0, n)[..., None] - np.arange(n + 1)", "1  ->  2", "what is added is 0"),
        (0, "power = 2 * np.arange(1, SERIES_TERMS + 1)", "SERIES_TERMS + 1  ->  SERIES_TERMS - 1", NEGLIGIBLE),
        (1, "power = 2 * np.arange(1, SERIES_TERMS + 1)", "1  ->  2", NEGLIGIBLE),
        (0, "near = -((np.minimum(t, 1)[:, None] / np.pi) ** power) @ (2 * zeta(power) / power)", "1  ->  2", "the next line takes it below 1"),
        (0, "return np.where(t < 1, near, np.log(np.abs(np.sin(t) / t)))", "t < 1  ->  t <= 1", BOTH_FORMS),
    ],
    "linear": [
        (0, "if not FAINTEST * np.max(deviations * np.abs(slopes)) <= deviation <= LARGEST:",
         "FAINTEST * np.max(deviations * np.abs(slopes)) <= deviation <= LARGEST  ->  "
         "FAINTEST * np.max(deviations * np.abs(slopes)) < deviation <= LARGEST", AT_A_BOUND),
        (0, "return x, x @ np.array(self.slope) + self.noise * stream.standard_normal(size)",
         "x @ np.array(self.slope) + self.noise * stream.standard_normal(size)  ->  "
         "x @ np.array(self.slope) - self.noise * stream.standard_normal(size)", "the law is symmetric"),
        (0, "x, y = x.reshape(trials, -1, self.d), y.reshape(trials, -1)", "1  ->  2", NEGATIVE_LENGTH),
        (1, "x, y = x.reshape(trials, -1, self.d), y.reshape(trials, -1)", "1  ->  2", NEGATIVE_LENGTH),
        (0, "paired = size >= self.d + LIGHT", "size >= self.d + LIGHT  ->  size > self.d + LIGHT", BOTH_FORMS),
        (0, "return np.sign(self.slope) * np.where(self._signal() > penalty, left, 0.0)",
         "self._signal() > penalty  ->  self._signal() >= penalty", "where they are equal the weight is 0"),
        (0, "if eps >= self._attack(largest):", "eps >= self._attack(largest)  ->  eps > self._attack(largest)", BOTH_FORMS),
        *[
            (0, "share = brentq(lambda share: self._attack(share * largest) - eps, 0.0, 1.0, xtol=1e-300, rtol=1e-15, maxiter=2000)",
             change, why)
            for change, why in (("2000  ->  2001", "it needs fewer"), ("1.0  ->  2.0", WIDER))
        ],
    ],
    "classifiers": [
        (0, "return _outcomes.sum_law(values, laws, _ties.TIE * 2 * scale * float(np.dot(means, counts)))",
         "_ties.TIE * 2  ->  _ties.TIE / 2", TIE),
        (0, "return _outcomes.sum_law(values, laws, _ties.TIE * 2 * scale * float(np.dot(means, counts)))", "2  ->  3", TIE),
        (0, KNOWN, "prod((4 * count + 1 for count in self._mean_counts()[1])) <= _outcomes.LARGEST_TABLE  ->  "
         "prod((4 * count + 1 for count in self._mean_counts()[1])) < _outcomes.LARGEST_TABLE", AT_A_BOUND),
        *[(0, KNOWN, change, HOW_LARGE) for change in ("4 * count + 1  ->  4 * count - 1", "4  ->  5", "1  ->  2")],
        (0, "for place in zip(*(low < high).nonzero()):", "low < high  ->  low <= high", "what is added is 0"),
        (0, "step = max(1, PIECE_NUMBERS // (trials * self.d))", "1  ->  2", MEMORY),
        (0, "points = min(step, largest - start)", "largest - start  ->  largest + start", "no size takes the points beyond the largest"),
    ],
    "bernoulli": [
        (2, "std = np.where(theta > 0, theta * np.sqrt((1 - tau) * (1 + tau)), 1)", "1  ->  2", "it adds nothing whatever it is given"),
        (0, "agrees = stream.random((n, self.d)) < (1 + float(self.tau)) / 2",
         "stream.random((n, self.d)) < (1 + float(self.tau)) / 2  ->  stream.random((n, self.d)) <= (1 + float(self.tau)) / 2",
         "both have probability 1/2^53 of being otherwise"),
        (0, "step = max(1, BLOCK_NUMBERS // max(total.size, 1))", "1  ->  2", MEMORY),
        (1, "step = max(1, BLOCK_NUMBERS // max(total.size, 1))", "1  ->  2", MEMORY),
        (0, "step = max(1, BLOCK_NUMBERS // max(total.size, 1))",
         "BLOCK_NUMBERS // max(total.size, 1)  ->  BLOCK_NUMBERS * max(total.size, 1)", MEMORY),
        (0, BLOCKS, "-(-len(distinct) // step)  ->  +(-len(distinct) // step)", A_BAR),
        (0, BLOCKS, "-len(distinct) // step  ->  -len(distinct) * step", A_BAR),
        (0, BLOCKS, "-len(distinct)  ->  +len(distinct)", A_BAR),
        (0, HALVES, "_outcomes.halves([4 * count + 1 for count in self._groups[1]])[1] <= _outcomes.LARGEST_TABLE // 4  ->  "
         "_outcomes.halves([4 * count + 1 for count in self._groups[1]])[1] < _outcomes.LARGEST_TABLE // 4", AT_A_BOUND),
        *[(which, HALVES, change, HOW_LARGE) for which, change in (
            (0, "4  ->  5"), (1, "4  ->  5"), (0, "1  ->  2"), (0, "4 * count  ->  4 / count"),
            (0, "_outcomes.LARGEST_TABLE // 4  ->  _outcomes.LARGEST_TABLE * 4"),
        )],
        (0, "return (1 + up - down) / 2", "1  ->  2", SYMMETRIC),
        (0, "return [float(theta) * (step - _ties.TIE * np.abs(step)) for theta, step in zip(thetas, steps)]",
         "step - _ties.TIE * np.abs(step)  ->  step + _ties.TIE * np.abs(step)", SYMMETRIC),
        (0, KIND, "2 * sum((size * len(step) for size, step in zip(sizes, steps))) < arguments.LARGEST_COUNT  ->  "
         "2 * sum((size * len(step) for size, step in zip(sizes, steps))) <= arguments.LARGEST_COUNT", AT_A_BOUND),
        (0, KIND, "2  ->  3", "objects are as right"),
        (0, "shape = (len(groups), -1)", "1  ->  2", NEGATIVE_LENGTH),
        (0, "below, upto = (np.maximum(count, n // 2).reshape(shape) for count in _agreeing(n, groups, radii))", "2  ->  3",
         "an attack reaches no signal below 0"),
        (0, "column = np.array([float(theta) for theta in thetas]).reshape(-1, *[1] * len(shape))", "1  ->  2", NEGATIVE_LENGTH),
        (0, "ratio = np.minimum(radii.value / column, 2)", "2  ->  3", ABOVE_ALL),
        (0, "tie = np.abs(count - near) <= n * radii.tolerance / 2",
         "np.abs(count - near) <= n * radii.tolerance / 2  ->  np.abs(count - near) < n * radii.tolerance / 2", TIE),
        (0, "tie = np.abs(count - near) <= n * radii.tolerance / 2", "2  ->  3", TIE),
        (0, "share = (1 + min(eps / theta, Fraction(2))) / 2", "2  ->  3", ABOVE_ALL),
    ],
    "_prefixes": [
        *[
            (0, "return tuple(exponent if abs(exponent) > 100 else 0 for exponent in exponents)", change, "any size is ordinary near 1")
            for change in ("abs(exponent) > 100  ->  abs(exponent) >= 100", "100  ->  101")
        ],
        (0, "largest = distinct[distinct**2 <= SORT_COST * np.cumsum(distinct)].max(initial=0)", "0  ->  1",
         "a table for one point is made, and no size is taken from it"),
        (0, "step = max(1, BLOCK_NUMBERS // int(largest * (len(eps) + 10)))", "1  ->  2", MEMORY),
        (0, "step = max(1, BLOCK_NUMBERS // int(largest * (len(eps) + 10)))",
         "BLOCK_NUMBERS // int(largest * (len(eps) + 10))  ->  BLOCK_NUMBERS * int(largest * (len(eps) + 10))", MEMORY),
        (0, "step = max(1, BLOCK_NUMBERS // int(largest * (len(eps) + 10)))", "10  ->  11", MEMORY),
        (0, "for i in np.flatnonzero(sizes > largest):", "sizes > largest  ->  sizes >= largest",
         "one size is fitted in both ways"),
        (0, "flat = np.abs(a[0] - eps) <= TIE * eps", "np.abs(a[0] - eps) <= TIE * eps  ->  np.abs(a[0] - eps) < TIE * eps", TIE),
        (0, "flat &= np.abs(a[k] - eps) <= TIE * eps", "np.abs(a[k] - eps) <= TIE * eps  ->  np.abs(a[k] - eps) < TIE * eps", TIE),
        (0, "term *= order", "term *= order  ->  term /= order", "order is 1 or -1"),
        (0, "total[k] += (np.abs(residual) + attack * w[k]) @ (attack - np.sign(residual) * a)",
         "total[k] += (np.abs(residual) + attack * w[k]) @ (attack - np.sign(residual) * a)  ->  "
         "total[k] -= (np.abs(residual) + attack * w[k]) @ (attack - np.sign(residual) * a)", "what is 0 is 0 with either sign"),
        (0, "falls = np.abs(signal)[which] > (1 + TIE) * attack * height[which]",
         "np.abs(signal)[which] > (1 + TIE) * attack * height[which]  ->  "
         "np.abs(signal)[which] >= (1 + TIE) * attack * height[which]", TIE),
        (0, "return standard, side[:, None] * robust.reshape(len(sizes), -1)", "1  ->  2", NEGATIVE_LENGTH),
    ],
    "gaussian": [
        (0, "return sorted(groups, key=lambda group: -group[2])", "-group[2]  ->  +group[2]", "the order is one of speed"),
        (0, "return sorted(group for group in self._groups if group[0] > 0)", "group[0] > 0  ->  group[0] >= 0", "a mean of 0 adds 0"),
        (0, "return _outcomes.table_size(self._mean_counts()[1]) <= _outcomes.LARGEST_TABLE",
         "_outcomes.table_size(self._mean_counts()[1]) <= _outcomes.LARGEST_TABLE  ->  "
         "_outcomes.table_size(self._mean_counts()[1]) < _outcomes.LARGEST_TABLE", "no table has just this size"),
        (0, "small = a * np.maximum(t, 1) <= SERIES_SWITCH",
         "a * np.maximum(t, 1) <= SERIES_SWITCH  ->  a * np.maximum(t, 1) < SERIES_SWITCH", BOTH_FORMS),
        (0, "small = a * np.maximum(t, 1) <= SERIES_SWITCH", "1  ->  2", BOTH_FORMS),
        (0, "return np.where(rho > 0.5, near_one, near_zero) - rho * half / 2", "rho > 0.5  ->  rho >= 0.5", BOTH_FORMS),
        *[
            (which, "low, high = np.maximum(3, 2 * log + 2 * np.log(2)), 3 + 2 * log", change, WIDER)
            for which, change in ((0, "2 * log + 2 * np.log(2)  ->  2 * log - 2 * np.log(2)"), (3, "2  ->  3"))
        ],
        *[
            (1, '_slope_sign, (low * (1 - 1e-9), high * (1 + 1e-9)), args=(rho, rest), tolerances={"xrtol": 1e-15, "xatol": 0.0}',
             change, WIDER)
            for change in ("1  ->  2", "1e-09  ->  1.000000001")
        ],
    ],
    "_phase": [
        (0, "if size == 0 or mean_term(0.0) >= 0:", "mean_term(0.0) >= 0  ->  mean_term(0.0) > 0",
         "where it is 0 the root is 0"),
    ],
    "fits": [
        (0, "side = np.where((x * y).sum(axis=-1) < 0, -1.0, 1.0)", "(x * y).sum(axis=-1) < 0  ->  (x * y).sum(axis=-1) <= 0",
         "where it is 0 the slope is 0"),
        (0, "x, cost = np.ldexp(x, -x_unit[:, None]), np.minimum(np.ldexp(eps, -x_unit), 1.0)", "1.0  ->  2.0",
         "above all inputs every attack is as good as any other"),
        (0, "x = np.where(vain[:, None], 0.0, x)", "0.0  ->  1.0", "it lowers no residual by more than it costs either"),
        (0, "for exponent in (exponents, exponents.max(initial=0)):", "0  ->  1", "there is no input"),
        (0, "near = np.where(near > 0, near, largest)", "near > 0  ->  near >= 0",
         "where squares of the attack are no floats, which the solver does not reach"),
        (0, "breaks = np.divide(y, x, out=np.full(x.shape, np.inf), where=(x > 0) & (y > 0))", "x > 0  ->  x >= 0",
         "y is not positive where x is 0"),
        (0, "breaks = np.divide(y, x, out=np.full(x.shape, np.inf), where=(x > 0) & (y > 0))", "y > 0  ->  y >= 0",
         "a breakpoint 0 is passed at once"),
        (0, "radius = np.minimum(np.ldexp(radius, -x_exponent), 2)", "2  ->  3", "above all inputs the slope is 0"),
        (0, "falling = breaks * curvature[..., :-1] < pull[..., :-1]",
         "breaks * curvature[..., :-1] < pull[..., :-1]  ->  breaks * curvature[..., :-1] <= pull[..., :-1]",
         "a root on a breakpoint ends one piece and begins the next"),
        (0, "tied = ((np.abs(x - eps) <= tolerance * eps) & (y > 0)).all(axis=-1)",
         "np.abs(x - eps) <= tolerance * eps  ->  np.abs(x - eps) < tolerance * eps", TIE),
        (0, "return np.where(better[:, None] | (np.abs(w) <= ACCURACY), zeroed, w)",
         "np.abs(w) <= ACCURACY  ->  np.abs(w) < ACCURACY", TIE),
        (0, "zeroed = np.where(np.abs(w) <= NEARLY, 0.0, w)", "np.abs(w) <= NEARLY  ->  np.abs(w) < NEARLY", TIE),
        *[(which, "x, y = inputs.reshape(-1, n), labels.reshape(-1, n)", "1  ->  2", NEGATIVE_LENGTH) for which in (0, 1)],
        *[(0, "block = slice(start, start + max(1, BLOCK // n))", change, MEMORY) for change in ("1  ->  2", "BLOCK // n  ->  BLOCK * n")],
        (0, "better = _loss(x, y, eps, zeroed) <= _loss(x, y, eps, w)",
         "_loss(x, y, eps, zeroed) <= _loss(x, y, eps, w)  ->  _loss(x, y, eps, zeroed) < _loss(x, y, eps, w)", AT_A_BOUND),
        (0, "largest = (y * y).sum(axis=1)", "y * y  ->  y / y", UNIT),
        (0, "for unit in (near, np.sqrt(near * largest), largest):", "near * largest  ->  near / largest", UNIT),
        (0, "weight = np.concatenate([np.zeros(columns - sets * n), np.repeat(1 / unit, n)])", "1  ->  2", UNIT),
    ],
    "simulation": [
        (0, "exponent = np.frexp(np.maximum(drawn.max(axis=0), -drawn.min(axis=0)))[1]", "-drawn.min(axis=0)  ->  +drawn.min(axis=0)",
         "the largest on one side is of the same size"),
        (0, "if tol is not None and done >= FEWEST_TRIALS and not (_stderr(deviation, done) > tol).any():",
         "_stderr(deviation, done) > tol  ->  _stderr(deviation, done) >= tol", AT_A_BOUND),
        (0, "every = np.unique(np.rint(np.linspace(n.min(), n.max(), 400)).astype(int))", "400  ->  401", "how smooth a line is drawn"),
    ],
    "designs": [
        (0, "return arguments.plain(np.where(possible, _poisson(np.where(possible, count, 0.0), self.rate), 0.0))", "0.0  ->  1.0",
         "what is impossible has no mass, whatever is computed"),
        *[(0, "return np.where(k < 16, np.exp(xlogy(k, rate) - gammaln(k + 1) - rate), stirling)", change, BOTH_FORMS)
          for change in ("k < 16  ->  k <= 16", "16  ->  17")],
        (0, "log_t, step = np.linspace(first, np.log(last), int(8 * (np.log(last) - first)), retstep=True)", "8  ->  9",
         "the step is finer"),
        (0, "return np.where(drop > -0.5, np.log1p(np.maximum(drop, -0.5)), np.log(transform))",
         "drop > -0.5  ->  drop >= -0.5", BOTH_FORMS),
        (0, "at = (np.abs(size - eps) <= TIE * eps) & (eps > 0)",
         "np.abs(size - eps) <= TIE * eps  ->  np.abs(size - eps) < TIE * eps", TIE),
        *[
            (0, "counts = np.arange(lowest, int(np.ceil(self.rate + above)) + 1.0)", change, SUPPORT)
            for change in ("1.0  ->  2.0", "int(np.ceil(self.rate + above)) + 1.0  ->  int(np.ceil(self.rate + above)) - 1.0")
        ],
        *[(0, "above = 20 + np.sqrt(20**2 + 2 * 60 * self.rate)", change, SUPPORT) for change in ("20  ->  21", "20 ** 2  ->  20 * 2")],
        *[(which, "above = 20 + np.sqrt(20**2 + 2 * 60 * self.rate)", change, SUPPORT) for which, change in
          ((1, "20  ->  21"), (0, "2  ->  3"), (0, "60  ->  61"))],
        (0, "lowest = max(0, int(np.floor(self.rate - np.sqrt(2 * 60 * self.rate))))", "60  ->  61", SUPPORT),
        (0, "if rate > 1e6:", "1000000.0  ->  1000001.0", AT_A_BOUND),
        *[(0, "flat, step = array.ravel(), max(1, BLOCK // width)", change, MEMORY) for change in
          ("1  ->  2", "BLOCK // width  ->  BLOCK * width")],
        (0, "parts = [function(flat[start : start + step]) for start in range(0, max(flat.size, 1), step)]", "1  ->  2",
         "two parts of nothing are nothing"),
        *[(0, "near = width * 2.0 ** np.arange(doublings + 1)", change, FINE_PANELS) for change in
          ("2.0 ** np.arange(doublings + 1)  ->  2.0 * np.arange(doublings + 1)", "2.0  ->  3.0", "1  ->  2")],
        (0, "doublings = max(0, int(np.ceil(np.log2(longest / width))))", "0  ->  1", FINE_PANELS),
        *[(which, "x, length = _panels(0.0, 14.0, min(width, 2.0), 2.0)", change, FINE_PANELS) for which, change in
          ((0, "14.0  ->  15.0"), (0, "2.0  ->  3.0"), (1, "2.0  ->  3.0"))],
        (0, "node, weight = _gauss_legendre(24)", "24  ->  25", FINE_PANELS),
        (0, "return (edges[:-1, None] + half * (1 + node)).ravel(), (half * weight).ravel()", "1 + node  ->  1 - node",
         "the rule is symmetric"),
        *[(0, "first = -60 - np.log(n.max(initial=1) * second_moment)", change, NEGLIGIBLE) for change in ("60  ->  61", "1  ->  2")],
        (0, "return _mean_inverse(n, self.mass @ square, 60 / square.min(), partial(_log_transform, square, self.mass))",
         "60  ->  61", NEGLIGIBLE),
        *[(0, "last = 60 / nearest**2 if nearest > 0 else np.exp(150) / self.second_moment", change, NEGLIGIBLE) for change in
          ("0  ->  1", "60  ->  61", "150  ->  151")],
        (0, "result = _mean_inverse(np.where(infinite, 3, n), self.second_moment, last, log_transform)", "3  ->  4",
         "what is computed there is not used"),
        *[(0, "return np.where(t * square.max() < 30, _log_transform(square, mass, t), np.log(exact))", change, BOTH_FORMS)
          for change in ("t * square.max() < 30  ->  t * square.max() <= 30", "30  ->  31")],
        (0, "above += np.where(middle < last, 1 / middle - 1 / last, 0)", "middle < last  ->  middle <= last", "there both are 0"),
        (0, "object.__setattr__(self, name, arguments.scalar(name, getattr(self, name), LARGEST, 1 / LARGEST))", "1  ->  2", AT_A_BOUND),
        (0, "if mass.shape != points.shape or abs(mass.sum() - 1) > max(1e-9, _ties.tolerance(np.asarray(probabilities))):",
         "abs(mass.sum() - 1) > max(1e-09, _ties.tolerance(np.asarray(probabilities)))  ->  "
         "abs(mass.sum() - 1) >= max(1e-09, _ties.tolerance(np.asarray(probabilities)))", AT_A_BOUND),
        (0, "if (np.diff(np.sort(points)) <= TIE * np.abs(np.sort(points)[1:])).any():",
         "np.diff(np.sort(points)) <= TIE * np.abs(np.sort(points)[1:])  ->  "
         "np.diff(np.sort(points)) < TIE * np.abs(np.sort(points)[1:])", TIE),
        (0, "here = np.abs(x[:, None] - support) <= TIE * np.abs(support)",
         "np.abs(x[:, None] - support) <= TIE * np.abs(support)  ->  np.abs(x[:, None] - support) < TIE * np.abs(support)", TIE),
    ],
    "_inversion": [
        *[(0, "power = np.exp(exponent, where=exponent.real > -746, out=np.zeros_like(exponent))", change, "exp(-746) is 0")
          for change in ("exponent.real > -746  ->  exponent.real >= -746", "746  ->  747")],
        *[(0, line, f"{said} > {limit}  ->  {said} >= {limit}", "no step is that long to the last digit") for line, said, limit in (
            ("long = dt > COARSE * np.min(needed)", "dt", "COARSE * np.min(needed)"),
            ("too_long = dt[long] > COARSE * np.reshape(needed, (-1, 1))", "dt[long]", "COARSE * np.reshape(needed, (-1, 1))"),
            ("passed_over = np.where(dt.max() > BLIND * np.ravel(needed), np.inf, passed_over)", "dt.max()", "BLIND * np.ravel(needed)"),
        )],
        (0, "return (nodes[0].real > 0) * (1 - np.power(atom, n)) - integral.real, error, passed_over",
         "nodes[0].real > 0  ->  nodes[0].real >= 0", "no path crosses the axis at the pole"),
        (0, "if done or intervals >= most - 1 or enough and enough(unseen(sizes, DECAY)):", "1  ->  2",
         "intervals are doubled up to most - 1"),
    ],
    "_law": [
        (0, "sure = n.max() * np.array([term.negative, term.nonnegative]) < np.exp(-digits)",
         "n.max() * np.array([term.negative, term.nonnegative]) < np.exp(-digits)  ->  "
         "n.max() * np.array([term.negative, term.nonnegative]) <= np.exp(-digits)", "no bound is e^-digits to the last digit"),
    ],
    "_terms": [
        *[(0, "seen = (sign < 0) & (np.real(log_bell) > NOTHING)", change, "a sign is -1 or 1") for change in
          ("0  ->  1", "sign < 0  ->  sign <= 0")],
        (0, "self.k = np.where(np.abs(eps - self.sx) <= TIE * eps, 0.0, eps - self.sx)",
         "np.abs(eps - self.sx) <= TIE * eps  ->  np.abs(eps - self.sx) < TIE * eps", TIE),
        (0, "offset = 0.0 if abs(offset) <= TIE * self.eps else offset",
         "abs(offset) <= TIE * self.eps  ->  abs(offset) < TIE * self.eps", TIE),
        (0, "keep = self.weight > self.RARE", "self.weight > self.RARE  ->  self.weight >= self.RARE",
         "what is kept is one case of 1e-11 more"),
        (0, "return -1024 * self.moments[0] / self.moments[1]", "1024  ->  1025", "any theta beyond those worth trying will do"),
    ],
    "regression": [
        (0, "return x, self.slope * x + self.noise * rng.standard_normal(n)",
         "self.slope * x + self.noise * rng.standard_normal(n)  ->  self.slope * x - self.noise * rng.standard_normal(n)",
         "the noise is symmetric"),
        *[(which, "standard, gaps = nested_slopes(x.reshape(-1, trials), y.reshape(-1, trials), n, eps)", "1  ->  2", NEGATIVE_LENGTH) for which in (0, 1)],
    ],
}


def places(tree):
    """The function and the node of each place that can be broken, in the order of the text."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        for node in _formulas(function.body):
            if isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in OTHER:
                yield function, node
            elif isinstance(node, ast.Compare) and type(node.ops[0]) in OTHER:
                yield function, node
            elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
                yield function, node
            elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
                yield function, node


def _formulas(nodes):
    """All nodes below, without messages, indices and axes."""
    for node in nodes:
        if isinstance(node, (ast.Raise, ast.JoinedStr, ast.FunctionDef)):
            continue
        if isinstance(node, ast.keyword) and node.arg in ("axis", "minimum", "tolerances"):
            continue
        if isinstance(node, ast.Subscript):
            yield from _formulas([node.value])
            continue
        yield node
        yield from _formulas(ast.iter_child_nodes(node))


def broken(node):
    """Break a place of a tree, and return it."""
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        node.op = OTHER[type(node.op)]()
    elif isinstance(node, ast.Compare):
        node.ops[0] = OTHER[type(node.ops[0])]()
    elif isinstance(node, ast.UnaryOp):
        node.op = ast.UAdd()
    else:
        node.value += 1
    return node


class Change:
    """A module with its place of that number changed: this node of this function."""

    def __init__(self, module, number, function, node):
        self.module, self.number = module, number
        self.line = source(module).splitlines()[node.lineno - 1].strip()
        self.at, self.which = node.lineno, 0
        self.what = f"{ast.unparse(node)}  ->  {ast.unparse(broken(copy.deepcopy(node)))}"
        self.place = f"{module}.py, line {node.lineno}"
        first = min(part.lineno for part in (function, *function.decorator_list))
        self.function = f"{module}:{first}"

    @property
    def tree(self):
        tree = ast.parse(source(self.module))
        broken(list(places(tree))[self.number][1])
        return tree

    def __str__(self):
        which = f" (no. {self.which})" if self.which else ""
        return f"{self.place}, {self.line!r}: {self.what}{which}"


def all_changes(module):
    """Every change to a module, in the order of its text."""
    changes = [Change(module, number, *place) for number, place in enumerate(places(ast.parse(source(module))))]
    seen = Counter()
    for change in changes:
        change.which = seen[change.at, change.what]
        seen[change.at, change.what] += 1
    return changes


@functools.cache
def source(module):
    return (ROOT / "gapsim" / f"{module}.py").read_text(encoding="utf-8")


class Broken(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports one module with a change instead of from its file."""

    def __init__(self, change):
        self.name, self.tree = f"gapsim.{change.module}", change.tree

    def find_spec(self, name, path, target=None):
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def get_source(self, name):
        return ast.unparse(self.tree)


class Calls:
    """Plugin of pytest that notes how long each test takes and which functions it calls."""

    def __init__(self):
        self.seconds, self.by_test, self.by_file, self.now = {}, {}, set(), None
        # A result that is kept hides calls from the tests after the first.
        kept = functools.cached_property, functools.cache, functools.lru_cache
        functools.cached_property, functools.cache, functools.lru_cache = property, _as_it_is, _as_it_is
        import gapsim  # noqa: F401
        functools.cached_property, functools.cache, functools.lru_cache = kept
        # What collecting and fixtures call counts for the whole file.
        self.now = self.by_file
        sys.setprofile(self._note)
        threading.setprofile(self._note)

    def _note(self, frame, event, argument):
        if event == "call" and frame.f_code.co_filename.startswith(HOME):
            self.now.add(f"{Path(frame.f_code.co_filename).stem}:{frame.f_code.co_firstlineno}")

    def pytest_runtest_logstart(self, nodeid):
        self.now = self.by_file

    def pytest_pyfunc_call(self, pyfuncitem):
        self.now = self.by_test.setdefault(pyfuncitem.nodeid, set())

    def pytest_runtest_logreport(self, report):
        if report.when == "call":
            self.seconds[report.nodeid] = report.duration
        self.now = self.by_file

    def calls(self):
        return {
            test: (self.seconds.get(test, 0), sorted(self.by_file | functions))
            for test, functions in self.by_test.items()
        }


def _as_it_is(function=None, **settings):
    return function or _as_it_is


class QuickestFirst:
    """Plugin of pytest that keeps the tests that call a function, in the order of the time they take."""

    def __init__(self, seconds):
        self.seconds = seconds

    def pytest_collection_modifyitems(self, items):
        items[:] = sorted((item for item in items if item.nodeid in self.seconds),
                          key=lambda item: self.seconds[item.nodeid])


def run_tests(folder, files, change=None, seconds=None):
    """In a process of its own: exit with what pytest says of the tests, on a changed module if any."""
    import hypothesis
    import pytest

    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    # What fails need not be made small, nor kept.
    quick = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile("quick", phases=quick, database=None, derandomize=True)
    hypothesis.settings.load_profile("quick")
    hypothesis.configuration.set_hypothesis_home_dir(folder)
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    if change:
        sys.meta_path.insert(0, Broken(change))
        plugin = QuickestFirst(seconds)
    else:
        plugin = Calls()
    done = pytest.main(["-x", "-q", "-p", "no:cacheprovider", *files], plugins=[plugin])
    if not change:
        Path(folder, "calls", Path(files[0]).name).write_text(json.dumps(plugin.calls()))
    os._exit(done)


class Runs:
    """Runs of tests, as many at once as there are cores."""

    def __init__(self, folder):
        self.folder = folder
        self.context = get_context("fork")
        self.running = {}

    def results(self, tasks):
        """Yield each (key, whether its tests pass) of tasks (key, *arguments of run_tests) as it ends."""
        tasks = iter(tasks)
        while True:
            while len(self.running) < os.cpu_count() and (task := next(tasks, None)):
                key, *arguments = task
                process = self.context.Process(target=run_tests, args=(self.folder, *arguments))
                process.start()
                self.running[process.sentinel] = key, process, time.monotonic()
            if not self.running:
                return
            connection.wait(self.running, timeout=1)
            for sentinel, (key, process, start) in list(self.running.items()):
                late = time.monotonic() - start > TIMEOUT
                if late:
                    process.kill()
                if late or not process.is_alive():
                    process.join()
                    del self.running[sentinel]
                    yield key, process.exitcode == 0


def what_tests_call(runs, folder):
    """For each test that needs only the library its seconds and the functions that it calls."""
    names = [
        path.name
        for path in sorted((ROOT / "tests").glob("test_*.py"))
        if path.name not in TESTS_LEFT_OUT and "from book" not in path.read_text(encoding="utf-8")
    ]
    Path(folder, "calls").mkdir()
    calls = {}
    for name, passes in runs.results((name, [f"tests/{name}"]) for name in names):
        if not passes:
            sys.exit(f"{name} fails already")
        calls |= json.loads(Path(folder, "calls", name).read_text())
    return calls


def preload():
    """Import what tests import, but not what is changed."""
    import hypothesis.strategies  # noqa: F401
    import matplotlib  # noqa: F401
    import mpmath  # noqa: F401
    import pytest  # noqa: F401
    import scipy.integrate  # noqa: F401
    import scipy.optimize  # noqa: F401
    import scipy.stats  # noqa: F401


def count(runs, module, calls, every):
    """Numbers of changes to a module that are noticed, that make no difference, and that are missed."""
    changes = all_changes(module)[::every]
    harmless_ones = {entry[:3] for entry in MAKES_NO_DIFFERENCE.get(module, [])}
    tasks = []
    for place, change in enumerate(changes):
        seconds = {test: taken for test, (taken, functions) in calls.items() if change.function in functions}
        if seconds:
            tasks.append((place, sorted({test.split("::")[0] for test in seconds}), change, seconds))
        else:
            print(f"  no test calls this: {change}", flush=True)
    noticed = same = 0
    for done, (place, passes) in enumerate(runs.results(tasks), 1):
        change = changes[place]
        harmless = (change.which, change.line, change.what) in harmless_ones
        noticed += not passes
        same += passes and harmless
        if passes != harmless:
            said = "noticed, though it is said to make no difference" if harmless else "not noticed"
            print(f"  {said}: {change}", flush=True)
        if done % 10 == 0:
            print(f"  {module}: {done} of {len(tasks)} tried", file=sys.stderr, flush=True)
    print(f"{module}: {noticed} of {len(changes)} noticed, {same} make no difference", flush=True)
    return noticed, same, len(changes)


def main():
    modules = [path.stem for path in sorted((ROOT / "gapsim").glob("*.py")) if path.stem not in LEFT_OUT]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="module", help=", ".join(modules))
    parser.add_argument("--every", type=int, default=1, help="break only every so many-th place")
    options = parser.parse_args()
    if unknown := set(options.modules) - set(modules):
        parser.error(f"no such module: {', '.join(sorted(unknown))}")
    # One thread in each, and none of the plugins that only some installations have.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    preload()
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(folder)
        calls = what_tests_call(runs, folder)
        counts = [count(runs, module, calls, options.every) for module in options.modules or modules]
    noticed, same, total = map(sum, zip(*counts))
    print(f"in all: {noticed} of {total} noticed, {same} make no difference")
    sys.exit(noticed + same < total)


if __name__ == "__main__":
    main()
