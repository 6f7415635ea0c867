"""What counts as the same figure: each way in which one can change, made on purpose."""

import copy
import os
import re
import shutil
import subprocess
import sys

import nbformat
import numpy as np
import pytest

from book import cache, comparison, notebooks
from gapbook import figures, held
from gapsim import GaussianModel, estimate_gap


def output(data, alt="two curves", svg="<svg/>"):
    return nbformat.from_dict({
        "output_type": "display_data",
        "data": {comparison.PICTURE: svg, figures.DATA_MIME: data, "text/plain": "A caption."},
        "metadata": {"gapsim": {"name": "fig-a", "caption": "A caption.", "alt": alt}},
    })


def drawn(change=lambda name, value: value):
    """The data of a figure with one curve of each kind, after a change of its values."""
    model, n = GaussianModel(1.0, 2.0), np.arange(1, 9)
    estimate = estimate_gap(model, n, [0.9], trials=100, rng=1)
    figure, ax = figures.axes()
    figures.exact(ax, n, change("computed", model.gap(n, 0.9)), "#440154", label="computed")
    figures.exact(ax, n, change("exact", model.gap(n, 0.5)), "#3b528b", label="exact", error=1e-6)
    figures.sampled(ax, n, estimate, "#21868c", label="sampled", column=0)
    figures.published(ax, n, change("published", n / 7), "#3a9141", label="published")
    return figures._short(figures.data(figure))


def found(mine, theirs):
    return list(comparison.differences("chapter", [output(mine)], [output(theirs)]))


def moved(curve, factor):
    """Move the fourth point of a curve by so many times what it is allowed."""
    reference = comparison.curves(drawn())
    [key] = (key for key in reference if key[1] == curve)
    allowed = comparison.tolerance(reference[key], "y")[3]

    def change(name, value):
        return value + factor * (allowed or 1e-9) * (np.arange(value.size) == 3) if name == curve else value

    return drawn(change)


def test_the_same_data_are_the_same():
    assert found(drawn(), drawn()) == []


@pytest.mark.parametrize("curve", ["computed", "exact"])
def test_a_curve_is_held_to_its_tolerance_and_its_point_is_named(curve):
    assert found(drawn(), moved(curve, 0.5)) == []
    [said] = found(drawn(), moved(curve, 10))
    before, after = (comparison.curves(data)["1", curve, "line", 0]["y"][3] for data in (drawn(), moved(curve, 10)))
    assert said.startswith(f"chapter, fig-a: panel '1', curve '{curve}' (line), point 4 (x = 4): y = ")
    assert f"{before:.12g} in the reference, {after:.12g} computed" in said
    assert "error estimate" in said if curve == "exact" else "round differently" in said


def test_what_a_solver_found_is_held_to_a_share_of_the_largest():
    reference = [{"panel": "1", "curve": "a", "drawn": "points", "held": held.SOLVED, "x": "1 2", "y": "1 0"}]
    for off, same in ((5e-8, True), (5e-7, False)):
        computed = [{**reference[0], "y": f"1 {off}"}]
        assert (list(comparison.figure_differences("fig", reference, computed)) == []) == same


def test_data_that_are_held_to_something_else_are_named():
    reference = [{"panel": "1", "curve": "a", "drawn": "points", "held": held.SOLVED, "x": "1", "y": "1"}]
    [said] = comparison.figure_differences("fig", reference, [{**reference[0], "held": held.SAMPLED}])
    assert "solved: " in said and "now to 'sampled: " in said


def test_published_points_are_exact():
    [said] = found(drawn(), moved("published", 1))
    assert "curve 'published' (hollow points), point 4" in said and "copied" in said


@pytest.mark.parametrize("column", ["x", "y", "low", "high"])
def test_each_column_of_a_sampled_curve_is_held_to_the_same_draws(column):
    mine, theirs = drawn(), drawn()
    [points] = (curve for curve in theirs if curve["curve"] == "sampled")
    for curve in theirs:  # an x that curves share is written with the first
        curve.setdefault("x", theirs[0]["x"])
    first, *rest = points[column].split()
    points[column] = " ".join([f"{float(first) * (1 + 1e-7):.12g}", *rest])
    [said] = found(mine, theirs)
    assert f"curve 'sampled' (points with intervals), point 1 (x = 1): {column} = " in said and "same draws" in said


