"""The notebooks hold nothing but plain Markdown, with the numbers of the book's pages and of the run."""

import re

import nbformat
import pytest

from book import notebooks, plain
from book.__main__ import NUMBERS, figure_numbers
from book.labels import Labels
from book.notebooks import CHAPTERS
from book.site import HTML
from gapbook.outcomes import VERDICTS_MIME

PATHS = notebooks.chapters()
NAMES = [path.stem for path in PATHS]
MARKUP = re.compile(
    r"\{(?:eq|doc|ref|numref|prf:\w+|cite:\w|glue:text|claim)\}|^ *[:`]{3,}\{|^:{3,}|^\([\w-]+\)=|\$\$ *\([\w-]+\)|<<[^<>]+>>|^ *:[\w-]+: |\\(?:eps|E|P|R|sgn)\b", re.M
)


def reference(name):
    return nbformat.read(CHAPTERS / f"{name}.ipynb", as_version=4)


def said(book):
    """Every piece of Markdown that a reader of a notebook sees."""
    for cell in book.cells:
        if cell.cell_type == "markdown":
            yield cell.source
        for output in cell.get("outputs", []):
            yield output.get("data", {}).get("text/markdown", "")


@pytest.mark.parametrize("name", NAMES)
def test_no_role_directive_label_or_macro(name):
    for text in said(reference(name)):
        assert not MARKUP.search(text), text


@pytest.mark.parametrize("name", NAMES)
def test_every_formula_in_a_quotation_is_on_one_line(name):
    for text in said(reference(name)):
        for line in text.splitlines():
            assert not line.startswith(">") or line.count("$$") % 2 == 0, line


@pytest.fixture
def written(tmp_path):
    """The plain notebook of some text in a chapter of its own."""

    def write(text):
        path = tmp_path / "tiny.md"
        front = (CHAPTERS / "gaussian.md").read_text(encoding="utf-8").split("\n---\n")[0]
        path.write_text(f"{front}\n---\n\n{text}\n", encoding="utf-8")
        return plain.notebook(path, Labels())

    return write


GLUES = '```{code-cell} ipython3\nfrom gapbook import glue\n\nglue("total", "3")\n```'


def test_a_paragraph_with_a_number_follows_the_cell_that_gives_it(written):
    book = written(f"# T\n\nOne.\n\nIt is {{glue:text}}`total`.\n\nTwo.\n\n{GLUES}\n\nThree.")
    assert [cell.cell_type for cell in book.cells] == ["markdown", "code", "code", "markdown"]
    assert book.cells[0].source == "# T\n\nOne."
    assert book.cells[1].source.startswith("from gapbook import glue, prose\n")
    assert book.cells[2].source == 'prose(r"""\nIt is <<total>>.\n""")'
    assert book.cells[3].source == "Two.\n\nThree."


def test_a_number_that_no_cell_gives_in_time_is_named(written):
    with pytest.raises(notebooks.ChapterError, match="tiny.md: no cell .* gives 'total'"):
        written(f"# T\n\nIt is {{glue:text}}`total`.\n\n```{{code-cell}} ipython3\n1\n```\n\nLater.\n\n{GLUES}")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{eq}`eq-nowhere`", "nothing has the label 'eq-nowhere'"),
        (":::{margin}\nx\n:::", "the directive 'margin' has no plain form"),
        ("{abbr}`x`", "the role 'abbr' has no plain form"),
        ("{doc}`nowhere`", "there is no page 'nowhere'"),
    ],
)
def test_what_has_no_plain_form_is_named(written, text, found):
    with pytest.raises(notebooks.ChapterError, match=found):
        written(f"# T\n\n{text}")


def test_directives_as_plain_markdown(written):
    statement = ":::{prf:theorem} A title\n:label: thm-none\n:nonumber:\n\nFor all $x$\n\n$$\nx \\\\\n= x\n$$\n:::"
    proof = ":::{prf:proof}\nClear.\n:::"
    fold = ":::{dropdown} Solution\nYes.\n:::"
    [cell] = written("\n\n".join(["# T", "::::{derivation}", statement, proof, "::::", fold])).cells
    assert cell.source == (
        "# T\n\n> **Theorem (A title).**\n>\n> For all $x$\n>\n> $$x \\\\ = x$$\n\n*Proof.* Clear. $\\square$\n\n"
        "<details>\n<summary>Solution</summary>\n\nYes.\n\n</details>"
    )


