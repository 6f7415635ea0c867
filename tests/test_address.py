"""Links that need an address: there when it is given at build time, and nowhere otherwise."""

import shutil

import nbformat
import pytest

from book import pages
from book.notebooks import METADATA, ROOT


@pytest.fixture
def source(tmp_path):
    """Two pages, one of them a notebook."""
    folder = tmp_path / "source"
    (folder / "chapters").mkdir(parents=True)
    shutil.copytree(ROOT / "_static", folder / "_static")
    shutil.copy(ROOT / "_config.yml", folder)
    (folder / "references.bib").touch()
    (folder / "_toc.yml").write_text("format: jb-book\nroot: chapters/index\nchapters: [{file: chapters/tiny}]\n")
    (folder / "chapters" / "index.md").write_text("# First\n\nA page.\n\n```{elsewhere}\n```\n")
    cells = [nbformat.v4.new_markdown_cell("# Tiny\n\nText."), nbformat.v4.new_code_cell("1 + 1")]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
    nbformat.write(notebook, folder / "chapters" / "tiny.ipynb")
    return folder


def test_links_appear_with_the_addresses(source, tmp_path):
    html = pages.render(
        source, tmp_path / "out", BOOK_URL="https://book.invalid/here/",
        BOOK_REPOSITORY="https://github.com/some/project", BOOK_BRANCH="draft",
    )
    page = (html / "chapters" / "tiny.html").read_text()
    assert 'href="https://github.com/some/project/edit/draft/chapters/tiny.md"' in page
    assert "https://mybinder.org/v2/gh/some/project/draft?urlpath=lab/tree/chapters/tiny.ipynb" in page
    assert '<link rel="canonical" href="https://book.invalid/here/chapters/tiny.html"' in page
    assert 'property="og:image" content="https://book.invalid/here/_static/card.png"' in page
    assert (html / "_static" / "card.png").read_bytes().startswith(b"\x89PNG")
    sitemap = (html / "sitemap.xml").read_text()
    assert "git clone https://github.com/some/project" in (html / "chapters" / "index.html").read_text()
    assert sitemap.count("<loc>") == 2 and "https://book.invalid/here/chapters/tiny.html" in sitemap


def test_sources_elsewhere_than_on_github_have_an_address_too(source, tmp_path):
    html = pages.render(source, tmp_path / "out", BOOK_REPOSITORY="https://gitlab.com/some/project")
    page = (html / "chapters" / "index.html").read_text()
    assert "git clone https://gitlab.com/some/project" in page and "does not know" not in page


def test_without_addresses_there_are_none(source, tmp_path, monkeypatch):
    for name in ("BOOK_URL", "BOOK_REPOSITORY", "BOOK_BRANCH"):
        monkeypatch.delenv(name, raising=False)
    html = pages.render(source, tmp_path / "out")
    page = (html / "chapters" / "tiny.html").read_text()
    for trace in ("mybinder", "/edit/", "canonical", "og:", "github.com"):
        assert trace not in page, trace
    assert not (html / "sitemap.xml").exists() and not (html / "_static" / "card.png").exists()
