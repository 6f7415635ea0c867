"""Executed again in clean copies, a chapter is the same: to the byte twice here, and in its data anywhere."""

import copy
import re

import nbformat
import pytest

from book import comparison, notebooks, reproduce
from gapbook.figures import DATA_MIME

CHAPTER = "preliminaries"


def test_a_chapter_is_the_same_from_two_clean_copies_and_as_committed():
    lines = []
    reproduce.reproduce([CHAPTER], lines.append)
    assert re.search(rf"{CHAPTER}\.ipynb: same (bytes|data)$", lines[0])
    assert lines[-1] == "the same twice, and as committed"
    figures = [line.split()[1] for line in lines if re.match(r"[0-9a-f]{64}    fig-", line)]
    assert figures == ["fig-coverage"]


def committed():
    return (notebooks.CHAPTERS / f"{CHAPTER}.ipynb").read_bytes()


def executed(monkeypatch, first, second):
    """Lines of a run in which the two copies came out so, or what it raised."""
    copies = [{CHAPTER: first}, {CHAPTER: second}]
    monkeypatch.setattr(reproduce, "execute_in_clean_copy", lambda names: copies.pop(0))
    lines = []
    reproduce.reproduce([CHAPTER], lines.append)
    return lines


@pytest.mark.parametrize("wrong", [0, 1])
def test_one_byte_of_difference_between_two_runs_is_reported(monkeypatch, wrong):
    copies = [committed(), committed()]
    copies[wrong] = copies[wrong].replace(b"interval", b"Interval", 1)
    with pytest.raises(notebooks.ChapterError, match=f"\n{CHAPTER}: not the same twice"):
        executed(monkeypatch, *copies)


def changed(edit):
    """The committed notebook with its figure's output edited, as bytes."""
    book = copy.deepcopy(nbformat.reads(committed().decode(), as_version=4))
    edit(next(o for cell in book.cells for o in cell.get("outputs", []) if DATA_MIME in o.get("data", {})))
    return nbformat.writes(book).encode()


def other_lines(output):
    output["data"][comparison.PICTURE] += "<!-- -->"


def other_data(output):
    output["data"][DATA_MIME][0]["y"] = output["data"][DATA_MIME][0]["y"].replace(" ", " 1", 1)


def other_text(output):
    output["metadata"]["gapsim"]["alt"] += "!"


def test_same_bytes_and_same_data_are_told_apart(monkeypatch):
    assert executed(monkeypatch, committed(), committed())[0].endswith("same bytes")
    assert executed(monkeypatch, *[changed(other_lines)] * 2)[0].endswith("same data")


@pytest.mark.parametrize(("edit", "named"), [(other_data, "fig-coverage: panel .*, point 2"), (other_text, "the text")])
def test_other_data_and_other_text_are_named(monkeypatch, edit, named):
    with pytest.raises(notebooks.ChapterError, match=f"{CHAPTER}[:,] {named}"):
        executed(monkeypatch, *[changed(edit)] * 2)
