"""What a figure rests on, read from code whose dependencies are known."""

import pytest

from book.provenance import made_by

IMPORTS = "from gapsim import BernoulliModel, GaussianModel, estimate_gap, figures, turning_time"


@pytest.mark.parametrize(
    "cells, expected",
    [
        (["model = GaussianModel(1, 2)", "y = model.gap(3, 0.5)", "ax.plot(y)"], ["GaussianModel.gap"]),
        # What was defined last counts, and what the figure does not use does not.
        (["y = turning_time(1, 2)\nz = estimate_gap(m, 1, 2)", "y = GaussianModel(1, 2).limit(3)", "ax.plot(y)"],
         ["GaussianModel.limit"]),
        (["y = turning_time(1, 2)", "for k in range(3):\n    y += k", "ax.plot(y)"], ["turning_time"]),
        # Through functions, comprehensions and names that are the same by chance.
        (["def f(n):\n    return turning_time(n, 1)", "n = estimate_gap(m, 1, 2)", "ax.plot([f(n) for n in x])"],
         ["turning_time"]),
        (["n = estimate_gap(m, 1, 2)", "ax.plot({n: turning_time(n, 1) for n in x}, {n for n in x})"], ["turning_time"]),
        (["m = BernoulliModel(1, 0.5)", "ax.plot(m.strip_center(1, 2), m.gap(1, 2))"],
         ["BernoulliModel.gap", "BernoulliModel.strip_center"]),
        (["x = [1, 2]", "figures.show(figures.axes())"], ["figures.axes", "figures.show"]),
    ],
)
def test_functions_behind_a_figure(cells, expected):
    assert [name for name, _, _ in made_by([IMPORTS, *cells])] == expected