@pytest.mark.parametrize("name", NAMES)
def test_claims_are_checked_in_the_chapter_that_shows_them(name):
    text = (CHAPTERS / f"{name}.md").read_text(encoding="utf-8")
    shown = re.findall(r"^:+\{claim\} (\S+)", text, re.M)
    outputs = [output for cell in reference(name).cells for output in cell.get("outputs", [])]
    rows = {row["id"]: row for output in outputs for row in output.get("data", {}).get(VERDICTS_MIME, [])}
    table = {
        row["id"]: row for cell in reference("verdicts").cells for output in cell.get("outputs", [])
        for row in output.get("data", {}).get(VERDICTS_MIME, [])
    }
    assert set(shown) <= set(rows)
    assert all(rows[id] == table[id] for id in shown)


def test_captions_say_the_numbers_of_the_figures():
    assert NUMBERS.read_text(encoding="utf-8") == figure_numbers(), "run `make references`"


@pytest.fixture(scope="module")
def pages():
    if not (HTML / "index.html").exists():
        pytest.skip("the book is not built: run `make book`")
    return {path.stem: path.read_text(encoding="utf-8") for path in (HTML / "chapters").glob("*.html")}


def test_numbers_are_those_of_the_built_pages(pages):
    labels = Labels()
    for label, found in labels.labels.items():
        page = pages[found.page]
        if label.startswith("fig-"):
            number = re.search(rf'<figure[^>]*id="{label}".*?<span class="caption-number">Fig. (\d+) ', page, re.S)
        elif label in page and f'id="equation-{label}"' in page:
            number = re.search(rf'id="equation-{label}">\s*<span class="eqno">\((\d+)\)', page)
        elif found.number:
            number = re.search(rf'id="{label}">\s*<p class="admonition-title"><span class="caption-number">\w+ (\d+) ?</span>', page)
        else:
            assert f'id="{label}"' in page, label
            continue
        assert number and number[1] == found.number, (label, found, number and number[1])


def test_every_equation_statement_and_figure_of_the_pages_is_known(pages):
    labels = Labels().labels
    for page in pages.values():
        ids = re.findall(r'id="equation-(eq-[\w-]+)"', page) + re.findall(r'<figure[^>]*id="(fig-[\w-]+)"', page)
        assert set(ids) <= labels.keys()


def test_what_is_taken_from_a_site_with_addresses_links_to_it_and_installs_in_colab():
    addresses = {"BOOK_URL": "https://book.invalid/here", "BOOK_REPOSITORY": "https://github.com/some/project"}
    path = CHAPTERS / "bernoulli.md"
    first, *rest = plain.away(path, reference("bernoulli"), addresses).cells
    assert 'if "google.colab" in sys.modules:' in first.source
    assert '%pip install --quiet "gapsim @ git+https://github.com/some/project@main"' in first.source
    assert [cell.id for cell in rest] == [cell.id for cell in reference("bernoulli").cells]
    texts = list(said(nbformat.from_dict({"cells": rest})))
    assert any("[4.1 The Gaussian model](https://book.invalid/here/chapters/gaussian.html)" in text for text in texts)
    assert not any(".ipynb)" in text or MARKUP.search(text) for text in texts)
    [other] = [cell for cell in rest if "differs" in cell.metadata.get("tags", [])]
    assert 'page="https://book.invalid/here/chapters/bernoulli.html"' in other.source


def test_without_addresses_the_code_and_the_text_are_the_reference():
    mine, theirs = plain.away(CHAPTERS / "gaussian.md", reference("gaussian"), {}), reference("gaussian")
    assert [cell.source for cell in mine.cells] == [cell.source for cell in theirs.cells]
