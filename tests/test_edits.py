"""What was edited in Jupyter is not overwritten, and goes into the chapter's text where that says the same words."""

import nbformat
import pytest

from book import edits, notebooks, plain
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
def test_a_notebook_that_nobody_edited_is_as_it_was_made(path):
    assert all(map(edits.as_made, notebooks.read(path.with_suffix(".ipynb")).cells))


def test_a_text_that_was_edited_is_no_edit_in_jupyter(chapter):
    chapter.write_text(chapter.read_text().replace("mean = 1.0 ", "mean = 1.5 ") + "\nOne more sentence.\n")
    edits.refuse([chapter])


# Of a paragraph that has no markup of the book's.
PLAIN = "Never better on average"
CHANGES = {
    "code": lambda cells: setattr(cell(cells, "\nstd ="), "source", cell(cells, "\nstd =").source.replace("mean = 1.0", "mean = 1.25")),
    "imports": lambda cells: setattr(cells[1], "source", cells[1].source.replace("import numpy as np", "import math\nimport numpy as np")),
    "a sentence": lambda cells: setattr(cell(cells, PLAIN), "source", cell(cells, PLAIN).source.replace(PLAIN, "Not worse on average")),
    "a new cell": lambda cells: cells.insert(3, nbformat.v4.new_code_cell("print('of my own')")),
    "a new text": lambda cells: cells.insert(
        cells.index(cell(cells, PLAIN)) + 1, nbformat.v4.new_markdown_cell("A paragraph of my own.")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_edit_is_refused_and_brought_over(chapter, change):
    edit(chapter, change)
    [edited] = edits.edited(chapter)
    with pytest.raises(ChapterError, match="edited in Jupyter(.|\n)*`make edits CHAPTER=gaussian`(.|\n)*git checkout chapters/gaussian.ipynb"):
        edits.refuse([chapter])
    said = []
    edits.bring_over(chapter, said.append)
    assert said == ["chapters/gaussian.md has the edits: now `make references CHAPTER=gaussian`"]
    edits.refuse([chapter])
    # A paragraph after a paragraph becomes a part of its cell.
    assert any(edited.source in one.source for one in plain.notebook(chapter, Labels()).cells)


def test_an_edit_of_what_the_markup_made_is_shown_and_the_text_left_alone(chapter):
    before = chapter.read_text()
    quoted = next(c for c in notebooks.read(chapter.with_suffix(".ipynb")).cells if "> **Theorem" in c.source)
    edit(chapter, lambda cells: setattr(cell(cells, "> **Theorem"), "source", quoted.source.replace("> **Theorem", "> **My theorem")))
    said = []
    edits.bring_over(chapter, said.append)
    assert "My theorem" in said[0] and "has to be edited there" in said[0] and chapter.read_text() == before
    with pytest.raises(ChapterError):
        edits.refuse([chapter])