def test_missing_and_new_curves_and_points_are_named():
    fewer = [curve for curve in drawn() if curve["curve"] != "exact"]
    assert found(drawn(), fewer) == ["chapter, fig-a: panel '1', curve 'exact' (line) is missing"]
    assert found(fewer, drawn()) == ["chapter, fig-a: panel '1', curve 'exact' (line) is not in the reference"]
    short = copy.deepcopy(drawn())
    short[0]["y"] = "0 1"
    assert found(drawn(), short) == [f"chapter, fig-a: panel '1', curve '{short[0]['curve']}' ({short[0]['drawn']}), y: 8 points in the reference, 2 computed"]
    assert list(comparison.differences("chapter", [output(drawn())], []))


def test_nan_and_infinity_are_themselves_only():
    def curve(y):
        return {"panel": "1", "curve": "a", "drawn": "line", "held": figures.COMPUTED, "x": "1 2 3", "y": y}

    assert found([curve("nan -inf 1")], [curve("nan -inf 1")]) == []
    for other in ("0 -inf 1", "nan inf 1", "nan 5 1", "nan -inf nan"):
        assert len(found([curve("nan -inf 1")], [curve(other)])) == 1, other


def test_a_caption_and_an_alternative_text_are_text():
    said = list(comparison.differences("chapter", [output(drawn())], [output(drawn(), alt="two Curves")]))
    assert len(said) == 1 and "two curves" in said[0] and "two Curves" in said[0]


SVG = '<path d="M1.25 3L4 5.5" clip-path="url(#p0123456789)" style="stroke: #440154"/>'


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (SVG.replace("1.25", "1.26").replace("p0123456789", "pabcdef0123"), True),
        (SVG.replace("#440154", "#440155"), False),
        (SVG.replace("1.25", "2.25"), False),
        (SVG.replace("path d", "path e"), False),
    ],
)
def test_a_picture_alone_is_no_difference_and_is_kept_if_only_last_digits_moved(other, same):
    mine, theirs = output(drawn(), svg=SVG), output(drawn(), svg=other)
    assert list(comparison.differences("chapter", [mine], [theirs])) == []
    assert comparison.same_drawing(mine, theirs) is same


def test_the_explorers_numbers_may_turn_over_in_the_last_digit_alone():
    table = {"gap": [[0.12345678, None]], "name": "a", "n": [1]}
    assert comparison.same_table(table, table | {"gap": [[0.12345679, None]]})
    for other in ({"gap": [[0.12345681, None]]}, {"n": [2]}, {"gap": [[0.1234]]}, {"name": "b"}, {"new": 1}):
        assert not comparison.same_table(table, table | other)


CHAPTER = "preliminaries"


@pytest.fixture
def committed():
    return nbformat.read(notebooks.CHAPTERS / f"{CHAPTER}.ipynb", as_version=4)


def edited(book, change):
    """The notebook after a change of the data of its first figure."""
    book = copy.deepcopy(book)
    shown = next(o for cell in book.cells for o in cell.get("outputs", []) if figures.DATA_MIME in o.get("data", {}))
    change(shown["data"])
    return book


def off_in_the_last_digit(data):
    curve = data[figures.DATA_MIME][0]
    first, *rest = curve["y"].split()
    curve["y"] = " ".join([repr(float(first) * (1 + 1e-12)), *rest])
    data[comparison.PICTURE] = data[comparison.PICTURE].replace("p", "p", 1)


def off(data):
    curve = data[figures.DATA_MIME][0]
    first, *rest = curve["y"].split()
    curve["y"] = " ".join([repr(float(first) + 0.01), *rest])


def recoloured(data):
    data[comparison.PICTURE] = data[comparison.PICTURE].replace("stroke: #", "stroke: #f", 1)


