"""What a figure rests on, read from code whose dependencies are known."""

import pytest

from book.provenance import made_by

IMPORTS = """from gapsim import (
    BernoulliModel, GaussianModel, NormalDesign, RegressionModel, estimate_gap, turning_time,
)"""


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
        # A loop defines `y` anew in each round, so what it was before is no part of the figure.
        (["y = turning_time(1, 2)", "for k in range(3):\n    y = k\n    ax.plot(y)\nax.plot(GaussianModel(1, 2).limit(3))"],
         ["GaussianModel.limit"]),
        # A method of the class that its object has, and of no other in the same figure.
        (["m, r = GaussianModel(1, 2), RegressionModel(NormalDesign())", "ax.plot(m.gap(1, 2), r.limit(1))"],
         ["GaussianModel.gap", "RegressionModel.limit"]),
        (["models = {'a': GaussianModel(1, 2), 'b': BernoulliModel(1, 0.5)}\nr = RegressionModel(NormalDesign())",
          "for name, m in models.items():\n    ax.plot(m.gap(1, 2), r.limit(1))"],
         ["BernoulliModel.gap", "GaussianModel.gap", "RegressionModel.limit"]),
        (["def f(m, n):\n    return m.gap(n, 1)", "m = RegressionModel(NormalDesign())",
          "ax.plot(f(BernoulliModel(1, 0.5), 3), m.limit(1))"],
         ["BernoulliModel.gap", "RegressionModel.limit"]),
        (["m = RegressionModel(NormalDesign())", "ax.plot(m.design.inverse_moment(3), m.sample(1, 2))"],
         ["NormalDesign.inverse_moment", "RegressionModel.sample"]),
        # Whose `gap` it is cannot be told here, so none is named.
        (["m = [GaussianModel(1, 2), BernoulliModel(1, 0.5)]", "y = mystery(m)\nax.plot(y[0].design.gap(1, 2), turning_time(1, 1))"],
         ["turning_time"]),
        # A number that the cell pastes into the text is no part of its figure.
        (["m = GaussianModel(1, 2)", "glue('limit', f'{m.limit(1)}')\nax.plot(m.gap(1, 2))"], ["GaussianModel.gap"]),
        (["x = [1, 2]", "figures.show(figures.axes())"], ["figures.axes", "figures.show"]),
    ],
)
def test_functions_behind_a_figure(cells, expected):
    assert [name for name, _, _ in made_by([IMPORTS, *cells])] == expected
