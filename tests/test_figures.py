"""What a figure draws and gives away as data are the same numbers, and its labels can be read."""

import csv
import io

import matplotlib
import numpy as np
import pytest

from book.extension.figures import as_csv
from gapbook import figures
from gapsim import GapEstimate, GaussianModel, estimate_gap, gaussian


def test_data_are_those_of_the_curves_points_and_bands():
    model, n = GaussianModel(1.0, 2.0), np.arange(1, 6)
    estimate = estimate_gap(model, n, [0.9], trials=200, rng=1)
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
        ["# series", "panel", "curve", "drawn"],
        ["# 1", "1", "first", "line"],
        ["# 2", "1", "second, with a comma", "points"],
        ["# 3", "1", "third", "band"],
        ["series", "x", "y", "low", "high"],
        ["1", "1", "0.333333", "", ""],
        ["1", "2", "2e-09", "", ""],
        ["2", "1", "5", "", ""],
        ["2", "2", "6", "", ""],
        ["3", "3", "", "0", "1"],
        ["3", "4", "", "0", "2"],
    ]


@pytest.mark.parametrize(("color", "transparent"), [("#440154", None), ("#440154", 0.4)])
def test_discs_are_drawn_as_dots_and_rings_and_what_is_transparent_as_they_are(color, transparent):
    def marks(**style):
        figure, ax = figures.axes()
        ax.set(xticks=[], yticks=[])
        ax.plot([1, 2, 2, 3], [1, 4, 4, 2], "o", color=color, markersize=4, **style)
        text = figures.svg(figure)
        return text.count("h0"), text.count("<use href=\"#m"), 'stroke-width: 5; stroke-linecap: round' in text

    assert marks(alpha=transparent) == ((0, 4, False) if transparent else (3, 0, True))
    assert marks(markerfacecolor="none", alpha=transparent)[0] == 0


def test_data_hold_infinite_estimates_and_colours_of_any_kind():
    figure, ax = figures.axes()
    purple = np.array([0.27, 0.0, 0.33, 1.0])
    estimate = GapEstimate(np.array([-np.inf, 0.5]), np.array([np.nan, 0.1]), 100)
    figures.sampled(ax, [1, 2], estimate, purple)
    figures.exact(ax, [1, 2], [-np.inf, 0.5], purple, label="exact")
    points, line = figures.data(figure)
    assert points["x"] == [1, 2] and points["y"] == line["y"] == [-np.inf, 0.5]
    assert np.isnan(points["low"][0]) and points["low"][1] < 0.5 < points["high"][1]
    assert figures._short([line])[0]["y"] == "-inf 0.5"


@pytest.mark.parametrize("scale, far", [("linear", 0.1), ("log", 1e-3)])
def test_labels_stand_at_the_ends_of_their_curves_unless_they_would_overlap(scale, far):
    def heights(ends):
        figure, ax = figures.axes()
        ax.set(yscale=scale, xlim=(0.1, 1.1), ylim=(5e-5, 1))
        figures.label_ends(ax, [(1, y, str(y), "#440154") for y in ends])
        figures.place_labels(figure)
        assert figures.collisions(figure) == []
        return np.array([text.xyann[1] for text in ax.texts])

    np.testing.assert_allclose(heights([far, 0.5]), 0, atol=1e-9)
    low, high = heights([0.3, 0.3001])
    assert low < -3 and high > 3
    # A free label stays at its curve whatever others have to do.
    assert heights([far, 0.3, 0.3001])[0] == pytest.approx(0, abs=1e-9)


def test_a_label_beside_its_curve_goes_where_nothing_is():
    figure, ax = figures.axes()
    x = np.linspace(0, 1, 50)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.plot(x, x)
    ax.plot(x, x + 0.06, "o")
    figures.label(ax, x[25:], x[25:], "the straight one", "#440154")
    figures.place_labels(figure)
    assert figures.collisions(figure) == []
    across, up = ax.texts[0].xyann
    assert across > 0 or up < 0, "the points are above the line"


def _a_line(ax):
    ax.plot([0, 1], [0, 1])


def _points(ax):
    ax.plot([0.5], [0.5], "o")


def _an_interval(ax):
    ax.errorbar([0.5], [0.1], [[0.0], [0.8]], fmt="o")


def _a_guide(ax):
    ax.axhline(0.5, ls=":")


def _a_level(ax):
    ax.contour([0, 1], [0, 1], [[0, 0], [1, 1]], levels=[0.5])


def _a_label(ax):
    ax.text(0.5, 0.51, "another")


