"""The code cells of the chapters: short, narrow, and figures whose labels touch nothing."""

import ast

import IPython.display
import myst_nb
import pytest

from book import notebooks
from gapbook import figures

CHAPTERS = notebooks.chapters()
NAMES = [path.stem for path in CHAPTERS]
DRAWN = [path for path in CHAPTERS if "figures.show(" in path.read_text(encoding="utf-8")]
# What makes a chapter quick without changing what its figures have to label.
QUICK = {
    "trials": 300, "solver_trials": 2, "test_points": 2000, "runs": 20, "run_trials": 50, "trials_per_run": 50,
}
OTHERS = {
    "gaussian": [{"mean": 0.5, "std": 3.0, "bound": 2.0}, {"mean": 4.0, "std": 1.0}],
    "bernoulli": [{"theta": 0.8, "eps": 0.35, "signals": [0.3]}, {"eps": 0.6, "signals": [0.2, 0.4, 0.9]}],
    "classifiers": [{"n": 5, "eps": 0.9, "bound": 3.0}],
    "discussion": [{"std": 0.7, "tau": 0.4}],
    "regression_fit": [{"slope": -2.0, "noise": 0.3, "rate": 2.0, "n": 5, "eps": 1.0}],
    "regression_gaussian": [{"slope": 2.0, "noise": 0.5, "attacks": [0.3, 0.9]}],
    "findings": [{"seed": 1}],
}


def code_cells(path):
    return [cell for cell in notebooks.notebook(path).cells if cell.cell_type == "code"]


def tags(cell):
    return cell.metadata.get("tags", [])


@pytest.mark.parametrize("path", CHAPTERS, ids=NAMES)
def test_cells_are_narrow_and_those_that_hold_the_idea_short(path):
    for cell in code_cells(path):
        lines = cell.source.splitlines()
        wide = [line for line in lines if len(line) > 100]
        assert not wide, wide
        assert "drawing" in tags(cell) or len(lines) <= 18, "\n".join([f"{len(lines)} lines:", *lines[:3]])


@pytest.mark.parametrize("path", CHAPTERS, ids=NAMES)
def test_captions_and_labels_are_not_between_the_reader_and_the_idea(path):
    cells = code_cells(path)
    for before, cell in zip([None, *cells], cells):
        shown = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Attribute) and node.attr in ("show", "show_table")]
        if "gapbook" in cell.source or not any(getattr(node.value, "id", "") == "figures" for node in shown):
            continue
        assert "drawing" in tags(cell), cell.source
        assert "beside" not in tags(cell) or "beside" in tags(before), "it stands in the row of its idea"


def run(path, monkeypatch, **others):
    """Figures of a chapter executed in this process, and for each the functions it names; code up to it."""
    found, code = [], []
    shown = figures.show
    monkeypatch.chdir(path.parent)
    monkeypatch.setattr(IPython.display, "display", lambda *args, **options: None)
    monkeypatch.setattr(myst_nb, "glue", lambda *args, **options: None)

    def show(figure, name, caption, alt, by=()):
        shown(figure, name=name, caption=caption, alt=alt, by=by)
        found.append((name, caption, figures.collisions(figure), by, "".join(code)))

    monkeypatch.setattr(figures, "show", show)
    names = {}
    for cell in code_cells(path):
        code.append(cell.source)
        exec(compile(cell.source, f"{path.stem}, a cell", "exec"), names)
        if "parameters" in tags(cell):
            names |= {key: value for key, value in {**QUICK, **others}.items() if key in names}
    return found


@pytest.mark.parametrize("path", DRAWN, ids=[path.stem for path in DRAWN])
def test_labels_touch_nothing_captions_are_plain_and_functions_were_called(path, monkeypatch):
    for name, caption, touching, by, code in run(path, monkeypatch):
        assert touching == [], name
        assert not any(mark in caption for mark in ("{eq}", "{numref}", "{prf:ref}", "{doc}", r"\E", r"\eps")), caption
        for function in by:
            assert f"{function.__name__}(" in code, (name, function)


@pytest.mark.parametrize("name, others", [(name, each) for name in OTHERS for each in OTHERS[name]], ids=str)
def test_labels_touch_nothing_with_other_parameters(name, others, monkeypatch):
    for figure, _, touching, _, _ in run(notebooks.CHAPTERS / f"{name}.md", monkeypatch, **others):
        assert touching == [], figure
