"""The book's structure: pages, pairs of text and notebook, figures, links, pinned packages."""

import re
import tomllib
import zipfile
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
import yaml

import gapsim
from book import downloads, notebooks, plain
from book.__main__ import PICTURE, README, readme, readme_picture
from book.extension import as_csv
from book.labels import Labels
from book.notebooks import CHAPTERS, ROOT
from book.site import HTML, table_of_contents
from gapbook.figures import DATA_MIME

NOTEBOOKS = notebooks.chapters()
NAMES = [path.stem for path in NOTEBOOKS]


def toc_files(entry):
    """Every file that the table of contents names."""
    if isinstance(entry, dict):
        for key, value in entry.items():
            if key in ("root", "file"):
                yield value
            else:
                yield from toc_files(value)
    elif isinstance(entry, list):
        for item in entry:
            yield from toc_files(item)


def reference(path):
    return nbformat.read(path.with_suffix(".ipynb"), as_version=4)


def outputs(path):
    for cell in reference(path).cells:
        for output in cell.get("outputs", []):
            yield cell, output


def figures(path):
    return [output for _, output in outputs(path) if "image/svg+xml" in output.get("data", {})]


def test_table_of_contents_and_chapters_name_the_same_pages():
    listed = list(toc_files(yaml.safe_load(table_of_contents())))
    assert len(listed) == len(set(listed))
    assert set(listed) == {f"chapters/{path.stem}" for path in CHAPTERS.glob("*.md")}
    for name in listed:
        text = (ROOT / name).with_suffix(".md").read_text(encoding="utf-8")
        assert len(text) > 20 and re.search(r"^# \S", text, re.M), f"{name} has no title or no text"


