"""Executed again in clean copies, a chapter is the same to the byte: all of them with `make reproduce`."""

import re

import pytest

from book import notebooks, reproduce

CHAPTER = "preliminaries"


def test_a_chapter_is_the_same_from_two_clean_copies_and_as_committed():
    lines = []
    reproduce.reproduce([CHAPTER], lines.append)
    assert lines[-1] == "the same twice, and as committed"
    figures = [line.split()[1] for line in lines if re.match(r"[0-9a-f]{64}    fig-", line)]
    assert figures == ["fig-coverage"]


@pytest.mark.parametrize("wrong", [0, 1])
def test_one_byte_of_difference_is_reported(monkeypatch, wrong):
    committed = (notebooks.CHAPTERS / f"{CHAPTER}.ipynb").read_bytes()
    copies = [{CHAPTER: committed}, {CHAPTER: committed}]
    copies[wrong] = {CHAPTER: committed.replace(b"interval", b"Interval", 1)}
    monkeypatch.setattr(reproduce, "execute_in_clean_copy", lambda names: copies.pop(0))
    with pytest.raises(notebooks.ChapterError, match=f"not the same when executed again: {CHAPTER}"):
        reproduce.reproduce([CHAPTER], lambda line: None)