def test_references_keep_what_differs_in_last_digits_only(committed):
    computed = edited(committed, off_in_the_last_digit)
    assert computed != committed
    assert comparison.keep_the_same(CHAPTER, committed, computed) == [] and computed == committed
    computed = edited(committed, off)
    [said] = comparison.keep_the_same(CHAPTER, committed, computed)
    assert "point 1" in said and computed != committed
    computed = edited(committed, recoloured)
    assert comparison.keep_the_same(CHAPTER, committed, computed) == [] and computed != committed


@pytest.mark.parametrize("words", [[], ["--executed", "--nbval-kernel-name=none"]], ids=["anew", "for the book"])
def test_nbval_compares_figures_by_their_data(committed, tmp_path, words):
    if words and cache.stale(notebooks.CHAPTERS / f"{CHAPTER}.md"):
        pytest.skip("what the book shows, since it is not built: run `make book`")
    # In a folder of its own with the project's conftest, as `pytest --nbval chapters` has it.
    (tmp_path / "conftest.py").write_text((notebooks.ROOT / "conftest.py").read_text())
    # Up to the first figure.
    drawn = next(k for k, cell in enumerate(committed.cells) if any(figures.DATA_MIME in o.get("data", {}) for o in cell.get("outputs", [])))
    committed.cells = committed.cells[: drawn + 1]
    for change in (off, recoloured, off_in_the_last_digit):
        (tmp_path / change.__name__).mkdir()
        notebooks.write(edited(committed, change), tmp_path / change.__name__ / f"{CHAPTER}.ipynb")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", *words, "-p", "no:cacheprovider", "-p", "no:xdist", "."],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(notebooks.ROOT)}, capture_output=True, text=True,
    )
    failed = re.findall(r"^FAILED (\w+)/", done.stdout, re.M)
    assert failed == ["off"] and f"{CHAPTER}, fig-coverage: panel" in done.stdout, done.stdout


def test_what_the_book_did_not_execute_confirms_nothing(monkeypatch, pytestconfig):
    executed, reference = pytestconfig.pluginmanager.get_plugin(str(notebooks.ROOT / "conftest.py")).Executed, notebooks.CHAPTERS / f"{CHAPTER}.ipynb"
    monkeypatch.setattr(cache, "stale", lambda path: True)
    with pytest.raises(notebooks.ChapterError, match=rf"^chapters/{CHAPTER}\.md as it is was not executed yet: run `make book`$"):
        executed(reference)
    monkeypatch.setattr(cache, "stale", lambda path: False)
    monkeypatch.setattr(notebooks, "executed", lambda path: reference)
    kernel, code = executed(reference), [cell for cell in notebooks.read(reference).cells if cell.cell_type == "code"]
    with pytest.raises(notebooks.ChapterError, match=rf"^chapters/{CHAPTER}\.md has no such cell: `make edits` .*, `make references` .* anew$"):
        kernel.execute_cell_input("1 + 1", allow_stdin=False)
    for cell in reversed(code):  # whichever are asked for
        kernel.execute_cell_input(cell.source, allow_stdin=False)
        assert [content for kind, content in kernel.messages][:-1] == cell.outputs


def test_what_was_not_executed_is_said_once_for_a_notebook(small_project):
    project = small_project("1 + 1")
    for name in ("tiny", "tiny2"):
        notebooks.write(notebooks.notebook(project / "chapters" / "tiny.md"), project / "chapters" / f"{name}.ipynb")
    shutil.copy(project / "chapters" / "tiny.md", project / "chapters" / "tiny2.md")
    words = ["--nbval", "--executed", "-p", "no:cacheprovider", "-p", "no:xdist", "chapters"]
    done = subprocess.run([sys.executable, "-m", "pytest", *words], cwd=project, env=os.environ | {"PYTHONPATH": str(project)}, capture_output=True, text=True)
    said = "chapters/{}.md as it is was not executed yet: run `make book`\n"
    assert done.returncode and all(done.stdout.count(said.format(name)) == 1 for name in ("tiny", "tiny2")), done.stdout
    assert "Traceback" not in done.stdout and len(done.stdout.splitlines()) < 25