def test_every_notebook_has_a_text_and_the_other_way_round():
    assert {path.stem for path in CHAPTERS.glob("*.ipynb")} == set(NAMES)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_reference_is_the_execution_of_the_text(path):
    text, executed = plain.notebook(path, Labels()).cells, reference(path).cells
    assert [cell.cell_type for cell in text] == [cell.cell_type for cell in executed]
    for number, (mine, theirs) in enumerate(zip(text, executed), start=1):
        where = f"{path.name}, cell {number}: run `make references`"
        assert (mine.source, mine.id) == (theirs.source, theirs.id), where
        assert mine.metadata == theirs.metadata, where


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_every_code_cell_was_executed_in_order_and_without_error(path):
    code = [cell for cell in reference(path).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    for _, output in outputs(path):
        assert output.output_type != "error"
        assert output.get("name") != "stderr", output.get("text")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_every_figure_has_a_name_a_caption_and_an_alternative_text(path):
    for output in figures(path):
        about = output.metadata["gapsim"]
        assert re.fullmatch(r"fig-[a-z0-9-]+", about["name"])
        assert len(about["caption"]) > 40, about["name"]
        assert len(about["alt"]) > 60 and re.search(r"\d", about["alt"]), about["name"]
        assert "\\" not in about["alt"], "a screen reader would read the LaTeX aloud"
        if "Monte Carlo" in about["caption"]:
            for stated in ("seed", "95%", "training sets"):
                assert stated in about["caption"], (about["name"], stated)


def test_figure_names_are_unique():
    names = [output.metadata["gapsim"]["name"] for path in NOTEBOOKS for output in figures(path)]
    assert len(names) == len(set(names)) > 0


def test_notebooks_hold_nothing_of_the_machine_or_the_moment():
    for path in NOTEBOOKS:
        text = path.with_suffix(".ipynb").read_text(encoding="utf-8")
        for trace in (str(ROOT), "papermill\"", "start_time", "<dc:date>"):
            assert trace not in text, (path.stem, trace)


def test_readme_counts_the_verdicts_of_the_reference():
    text = README.read_text(encoding="utf-8")
    assert text == readme(text) and re.search(r"Of \*\*\d+\*\* statements of the paper", text)


def test_readme_shows_the_figure_of_the_reference():
    assert PICTURE.read_text(encoding="utf-8") == readme_picture()
    assert f"_static/{PICTURE.name}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_requirement_is_pinned_with_hashes_and_names_no_registry():
    text = (ROOT / "requirements.txt").read_text()
    assert "://" not in text and "index-url" not in text
    pins = re.findall(r"^([A-Za-z0-9._-]+)==\S+(?: ; [^\\\n]+)? \\\n +--hash=sha256:", text, re.M)
    assert len(pins) == len(re.findall(r"^[A-Za-z]", text, re.M))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    ranges = project["dependencies"] + sum(project["optional-dependencies"].values(), [])
    assert {re.match(r"[A-Za-z0-9_-]+", text)[0].lower() for text in ranges} <= {p.lower() for p in pins}


class Page(HTMLParser):
    """What a built page points at, and what can be pointed at in it."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.targets, self.images = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors |= {attributes[key] for key in ("id", "name") if attributes.get(key)}
        if tag == "img":
            self.images.append(attributes)
        for key in ("href", "src"):
            if attributes.get(key):
                self.targets.append(attributes[key])


@pytest.fixture(scope="module")
def pages():
    if not (HTML / "index.html").exists():
        pytest.skip("the book is not built: run `make book`")
    return {path: Page(path.read_text(encoding="utf-8")) for path in HTML.rglob("*.html") if "_static" not in path.parts}


def test_no_link_of_the_built_book_is_broken(pages):
    broken = []
    for path, page in pages.items():
        for target in page.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not file.exists():
                broken.append((path.name, target))
            elif parts.fragment and file in pages and unquote(parts.fragment) not in pages[file].anchors:
                broken.append((path.name, target))
    assert not broken


def test_every_figure_of_the_built_book_has_an_alternative_text(pages):
    shown = [image for page in pages.values() for image in page.images if image["src"].endswith(".svg")]
    expected = sum(len(figures(path)) for path in NOTEBOOKS)
    assert len(shown) >= expected > 0
    assert all(len(image.get("alt") or "") > 40 for image in shown)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_every_figure_says_who_made_it_and_offers_its_data_and_its_picture(path, pages):
    page = HTML / "chapters" / f"{path.stem}.html"
    # As executed here: on another processor than the reference's, last digits and so lines of the picture may differ.
    built = nbformat.read(notebooks.executed(path), as_version=4)
    shown = [output for cell in built.cells for output in cell.get("outputs", []) if DATA_MIME in output.get("data", {})]
    assert len(shown) == len(figures(path))
    for output in shown:
        name = output.metadata["gapsim"]["name"]
        data = HTML / "figures" / f"{name}.csv"
        assert data.read_text(encoding="utf-8") == as_csv(output.data[DATA_MIME])
        assert output.data[DATA_MIME], f"{name} has no data"
        assert f"../figures/{name}.csv" in pages[page].targets
        text = page.read_text(encoding="utf-8").split(f'id="{name}"')[1].split("</figure>")[0]
        if output.metadata["gapsim"]["by"]:
            assert re.search(r'href="\.\./_modules/gapsim/\w+\.html#\w', text), f"{name}: made by nothing"
        else:
            assert "Computed in its own cell" in text, f"{name}: made by nothing"
        picture = re.search(rf'href="\.\./(\S+)" download="{name}.svg"', text)
        drawn = (HTML / picture[1]).read_text(encoding="utf-8")
        assert drawn.strip() == output.data["image/svg+xml"].strip()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_every_chapter_offers_its_notebook(path, pages):
    assert f"../_sources/chapters/{path.stem}.ipynb" in pages[HTML / "chapters" / f"{path.stem}.html"].targets


def test_every_public_function_is_documented_on_its_page(pages):
    documented = pages[HTML / "chapters" / "api.html"].anchors
    for name in gapsim.__all__:
        thing = getattr(gapsim, name)
        assert f"{thing.__module__}.{thing.__qualname__}" in documented


def test_the_zip_is_the_whole_book_and_offers_no_zip(pages):
    with zipfile.ZipFile(HTML / "book.zip") as archive:
        names = set(archive.namelist())
        text, chapter = (archive.read(f"book/chapters/{name}.html").decode() for name in ("index", "gaussian"))
    expected = {
        path.relative_to(HTML).as_posix() for path in HTML.rglob("*") if path.is_file() and "_sources" not in path.parts
    }
    project = {name for name in names if name.startswith("book/project/")}
    assert names - project == {f"book/{name}" for name in expected - {"book.zip", "book.pdf"}}
    assert project == {f"book/project/{path.relative_to(ROOT).as_posix()}" for path in downloads.project()}
    assert "book.zip" not in text
    # The notebook that a page offers is that of the project.
    assert "_sources" not in chapter and "../project/chapters/gaussian.ipynb" in chapter
    assert "../book.zip" in pages[HTML / "chapters" / "index.html"].targets


def test_weight_of_the_whole_book(pages):
    sizes = {path.name: path.stat().st_size for path in HTML.glob("book.*")}
    rest = sum(path.stat().st_size for path in HTML.rglob("*") if path.is_file() and path.name not in sizes)
    # Where the PDF is not built, what it may weigh.
    assert rest + sizes["book.zip"] + sizes.get("book.pdf", downloads.WEIGHT) < 25e6


def test_no_committed_file_is_heavy():
    heavy = {path.name for path in ROOT.glob("[!._]*/**/*") if path.is_file() and path.stat().st_size > 1.5e6}
    assert not heavy
