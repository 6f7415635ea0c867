"""The printed book: whole, unfolded but for the code, nothing cut off, and light."""

import io
import re
import unicodedata

import pytest
from playwright.sync_api import sync_playwright
from pypdf import PdfReader

from book import chromium, downloads, notebooks
from book.pages import SiteError
from book.site import HTML

PAGES = ("gaussian", "conclusion", "regression_poisson")
WHOLE = HTML / "book.pdf"


@pytest.fixture(scope="module")
def browser():
    if chromium.path() is None:
        pytest.skip("the printed book, since Chromium is not installed")
    if not HTML.exists():
        pytest.skip("the printed book, since the book is not built: run `make book`")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium.path(), args=chromium.FLAGS)


def letters(text):
    """Text without what a line break changes: blanks, hyphens, joined letters."""
    return re.sub(r"[\s\-\u00ad]", "", unicodedata.normalize("NFKC", text).replace("\u2019", "'"))


def read(printed):
    return letters("".join(page.extract_text() for page in PdfReader(io.BytesIO(printed), strict=True).pages))


def headings(outline):
    """The titles of an outline, those of its parts included."""
    for entry in outline:
        yield from headings(entry) if isinstance(entry, list) else [entry.title]


def title(path):
    return re.search(r"^# (.*)$", path.read_text(encoding="utf-8"), re.M)[1]


def test_a_table_goes_on_on_the_next_page(browser):
    printed = downloads.print_page(browser, HTML / "chapters" / "notation.html")
    first, *_ = (page.extract_text() for page in PdfReader(io.BytesIO(printed)).pages)
    assert "symbol" in first and len(first) > 1000


@pytest.mark.parametrize("name", PAGES)
def test_a_printed_page_shows_its_title_and_what_its_folds_hide_but_no_code(browser, name):
    path = HTML / "chapters" / f"{name}.html"
    printed = downloads.print_page(browser, path)
    text = read(downloads.packed(printed))
    assert letters(title(notebooks.CHAPTERS / f"{name}.md")) in text
    with browser.new_page(java_script_enabled=False) as page:
        page.goto(path.as_uri())
        # Their words up to the first formula, and the first line of each cell.
        hidden = page.eval_on_selector_all(
            "details:not(.page-contents) p:not(summary p)", "all => all.map(({ firstChild }) => firstChild?.data ?? '')"
        )
        code = page.eval_on_selector_all("details.hide pre", "all => all.map(node => node.textContent.split('\\n')[0])")
    assert not [each for each in hidden if letters(each) not in text]
    assert not [each for each in code if "import" in each and letters(each) in text]
    assert hidden and (code or name == "conclusion")


def test_packing_changes_nothing_that_a_reader_sees(browser):
    printed = downloads.print_page(browser, HTML / "chapters" / "appendix_a.html")
    packed = downloads.packed(printed)
    assert len(packed) < 0.8 * len(printed)
    one, other = (PdfReader(io.BytesIO(each), strict=True) for each in (printed, packed))
    assert [page.extract_text() for page in one.pages] == [page.extract_text() for page in other.pages]
    assert str(one.outline) and len(one.outline) == len(other.outline) > 0
    assert one.metadata.title == other.metadata.title
    assert other.trailer["/Root"]["/StructTreeRoot"]["/K"]  # what a screen reader reads


@pytest.mark.parametrize("wide", [
    r"<div class='math notranslate nohighlight'>\[ %s \]</div>" % ("x_1 + x_2 + " * 60 + "x_3"),
    "<table><tr>%s</tr></table>" % ("<td style='white-space: nowrap !important'>many words in a cell</td>" * 20),
])
def test_what_is_wider_than_the_paper_is_an_error(browser, wide, tmp_path):
    text = (HTML / "chapters" / "conclusion.html").read_text(encoding="utf-8")
    text = text.replace("../", f"{HTML.as_uri()}/").replace("</article>", f"{wide}</article>", 1)
    page = tmp_path / "wide.html"
    page.write_text(text, encoding="utf-8")
    with pytest.raises(SiteError, match="wider than the paper"):
        downloads.print_page(browser, page)


def test_the_whole_book_has_every_chapter():
    if not WHOLE.exists():
        pytest.skip("the whole book as one PDF, since it is not built: run `make pdf`")
    outline = letters("".join(headings(PdfReader(WHOLE, strict=True).outline)))
    titles = [title(path) for path in notebooks.CHAPTERS.glob("*.md")]
    assert not [each for each in titles if letters(each.replace("`", "")) not in outline]
    assert WHOLE.stat().st_size < downloads.WEIGHT
