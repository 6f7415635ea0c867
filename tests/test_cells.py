"""The code cells of the chapters: short, narrow, and figures whose labels touch nothing."""

import ast

import pytest

from book import cache, notebooks

CHAPTERS = notebooks.chapters()
NAMES = [path.stem for path in CHAPTERS]
DRAWN = [path for path in CHAPTERS if "figures.show(" in path.read_text(encoding="utf-8")]

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


@pytest.mark.parametrize("path", DRAWN, ids=[path.stem for path in DRAWN])
def test_labels_touch_nothing_captions_are_plain_and_functions_were_called(path):
    """In the notebook that the book shows, or where none is built, the committed one."""
    fresh = notebooks.executed(path)
    code, found = "", 0
    for cell in notebooks.read(path.with_suffix(".ipynb") if cache.stale(path) else fresh).cells:
        code += cell.source if cell.cell_type == "code" else ""
        for about in (output.metadata["gapsim"] for output in cell.get("outputs", []) if "gapsim" in output.get("metadata", {})):
            found += 1
            assert "touching" not in about, about
            assert not any(mark in about["caption"] for mark in ("{eq}", "{numref}", "{prf:ref}", "{doc}", r"\E", r"\eps")), about
            for _, name in about["by"]:
                assert f"{name.split('.')[-1]}(" in code, (about["name"], name)
    assert found >= path.read_text(encoding="utf-8").count("figures.show(")
