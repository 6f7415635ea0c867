"""What was edited in Jupyter is not overwritten, and goes into the chapter's text where that says the same words."""

import nbformat
import pytest

from book import edits, notebooks, plain, rerun
from book.labels import Labels
from book.notebooks import ChapterError


@pytest.fixture
def chapter(tmp_path):
    """A chapter's text with its notebook beside it, outside of the project."""
    path = tmp_path / "gaussian.md"
    path.write_bytes((notebooks.CHAPTERS / "gaussian.md").read_bytes())
    path.with_suffix(".ipynb").write_bytes((notebooks.CHAPTERS / "gaussian.ipynb").read_bytes())
    return path


def edit(path, change):
    book = notebooks.read(path.with_suffix(".ipynb"))
    change(book.cells)
    path.with_suffix(".ipynb").write_text(nbformat.writes(book))


def cell(cells, start):
    return next(cell for cell in cells if start in cell.source)


@pytest.mark.parametrize("path", notebooks.chapters(), ids=lambda path: path.stem)
def test_a_notebook_that_nobody_edited_says_what_it_was_made_with(path):
    book = notebooks.read(path.with_suffix(".ipynb"))
    assert book.metadata.gapbook.cells.split() == notebooks.hashes(notebooks.parts(book))


def test_a_text_that_was_edited_is_no_edit_in_jupyter(chapter):
    chapter.write_text(chapter.read_text().replace("mean = 1.0 ", "mean = 1.5 ") + "\nOne more sentence.\n")
    edits.refuse([chapter])


# Of a paragraph that has no markup of the book's.
PLAIN = "Never better on average"
CODE, TEXT = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell


def place(cells, start):
    return cells.index(cell(cells, start))


def put(start, old, new):
    """The change that puts something else into the cell that has some words."""
    return lambda cells: cell(cells, start).update(source=cell(cells, start).source.replace(old, new))


def split(cells):
    at, (first, second) = place(cells, "\nstd ="), cell(cells, "\nstd =").source.split("\nbound", 1)
    cells[at].source = first
    cells.insert(at + 1, CODE(f"bound{second}"))


def delete_halve_and_insert(cells):
    """What a substring of the text is, and what the text still has after it was deleted."""
    del cells[max(i for i, one in enumerate(cells) if one.cell_type == "code" and not one.metadata.get("tags"))]
    put(PLAIN, " The paper's gloss on (a), that the robust classifier is never the better one, is true of the expectation alone.", "")(cells)
    cells.insert(place(cells, "\nstd =") + 1, CODE("trials"))


