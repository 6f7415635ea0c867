"""Data sets, parts, units and subsets: against all subsets listed, and against what leaks from held-out rows."""

import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest

from gapbook import datasets
from gapsim import robust_slope

ROWS = np.array([[1.0, -2.0], [0.5, 3.0], [-1.5, 0.0], [4.0, 1.0], [2.5, -1.0], [0.0, 6.0]])
LABELS = np.array([1.0, -1.0, 1.0, 1.0, -1.0, -1.0])


def products(x, y):
    """Something of each subset that is no mean of its rows."""
    return np.abs((y[..., None] * x).mean(axis=1)) ** 3


@pytest.mark.parametrize("n", [1, 2, 4])
def test_means_are_those_over_all_subsets(n):
    chosen = np.array(list(combinations(range(6), n)))
    exact = products(ROWS[chosen], LABELS[chosen]).mean(axis=0)
    found = datasets.over_subsets(products, ROWS, LABELS, n, trials=4000, rng=n)
    assert found.value.shape == found.stderr.shape == (1, 2)
    assert (np.abs(found.value[0] - exact) < 4.5 * found.stderr[0]).all()
    # Of the mean of 4000, not of one subset.
    spread = products(ROWS[chosen], LABELS[chosen]).std(axis=0) / np.sqrt(4000)
    np.testing.assert_allclose(found.stderr[0], spread, rtol=0.1)


def test_no_row_comes_twice_smaller_subsets_begin_larger_ones_and_all_rows_leave_no_choice(monkeypatch):
    drawn = []

    def first_column(x, y):
        drawn.append(x)
        return x.sum(axis=1)[:, :1]

    x = np.column_stack([np.arange(9.0), np.ones(9)])
    found = datasets.over_subsets(first_column, x, np.ones(9), [3, 9], trials=50, rng=1)
    small, large = (each[..., 0] for each in drawn)
    assert (np.sort(large, axis=1) == np.arange(9)).all() and (large[:, :3] == small).all()
    assert len({tuple(row) for row in small}) > 40
    assert found.value[1] == 36 and found.stderr[1] == 0 < found.stderr[0]
    monkeypatch.setattr(datasets, "BLOCK", 40)  # a few subsets at a time
    again = datasets.over_subsets(first_column, x, np.ones(9), [3, 9], trials=50, rng=1)
    assert (again.value == found.value).all() and (again.stderr == found.stderr).all() and len(drawn) > 10


@pytest.mark.parametrize("rows, share, size", [(10, 0.5, 5), (10, 0.01, 2), (10, 0.99, 8), (4, 0.7, 2)])
def test_each_row_is_in_one_part(rows, share, size):
    train, held_out = datasets.parts(rows, share, 3)
    assert len(train) == size and sorted([*train, *held_out]) == list(range(rows))
    assert (train == datasets.parts(rows, share, 3)[0]).all()
    assert any((train != datasets.parts(rows, share, seed)[0]).any() for seed in range(4, 8))


@pytest.mark.parametrize("together", [False, True])
def test_held_out_rows_have_no_say_in_the_unit(together):
    train, held_out = np.array([0, 2, 3, 5]), np.array([1, 4])
    x = np.column_stack([ROWS, np.full(6, 0.1), 100 * ROWS[:, 0]])
    x[held_out, 2] = 7.0
    found = datasets.standardised(x, train, together)
    assert found.shape == (6, 3)  # what is constant in the training part is left out
    np.testing.assert_allclose(found[train].mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(found[train].var(axis=0).mean() if together else found[train].var(axis=0), 1)
    changed = x.copy()
    changed[held_out] += 50.0
    other = datasets.standardised(changed, train, together)
    assert (other[train] == found[train]).all() and (other[held_out] > found[held_out]).all()
    ratio = found[:, 2] / found[:, 0]
    np.testing.assert_allclose(ratio, 100 if together else 1)


def test_models_are_those_of_the_parts():
    train, held_out = datasets.parts(6, 0.5, 8)
    one, other = datasets.models(ROWS, LABELS, 0.5, 8)
    x = datasets.standardised(ROWS, train)
    assert (one.x == x[train]).all() and (one.y == LABELS[train]).all()
    assert (other.x == x[held_out]).all() and (other.y == LABELS[held_out]).all()
    assert not np.allclose(datasets.models(ROWS, LABELS, 0.5, 8, together=True)[0].x, one.x)


def test_the_data_are_what_they_are_said_to_be():
    x, y = datasets.breast_cancer()
    assert x.shape == (569, 30) and (y == 1).sum() == 357 and set(y) == {-1, 1}
    # Malignant nuclei are the larger ones.
    assert x[y == -1, 0].mean() > x[y == 1, 0].mean()
    x, y = datasets.digits(8, 3)
    assert x.shape[1] == 64 and len(x) == len(y) == 357 and (x.min(), x.max()) == (0, 16)
    assert (y == 1).sum() == 174 and (datasets.digits(3, 8)[1] == -y).all()
    x, y = datasets.diabetes("bmi")
    assert x.shape == y.shape == (442,) and 18 <= x.min() < x.max() < 43  # as measured
    assert abs(np.corrcoef(x, y)[0, 1] - 0.586) < 1e-3
    assert robust_slope(x - x.mean(), y - y.mean(), 0.5) > 0


@pytest.mark.parametrize("call, name", [
    (lambda: datasets.digits(3, 3), "second"), (lambda: datasets.digits(3, 10), "second"),
    (lambda: datasets.digits(-1, 3), "first"), (lambda: datasets.digits("3", 8), "first"),
    (lambda: datasets.digits(2.5, 8), "first"), (lambda: datasets.digits([3], 8), "first"),
    (lambda: datasets.diabetes("weight"), "feature"), (lambda: datasets.diabetes(2), "feature"),
    (lambda: datasets.parts(3, 0.5, 1), "rows"), (lambda: datasets.parts(10, 1.0, 1), "share"),
    (lambda: datasets.parts(10, 0.5, "seed"), "rng"),
    (lambda: datasets.over_subsets(products, ROWS, LABELS, 7, trials=5, rng=1), "n"),
    (lambda: datasets.over_subsets(products, ROWS, LABELS, 0, trials=5, rng=1), "n"),
    (lambda: datasets.over_subsets(products, ROWS, LABELS, 2, trials=1, rng=1), "trials"),
    (lambda: datasets.over_subsets(products, ROWS, LABELS, 2, trials=5, rng=-1), "rng"),
])  # fmt: skip
def test_malformed_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=f"^{name} must be "):
        call()


@pytest.mark.parametrize(
    "call", [datasets.breast_cancer, lambda: datasets.digits(3, 8), lambda: datasets.diabetes("bmi")]
)
def test_without_scikit_learn_a_sentence_says_what_to_install(call, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match="come with scikit-learn, which is not here: pip install scikit-learn"):
        call()


def test_scikit_learn_is_asked_for_when_data_are_and_not_before():
    code = "import sys, gapbook.datasets, gapbook.ledger; print('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
