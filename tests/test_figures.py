"""What a figure draws and what it gives away as data are the same numbers."""

import csv
import io

import numpy as np

from book.extension import as_csv
from gapsim import GaussianModel, estimate_gap, figures


def test_data_are_those_of_the_curves_points_and_bands():
    model, n = GaussianModel(1.0, 2.0), np.arange(1, 6)
    estimate = estimate_gap(model, n, [0.9], 200, 1)
    low, high = estimate.interval()
    figure, (left, right) = figures.axes(columns=2)
    figures.exact(left, n, model.gap(n, 0.9), "#440154")
    figures.sampled(left, n, estimate, "#440154", column=0)
    figures.label_ends(left, [(5, 0.2, r"$\varepsilon=0.9$", "#440154")])
    left.axhline(0.3)
    left.set_title("left")
    figures.published(right, n, n / 7, "#3b528b", label="printed")
    right.fill_between(n, n / 3, -n, where=n > 2, color="#21868c", label="strip")
    curves = {
        (curve["panel"], curve["curve"], curve["drawn"]): curve for curve in figures.data(figure)
    }
    assert set(curves) == {
        ("left", "eps=0.9", "line"),
        ("left", "eps=0.9", "points with intervals"),
        ("2", "printed", "hollow points"),
        ("2", "strip", "band"),
    }
    assert curves["left", "eps=0.9", "line"]["y"] == model.gap(n, 0.9).tolist()
    sampled = curves["left", "eps=0.9", "points with intervals"]
    assert sampled["y"] == estimate.value[:, 0].tolist()
    np.testing.assert_allclose(sampled["low"], low[:, 0], rtol=1e-12)
    np.testing.assert_allclose(sampled["high"], high[:, 0], rtol=1e-12)
    assert curves["2", "printed", "hollow points"]["x"] == n.tolist()
    assert curves["2", "printed", "hollow points"]["y"] == (n / 7).tolist()
    band = curves["2", "strip", "band"]
    assert band["x"] == [3, 4, 5] and band["low"] == [-3, -4, -5]
    np.testing.assert_allclose(band["high"], [1, 4 / 3, 5 / 3], rtol=1e-12)


def test_a_figure_without_curves_has_no_data():
    figure, ax = figures.axes()
    ax.axvline(1)
    ax.plot([], [], label="only in the legend")
    assert figures.data(figure) == []


def test_data_pass_through_the_notebook_into_csv():
    figure, ax = figures.axes()
    ax.plot([1, 2], [1 / 3, 2e-9], label="first")
    ax.plot([1, 2], [5, 6], "o", label="second, with a comma")
    ax.fill_between([3, 4], [1, 2], label="third")
    rows = list(csv.reader(io.StringIO(as_csv(figures._short(figures.data(figure))))))
    assert rows == [
        ["panel", "curve", "drawn", "x", "y", "low", "high"],
        ["1", "first", "line", "1", "0.333333", "", ""],
        ["1", "first", "line", "2", "2e-09", "", ""],
        ["1", "second, with a comma", "points", "1", "5", "", ""],
        ["1", "second, with a comma", "points", "2", "6", "", ""],
        ["1", "third", "band", "3", "", "0", "1"],
        ["1", "third", "band", "4", "", "0", "2"],
    ]