CHANGES = {
    "code": put("\nstd =", "mean = 1.0", "mean = 1.25"),
    "imports": put("import numpy as np", "import numpy as np", "import math\nimport numpy as np"),
    "a sentence": put(PLAIN, PLAIN, "Not worse on average"),
    "a sentence with a number of the run": put("The approach is fast", "The approach is fast", "It comes near fast"),
    "a new cell": lambda cells: cells.insert(3, CODE("print('of my own')")),
    "two new cells": lambda cells: (cells.insert(3, CODE("print('and another')")), cells.insert(3, CODE("print('of my own')"))),
    "a new first cell": lambda cells: cells.insert(0, CODE("print('of my own')")),
    "a new last cell": lambda cells: cells.append(CODE("print('of my own')")),
    "a new text": lambda cells: cells.insert(place(cells, PLAIN) + 1, TEXT("A paragraph of my own.")),
    "a word that another cell has": lambda cells: cells.insert(place(cells, "\nstd =") + 1, CODE("trials")),
    "lines at an end": put("\nstd =", "\nseed = 2020      # of the simulations", ""),
    "a deleted cell": lambda cells: cells.remove(cell(cells, "n = np.arange(1, 21)")),
    "an emptied cell": lambda cells: cell(cells, "n = np.arange(1, 21)").update(source=""),
    "a moved cell": lambda cells: cells.insert(3, cells.pop(place(cells, "n = np.arange(1, 21)"))),
    "a cell twice": lambda cells: cells.insert(3, CODE(cell(cells, "\nstd =").source)),
    "a split cell": split,
    "a tag": lambda cells: cell(cells, "printed = ").metadata.update(tags=["beside"]),
    "much at once": delete_halve_and_insert,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_edit_is_refused_and_brought_over(chapter, change):
    edit(chapter, change)
    wanted = notebooks.parts(notebooks.read(chapter.with_suffix(".ipynb")))
    with pytest.raises(ChapterError, match="edited in Jupyter(.|\n)*`make edits CHAPTER=gaussian`(.|\n)*git checkout chapters/gaussian.ipynb"):
        edits.refuse([chapter])
    said = []
    edits.bring_over(chapter, said.append)
    assert said == ["chapters/gaussian.md has the edits: now `make references CHAPTER=gaussian`"]
    edits.refuse([chapter])
    assert edits.authored(notebooks.parts(plain.notebook(chapter, Labels()))) == edits.authored(wanted)


def test_a_text_keeps_its_line_ends(chapter):
    chapter.write_bytes(chapter.read_bytes().replace(b"\n", b"\r\n"))
    edit(chapter, put("\nstd =", "std = 2.0", "std = 3.0"))
    edits.bring_over(chapter, report=lambda line: None)
    lines = chapter.read_bytes().split(b"\n")
    assert any(line.startswith(b"std = 3.0") for line in lines) and all(line.endswith(b"\r") for line in lines[:-1])


def test_an_edit_of_what_the_markup_made_is_shown_and_the_text_left_alone(chapter):
    before = chapter.read_text()
    quoted = next(c for c in notebooks.read(chapter.with_suffix(".ipynb")).cells if "> **Theorem" in c.source)
    edit(chapter, lambda cells: setattr(cell(cells, "> **Theorem"), "source", quoted.source.replace("> **Theorem", "> **My theorem")))
    said = []
    edits.bring_over(chapter, said.append)
    assert "My theorem" in said[0] and "has to be edited there" in said[0] and chapter.read_text() == before
    with pytest.raises(ChapterError):
        edits.refuse([chapter])


def test_what_is_no_edit_is_none_and_said_to_be_none(chapter):
    edit(chapter, lambda cells: (cells.append(CODE("")), cells[0].update(source=f"{cells[0].source}\n")))
    before, said = chapter.read_text(), []
    edits.refuse([chapter])
    edits.bring_over(chapter, said.append)
    assert said == ["chapters/gaussian.ipynb has no edits"] and chapter.read_text() == before


def test_what_can_be_brought_over_is_and_the_rest_stays_refused(chapter):
    edit(chapter, CHANGES["code"])
    edit(chapter, put("> **Theorem", "> **Theorem", "> **My theorem"))
    said = []
    edits.bring_over(chapter, said.append)
    assert len(said) == 1 and "mean = 1.25" in chapter.read_text()
    with pytest.raises(ChapterError, match="1 places, first '"):
        edits.refuse([chapter])


def test_a_text_that_was_edited_elsewhere_keeps_that(chapter):
    edit(chapter, CHANGES["a deleted cell"])
    chapter.write_text(chapter.read_text().replace("mean = 1.0 ", "mean = 1.5 "))
    edits.bring_over(chapter, lambda line: None)
    edits.refuse([chapter])
    assert "mean = 1.5 " in chapter.read_text() and chapter.read_text().count("n = np.arange(1, 21)") == 1


def test_a_cell_that_was_edited_in_both_is_left_to_its_author(chapter):
    edit(chapter, CHANGES["code"])
    chapter.write_text(chapter.read_text().replace("mean = 1.0 ", "mean = 1.5 "))
    before, said = chapter.read_text(), []
    edits.bring_over(chapter, said.append)
    assert "mean = 1.25" in said[0] and chapter.read_text() == before
    with pytest.raises(ChapterError):
        edits.refuse([chapter])


def test_a_notebook_of_before_cells_had_ids_and_one_that_does_not_say_what_it_was_made_with(chapter):
    book = notebooks.read(chapter.with_suffix(".ipynb"))
    book.nbformat_minor = 4
    for one in book.cells:
        del one["id"]
    del book.metadata["gapbook"]
    chapter.with_suffix(".ipynb").write_text(nbformat.writes(book))
    edits.refuse([chapter])
    book.cells.append(nbformat.from_dict({"cell_type": "markdown", "metadata": {}, "source": "Of my own."}))
    chapter.with_suffix(".ipynb").write_text(nbformat.writes(book))
    with pytest.raises(ChapterError, match="edited in Jupyter(.|\n)*shows what is to be written there by hand, deleting it drops it"):
        edits.refuse([chapter])


def test_a_run_does_not_leave_an_edit_out_without_a_word(chapter, monkeypatch):
    edit(chapter, lambda cells: cells.append(nbformat.v4.new_markdown_cell("Of my own.")))
    monkeypatch.setattr(notebooks, "chosen", lambda names: [chapter])
    with pytest.raises(ChapterError, match="gaussian.ipynb was edited in Jupyter"):
        rerun.run(["gaussian", "trials=5"], report=lambda line: None)


@pytest.mark.parametrize("place", [3, 10])
def test_a_move_that_cannot_be_written_whole_is_not_written(tmp_path, place):
    """Into text that is one cell in the notebook, and past text that the markup made, which is moved the other way then."""
    path = tmp_path / "classifiers.md"
    for end in (".md", ".ipynb"):
        path.with_suffix(end).write_bytes((notebooks.CHAPTERS / f"classifiers{end}").read_bytes())
    before, said = path.read_text(), []

    def move(cells):
        drawn = next(each for each in cells if each.cell_type == "code" and "fig-tents" in each.source)
        cells.remove(drawn)
        cells.insert(place, drawn)

    edit(path, move)
    edits.bring_over(path, said.append)
    assert path.read_text() == before and len(said) == 2 and all("has to be edited there" in line for line in said)
    with pytest.raises(ChapterError, match=r"\(2 places"):
        edits.refuse([path])