@pytest.mark.parametrize("other", [_a_line, _points, _an_interval, _a_guide, _a_level, _a_label], ids=lambda f: f.__name__)
def test_a_label_that_touches_something_is_found(other):
    figure, ax = figures.axes()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    other(ax)
    assert figures.collisions(figure) == []
    ax.text(0.5, 0.5, "label", ha="center", va="center")
    assert "label" in [text for text, _ in figures.collisions(figure)]


def test_a_label_may_stand_between_lines_and_where_a_line_is_cut_off():
    figure, ax = figures.axes()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.plot([0, 1], [0.3, 0.3])
    ax.plot([0, 2], [0.7, 0.7])
    ax.plot([0, np.nan, 1], [0.5, 0.5, 0.5])
    ax.text(0.5, 0.5, "between", va="center")
    ax.annotate("beyond", (1, 0.7), xytext=(6, 0), textcoords="offset points", va="center")
    assert figures.collisions(figure) == []


def test_matplotlibs_own_settings_stay_and_do_not_reach_the_figures(tmp_path):
    with matplotlib.rc_context({"lines.linewidth": 9, "font.size": 30, "axes.facecolor": "red"}):
        theirs = dict(matplotlib.rcParams)
        figure, ax = figures.axes()
        ax.plot([0, 1], [0, 1], label="a line")
        figures.key(figure)
        hostile = figures.svg(figure)
        assert dict(matplotlib.rcParams) == theirs
    figure, ax = figures.axes()
    ax.plot([0, 1], [0, 1], label="a line")
    figures.key(figure)
    assert figures.svg(figure) == hostile


def test_a_figure_that_is_drawn_twice_is_the_same_twice():
    figure, ax = figures.axes()
    ax.plot([0, 1], [0, 1])
    figures.label_ends(ax, [(1, 1, "an end", "black")])
    figures.place_labels(figure)
    assert figures.svg(figure) == figures.svg(figure)


def test_a_figure_names_the_functions_behind_it():
    assert figures.computed_by([GaussianModel.gap, estimate_gap]) == [
        ["gapsim.classifiers", "ClassificationModel.gap"], ["gapsim.simulation", "estimate_gap"],
    ]
    assert len(figures.computed_by([GaussianModel.gap, estimate_gap, GaussianModel.gap])) == 2
    for wrong in (np.sqrt, figures.axes, "GaussianModel.gap", GaussianModel(1, 2).gap, gaussian._coordinate_gap, lambda: 0):
        with pytest.raises(ValueError, match="public functions and methods of gapsim"):
            figures.computed_by([wrong])


def test_a_light_picture_is_the_same_picture():
    heavy = """<g id="a">
  <path d="M 12.345678 -0.001
L 20 3.14159
" clip-path="url(#c)" style="fill: none; stroke: #440154"/>
  <path d="M 1.006 2
C 1 2.126 3 4 5 6
z
" clip-path="url(#c)" style="fill: none; stroke: #440154"/>
  <path d="M 1 2
" clip-path="url(#c)" style="fill: none; stroke: #3b528b"/>
  <g clip-path="url(#c)">
   <use xlink:href="#m" x="2" y="3" style="fill: #440154"/>
   <use xlink:href="#m" x="1.23456" y="400.629977" style="fill: #440154"/>
   <use xlink:href="#m" x="2" y="3" style="fill: #440154"/>
  </g>
  <!-- a word --><metadata>whose</metadata>
  <text transform="translate(1.23456 2) scale(0.015625)">0.123456</text>
  <use xlink:href="#DejaVuSans-1"/>
</g>"""
    assert figures._light(heavy) == (
        "<g>"
        '<path d="M12.35 0L20 3.14M1.01 2C1 2.13 3 4 5 6z" clip-path="url(#c)" style="fill: none; stroke: #440154"/>'
        '<path d="M1 2" clip-path="url(#c)" style="fill: none; stroke: #3b528b"/>'
        '<g clip-path="url(#c)" style="fill: #440154">'
        '<use href="#m" x="1.23" y="400.63"/><use href="#m" x="2" y="3"/></g>'
        '<text transform="translate(1.23 2) scale(0.015625)">0.123456</text><use href="#D-1"/></g>\n'
    )
    seen_through = heavy.replace("fill: none;", "fill: none; stroke-opacity: 0.5;")
    assert figures._light(seen_through).count("<path") == 3
    assert figures._light(heavy.replace("fill: #440154", "opacity: 0.5")).count("<use") == 4


@pytest.mark.parametrize("free", [True, False])
def test_a_shown_figure_says_which_labels_touch(free, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda content, raw, metadata: shown.append(metadata["gapsim"]))
    figure, ax = figures.axes()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.text(0.5, 0.5, "first")
    ax.text(0.5, 0.9 if free else 0.5, "second")
    figures.show(figure, name="fig-x", caption="Two words.", alt="Two words.")
    assert ("touching" in shown[0]) == (not free)
