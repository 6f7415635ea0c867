"""The book's structure: pages, pairs of text and notebook, figures, links, pinned packages."""

import gzip
import json
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
from book.extension.figures import as_csv
from book.labels import Labels, bibliography, cited_as
from book.notebooks import CHAPTERS, ROOT, table_of_contents
from book.site import HTML
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


def test_what_a_chapter_finds_is_a_table_without_an_empty_place():
    tables = [re.findall(r"^:::\{summary\}\n(.*?)^:::$", path.read_text(encoding="utf-8"), re.M | re.S) for path in CHAPTERS.glob("*.md")]
    rows = [[re.split(r"(?<!\\)\|", line.strip("|")) for line in table.splitlines()] for [table] in filter(None, tables)]
    assert len(rows) > 8 and {len(cells) for table in rows for cells in table} == {2}
    assert all(cell.strip() for table in rows for cells in table for cell in cells)


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
        self.anchors, self.ids, self.targets, self.images = set(), [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors |= {attributes[key] for key in ("id", "name") if attributes.get(key)}
        self.ids += [attributes["id"]] if attributes.get("id") else []
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


def test_no_two_elements_of_a_page_have_one_name(pages):
    assert not [(path.name, name) for path, page in pages.items() for name in page.anchors if page.ids.count(name) > 1]


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
    # Not the theme's logos, on buttons that say what they are.
    shown = [image for page in pages.values() for image in page.images if "_images/" in image["src"]]
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


def test_gallery_shows_every_figure_and_leads_to_it(pages):
    gallery = pages[HTML / "chapters" / "gallery.html"]
    shown = {f"{path.stem}.html#{out.metadata['gapsim']['name']}" for path in NOTEBOOKS for out in figures(path)}
    assert shown <= set(gallery.targets) and len(gallery.images) == len(shown)
    # The same files, so that a picture weighs once.
    used = {image["src"] for name, page in pages.items() if name.stem != "gallery" for image in page.images}
    assert {image["src"] for image in gallery.images} <= used


def test_a_picture_on_the_front_page_states_its_trials_and_seed(pages):
    shown = re.search(r'<div class="picture.*?</div>', (HTML / "chapters" / "index.html").read_text(encoding="utf-8"), re.S)
    assert re.search(r"Points: Monte Carlo, [\d,]+ training sets \(seed \d+\), with \d+% intervals\.", shown[0])


def test_every_link_to_another_page_has_its_preview(pages):
    text = (HTML / "_static" / "previews" / "shown.js").read_text(encoding="utf-8")
    shown = json.loads(text.removeprefix("window.previews="))
    named = re.compile(r"(\w+)\.html#((?:equation-|fig-|thm-|lem-|prop-|cor-|obs-).+)")
    links = [named.fullmatch(target) for page in pages.values() for target in page.targets]
    wanted = {f"{link[1]}#{link[2]}" for link in links if link}
    assert len(wanted) > 50 and not wanted - shown.keys()
    assert any(key.startswith("bibliography#") for key in shown)
    assert not re.search(r'"https?:| id=', text) and len(gzip.compress(text.encode())) < 60_000


def test_every_page_says_what_it_is_of_which_version_and_where_to_write(pages):
    descriptions = {}
    for path in (HTML / "chapters").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        descriptions[path.stem] = re.search(r'<meta name="description" content="([^"]+)">', text)[1]
        assert re.search(rf"Version {gapsim.__version__}(, not released yet| of [\d-]{{10}}) ", text) and "CC BY 4.0" in text
        made = "" if path.stem == "made" else "made.html"
        assert {f"{made}#changes", f"{made}#feedback"} <= set(pages[path].targets)
    assert len(set(descriptions.values())) == len(descriptions)
    assert all(20 < len(text) <= 210 and not set("\\$") & set(text) for text in descriptions.values()), descriptions


def test_bibliography_names_works_as_the_text_does(pages):
    text = (HTML / "chapters" / "bibliography.html").read_text(encoding="utf-8")
    for key, entry in bibliography().entries.items():
        assert cited_as(entry).replace("&", "&amp;") in text, key
        for field, address in (("doi", "https://doi.org/"), ("eprint", "https://arxiv.org/abs/")):
            if field in entry.fields:
                assert address + entry.fields[field] in text, key


# Formulas of a page, code left out.
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", re.S)
GREEK = re.compile(
    r"\\((?:var)?(?:alpha|beta|gamma|delta|epsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon|phi|chi|psi"
    r"|omega)|Gamma|Delta|Theta|Lambda|Sigma|Phi|Psi|Omega|partial)(?![a-zA-Z])"
)
# Pages of one part of the book; the others are of both.
PARTS = {
    "Classification": {"classifiers", "gaussian", "bernoulli", "appendix_a", "appendix_b"},
    "Regression": {
        "regression_fit", "regression_gaussian", "regression_poisson", "regression_exact", "phase_transition",
        "appendix_c", "appendix_d", "appendix_e", "appendix_f", "appendix_g", "appendix_h",
    },
}


def greek(path):
    text = re.sub(r"^```\{code-cell.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    return {name for found in FORMULA.finditer(text) for name in GREEK.findall(found[1] or found[2])}


def test_a_greek_letter_means_one_thing_and_is_in_the_table():
    used = {path.stem: greek(path) for path in CHAPTERS.glob("*.md")}
    listed = {}
    for part in (CHAPTERS / "notation.md").read_text(encoding="utf-8").split("\n## ")[1:]:
        for row in re.findall(r"^\| (.*) \|$", part, re.M):
            symbols, *_, origin = row.split(" | ")
            for name in {begins[1] for symbol in re.findall(r"\$([^$]+)\$", symbols) if (begins := GREEK.match(symbol))}:
                listed.setdefault(name, []).append(part.split("\n")[0])
                page = re.search(r"\{doc\}`(\w+)`", origin)
                assert page is None or name in used[page[1]], f"{name} is not on the page that is said to introduce it"
    assert listed.keys() == set().union(*(names for page, names in used.items() if page != "notation"))
    # The threshold is an attack; besides that, each letter has one row.
    assert listed.pop("varepsilon") == ["Everywhere", "Regression"]
    assert all(len(parts) == 1 for parts in listed.values()), listed
    for part, pages in PARTS.items():
        others = set().union(*(PARTS[other] for other in PARTS if other != part))
        strangers = {(name, page) for page in others for name in used[page] if listed.get(name) == [part]}
        # Regression's turning point is compared with that of a classifier.
        assert strangers <= {("mu", "phase_transition")}
    for path in CHAPTERS.glob("*.md"):
        attack = re.search(r"\\delta(_i)?(\\\|)?_\\infty|\\delta\(", path.read_text(encoding="utf-8"))
        assert not attack, f"{path.stem}: an attack is xi, delta the noise of a label"


def test_the_table_of_notation_names_what_the_module_has():
    code = {name for path in (ROOT / "gapsim").glob("*.py") for name in re.findall(r"\w+", path.read_text(encoding="utf-8"))}
    table = (CHAPTERS / "notation.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", re.sub(r"\{doc\}`\w+`", "", table)))
    assert len(named) > 15 and named <= code, named - code


def test_an_equation_of_the_paper_is_called_the_papers():
    sources = [*CHAPTERS.glob("*.md"), *(ROOT / "gapbook" / "ledger").glob("*.py")]
    for path in sources:
        text = re.sub(r'\A""".*', "", path.read_text(encoding="utf-8"))
        for found in re.finditer(r"[Ee]quations? \(\d", text):
            before = text[max(0, found.start() - 12) : found.start()]
            assert re.search(r"(paper's|its|an)\s$", before), f"{path.name}: whose is {found[0]}?"


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
    heavy = {path.name for path in downloads.project() if path.stat().st_size > 1.5e6}
    assert not heavy
