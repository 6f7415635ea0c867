"""Sphinx extension of the book: captions from the run, side-by-side steps, nothing from outside.

What is ready does something else: sphinx-gallery shows figures of scripts that it runs itself, sphinx-mathjax-offline
serves all 24 MB of MathJax and not the one that is used, and nothing puts a derivation beside its code.
"""

import csv
import functools
import hashlib
import html
import io
import itertools
import json
import os
import re
import shutil
import textwrap
import unicodedata
from importlib import metadata
from pathlib import Path

import nbformat
from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.domains.std import StandardDomain
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

from book import labels, plain
from gapbook.held import DATA_MIME

CURVES_MIME = "application/vnd.gapsim.curves+json"
# Of MathJax the parts that the pages use: half the bytes of any file that holds them together.
MATHJAX = ["startup", "core", "input/tex", "output/chtml", "output/chtml/fonts/tex", "a11y/assistive-mml"]


def drop_ballast(app, exception):
    """Leave out what no page needs: source maps, fonts of old browsers and of brands, translations.

    And the icons as a script of 0.5 MB gzipped, which the theme loads as well as their font.
    """
    static = Path(app.outdir, "_static")
    icons = static / "scripts" / "fontawesome.js"
    fonts = (*static.rglob("*.ttf"), *static.rglob("fa-brands*"))
    for path in (*static.rglob("*.map"), *fonts, *icons.parent.glob(f"{icons.name}*")):
        path.unlink(missing_ok=True)
    shutil.rmtree(static / "locales", ignore_errors=True)
    (static / "figure_1a.svg").unlink(missing_ok=True)  # the README's
    script = re.compile(rf'<script[^>]*/{icons.name}[^>]*></script>')
    for page in Path(app.outdir).rglob("*.html"):
        page.write_text(script.sub("", page.read_text(encoding="utf-8")), encoding="utf-8")


def read_chapter(app, docname, source):
    """Take the page from the chapter's text, fold its code, and turn what a figure says of itself into a Sphinx figure."""
    path = Path(app.env.doc2path(docname))
    if path.suffix != ".ipynb":
        return
    notebook, text = nbformat.reads(source[0], as_version=4), path.with_suffix(".md")
    if text.exists():
        app.env.note_dependency(str(text))
        notebook = plain.page(text, notebook)
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code":
            continue
        tags = cell.metadata.setdefault("tags", [])
        if not {"show-input", "remove-input", "remove-cell"} & set(tags):
            tags.append("hide-input")
        for output in cell.outputs:
            output.get("data", {}).pop(CURVES_MIME, None)
        shown = [output for output in cell.outputs if "gapsim" in output.get("metadata", {})]
        if len(shown) > 1:
            raise ValueError(f"{docname}, cell {number}: one figure a cell, not {len(shown)}")
        for output in shown:
            figure = output.metadata.gapsim
            cell.metadata["mystnb"] = {
                "image": {"alt": figure["alt"]},
                "figure": {"name": figure["name"], "caption": figure["caption"]},
            }
            made_figures(app.env)[figure["name"]] = {
                "docname": docname,
                "data": as_csv(output["data"].pop(DATA_MIME)),
                "made_by": figure["by"],
            }
    source[0] = nbformat.writes(notebook)


def as_csv(curves):
    """The data that a figure left in its notebook, one row for each point of each curve, to six digits.

    What each curve is stands above them, once, in lines that begin with #.
    """
    table = io.StringIO()
    write = csv.writer(table, lineterminator="\n").writerow
    write(["# series", "panel", "curve", "drawn"])
    for series, curve in enumerate(curves, 1):
        write([f"# {series}", curve["panel"], curve["curve"], curve["drawn"]])
    write(["series", "x", "y", "low", "high"])
    x = []
    for series, curve in enumerate(curves, 1):
        x = curve["x"].split() if "x" in curve else x
        columns = [curve[name].split() if name in curve else [""] * len(x) for name in ("y", "low", "high")]
        for point in zip(x, *columns, strict=True):
            write([series, *(value and f"{float(value):.6g}" for value in point)])
    return table.getvalue()


def made_figures(env):
    """What is known of each figure, by its name: its page, its data, the functions behind it."""
    if not hasattr(env, "book_figures"):
        env.book_figures = {}
    return env.book_figures


def offer_figures(app, doctree, docname):
    """Under each figure its functions, its data and its picture."""
    if app.builder.name != "html":
        return
    root = "../" * docname.count("/")
    for node in doctree.findall(nodes.figure):
        name = next((name for name in node["names"] if name in made_figures(app.env)), None)
        if name is None:
            continue
        figure = made_figures(app.env)[name]
        data = Path(app.outdir, "figures", f"{name}.csv")
        data.parent.mkdir(exist_ok=True)
        data.write_text(figure["data"], encoding="utf-8")
        image = app.env.images[next(node.findall(nodes.image))["uri"]][1]
        functions = ", ".join(
            f'<a href="{root}_modules/{module.replace(".", "/")}.html#{place}"><code>{html.escape(place)}</code></a>'
            for module, place in figure["made_by"]
        )
        text = (
            f'<p class="take-away">Computed {f"by {functions}" if functions else "in its own cell"}. Take away: '
            f'<a href="{root}figures/{data.name}" download>data (CSV)</a>, '
            f'<a href="{root}_images/{image}" download="{name}.svg">picture (SVG)</a></p>'
        )
        node += nodes.legend("", nodes.raw("", text, format="html"))
        # Where the page is narrow, a tap shows the picture alone and as large as wanted.
        shown = next(node.findall(nodes.image))
        alone = nodes.reference("", "", refuri=f"{root}_images/{image}", internal=True, classes=["alone"])
        shown.parent.replace(shown, alone)
        alone += shown


def name_folds(app, doctree, docname):
    """Name the folded code by its figure, and fold what stands before the first section as one."""
    numbers = app.env.toc_fignumbers.get(docname, {}).get("figure", {})
    cells = [node for node in doctree.findall(nodes.container) if is_cell(node)]
    named = {}
    for cell in cells:
        later = itertools.takewhile(is_cell, cell.parent[cell.parent.index(cell) :])
        last = next((one for one in later if list(one.findall(nodes.figure)) or "tag_drawing" in one["classes"]), None)
        if last is None:
            continue
        found = [numbers[key] for node in last.findall(nodes.figure) for key in node["ids"] if key in numbers]
        what = f"Figure {'.'.join(map(str, found[0]))}" if found else "the table"
        how = f"how {what} is made up" if "tag_drawing" in cell["classes"] else f"the code of {what}"
        named.setdefault((id(last), how), []).extend(cell.findall(HideCodeCellNode))
    for (_, how), folds in named.items():
        for part, fold in enumerate(folds, start=1):
            which = f"{how}, part {part}" if len(folds) > 1 else how
            fold["prompt_show"], fold["prompt_hide"] = f"Show {which}", f"Hide {which}"
    if cells:
        fold_set_up(cells[0])


def is_cell(node):
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def fold_set_up(first):
    """Put the first cells that show nothing, imports and parameters, into one fold."""
    cells = itertools.takewhile(is_cell, first.parent[first.parent.index(first) :])
    folds = [list(cell.findall(HideCodeCellNode)) for cell in cells if len(cell) == 1]
    if not folds or not all(len(fold) == 1 for fold in folds):
        return
    (one,), *more = folds
    one["prompt_show"], one["prompt_hide"] = "Set-up and parameters", "Hide set-up and parameters"
    for (fold,) in more:
        one += fold.children
        fold.parent.parent.remove(fold.parent)


def read_docstring(app, what, name, thing, options, lines):
    """Take the bars and powers of plain formulas for what they are, not for markup."""
    lines[:] = [re.sub(r"(?<=[\w)])\*\*(?=\w)", r"\\*\\*", line.replace("|", r"\|")) for line in lines]


def list_modules(app, docname, source):
    """One section of the API page for each module, with what the package makes public of it."""
    if docname != "chapters/api":
        return
    import gapsim  # half a second that no other page costs

    public = {}
    for name in gapsim.__all__:
        public.setdefault(getattr(gapsim, name).__module__, []).append(name)
    for module, names in sorted(public.items()):
        source[0] += (
            f"\n## `{module}`\n\n```{{eval-rst}}\n"
            f".. automodule:: {module}\n   :members: {', '.join(names)}\n```\n"
        )


class Derivation(SphinxDirective):
    """A step of a derivation; the code cell tagged `beside` that follows it stands next to it."""

    has_content = True
    option_spec = {"name": directives.unchanged}

    def run(self):
        step = nodes.container(classes=["derivation"])
        self.add_name(step)
        self.state.nested_parse(self.content, self.content_offset, step)
        return [step]


class Summary(SphinxDirective):
    """``{summary}``: what a chapter finds, at its top."""

    has_content = True

    def run(self):
        box = nodes.container("", *self.parse_text_to_nodes("**In short** (symbols: {doc}`notation`)"), classes=["summary"])
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]


class Downloads(SphinxDirective):
    """The whole book as one file; the PDF only where the build has one."""

    def run(self):
        if self.env.app.builder.name != "html":
            return []
        root = "../" * self.env.docname.count("/")
        links = f'<li><a href="{root}book.zip" download>the whole book as a zip</a></li>'
        if os.environ.get("BOOK_PDF"):
            links += f'<li><a href="{root}book.pdf">the whole book as a PDF</a></li>'
        return [nodes.raw("", f'<ul class="whole-book">{links}</ul>', format="html")]


class Explorer(SphinxDirective):
    """``{explorer} gaussian``: the gap with sliders; a still picture where scripts are off."""

    required_arguments = 1
    has_content = True

    def run(self):
        if self.env.app.builder.name != "html":
            return self.parse_content()
        model = directives.choice(self.arguments[0], ("gaussian", "bernoulli", "regression", "poisson"))
        folder = "../" * self.env.docname.count("/") + "_static/explorer"
        scripts = "".join(f'<script defer src="{folder}/{name}.js"></script>' for name in ("curves", "explorer"))
        start, end = f'<gap-explorer model="{model}">', f'</gap-explorer>{scripts}'
        return [nodes.raw("", start, format="html"), *self.parse_content(), nodes.raw("", end, format="html")]

    def parse_content(self):
        node = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, node)
        return node.children


def stored(env, svg):
    """Where myst-nb keeps the same picture, beside the pages and by its hash: one file of both."""
    content = os.linesep.join(svg.splitlines()).encode()
    kept = Path(env.app.outdir).parent / "jupyter_execute" / f"{hashlib.sha256(content).hexdigest()}.svg"
    kept.parent.mkdir(exist_ok=True)
    if not kept.exists():  # else it would be newer than its chapter, which would be read again with the next run
        kept.write_bytes(content)
    return os.path.relpath(kept, Path(env.doc2path(env.docname)).parent)


def pictures(path):
    """What an executed chapter says of each of its figures, and the figure as SVG."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            if "gapsim" in output.get("metadata", {}):
                yield output["metadata"]["gapsim"], "".join(output["data"]["image/svg+xml"])


class Gallery(SphinxDirective):
    """``{gallery}``: every figure of the book, small, with a link to its place."""

    def run(self):
        lines = []
        for page in labels.pages():
            path = Path(self.env.srcdir, "chapters", f"{page.stem}.ipynb")
            if not path.exists():
                continue
            self.env.note_dependency(str(path))
            for about, svg in pictures(path):
                first = re.match(r"(?:\$[^$]*\$|[^$]){25,}?[.;](?=\s|$)", about["caption"])
                lines += [
                    "::::{container} item", f"```{{image}} {stored(self.env, svg)}", f":alt: {about['alt']}", "```", "",
                    f"{{numref}}`{about['name']}`: {first[0].rstrip('.;') if first else about['caption']}", "::::", "",
                ]
        box = nodes.container(classes=["gallery"])
        self.state.nested_parse(StringList(lines, source="gallery"), self.content_offset, box)
        return [box]


class Picture(SphinxDirective):
    """``{picture} gaussian fig-limit``: the figure of another chapter, its caption or another with its trials, and a link."""

    required_arguments = 2
    has_content = True

    def run(self):
        chapter, name = self.arguments
        path = Path(self.env.srcdir, "chapters", f"{chapter}.ipynb")
        self.env.note_dependency(str(path))
        for about, svg in pictures(path):
            if about["name"] == name:
                return self.picture(name, about, svg)
        raise self.error(f"{path.name} has no figure {name!r}")

    def picture(self, name, about, svg):
        place = stored(self.env, svg)
        node = nodes.Element()
        caption = " ".join(self.content) or about["caption"]
        if self.content and (said := re.search(r"Points: Monte Carlo.*?intervals\.", about["caption"])):
            caption += f" {said[0]}"  # trials, seed and level are the run's
        # No figure of its own, which would have a number of its own.
        lines = [
            ":::{container} picture", f"```{{image}} {place}", f":alt: {about['alt']}", "```", "",
            f"{caption} From {{numref}}`{name}`.", ":::",
        ]
        self.state.nested_parse(StringList(lines, source=name), self.content_offset, node)
        return node.children


# Words a minute of mathematical prose, and the seconds that a displayed formula or a figure takes.
PACE, LOOK = 200, 15


def minutes(role, rawtext, text, lineno, inliner, options=None, content=None):
    """``{minutes}`gaussian, bernoulli` ``: how long chapters take to read, code and proofs' folds left out."""
    folder, seconds = Path(inliner.document.settings.env.srcdir, "chapters"), 0
    for name in text.split(", "):
        prose = re.sub(r"^(`{3,}).*?^\1", "", (folder / f"{name}.md").read_text(encoding="utf-8"), flags=re.M | re.S)
        prose, formulas = re.subn(r"\$\$.*?\$\$", "", prose, flags=re.S)
        seconds += 60 * len(prose.split()) / PACE + LOOK * (formulas + prose.count("{derivation}"))
    return [nodes.Text(f"{5 * max(1, round(seconds / 300))} minutes")], []


class SideBySide(SphinxTransform):
    """Put each derivation and the cells beside it into one row."""

    default_priority = 500

    def apply(self, **kwargs):
        for step in list(self.document.findall(nodes.container)):
            if "derivation" not in step["classes"]:
                continue
            after = step.parent[step.parent.index(step) + 1 :]
            cells = list(itertools.takewhile(
                lambda node: isinstance(node, nodes.container) and "tag_beside" in node["classes"], after
            ))
            if not cells:
                continue
            row = nodes.container(classes=["side-by-side", "full-width"])
            step.parent.replace(step, row)
            for cell in cells:
                row.parent.remove(cell)
            beside = nodes.container("", *cells, classes=["beside"])
            row += [step, beside]


def configure(app, config):
    """Load the formulas' renderer from the book itself, and the book's own templates first."""
    config.mathjax_path = "mathjax/startup.js"
    config.mathjax3_config = {"loader": {"load": ["input/tex", "output/chtml", "a11y/assistive-mml"]}}
    config.templates_path.insert(0, str(Path(__file__).parent / "templates"))
    # A chapter's page comes from its notebook and, by way of that, from its text.
    chapters = Path(app.srcdir, "chapters").glob("*.ipynb")
    config.exclude_patterns = [*config.exclude_patterns, *(f"chapters/{path.stem}.md" for path in chapters)]
    # Opened from a file, a page may not read another to show a part of it.
    app.add_js_file(None, body='DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== "file:"')


def copy_scripts(app):
    """Copy the explorer, and of MathJax the scripts and the fonts that the pages use."""
    if app.builder.format != "html":
        return
    explorer = Path(app.outdir, "_static", "explorer")
    explorer.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).with_name("explorer.js"), explorer)
    curves = json.dumps(read_curves(Path(app.srcdir, "chapters", "explorer.ipynb")), separators=(",", ":"))
    (explorer / "curves.js").write_text(f"window.gapCurves={curves}", encoding="utf-8")
    start = next(file for file in metadata.files("sphinx-mathjax-offline") if file.name == "startup.js").locate()
    source, target = Path(start).parent, Path(app.outdir, "_static", "mathjax")
    fonts, unused = "output/chtml/fonts/woff-v2", shutil.ignore_patterns("*Fraktur*", "*SansSerif*", "*Script*", "*Typewriter*")
    shutil.copytree(source / fonts, target / fonts, ignore=unused, dirs_exist_ok=True)
    for part in MATHJAX:
        (target / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / f"{part}.js", target / f"{part}.js")


def read_curves(path):
    """The regression's curves that the explorer's chapter computed; none without it."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"] if path.exists() else []
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    return next((data[CURVES_MIME] for data in outputs if CURVES_MIME in data), {})


def drop_outside_scripts(app, pagename, templatename, context, doctree):
    """Leave out the scripts that the theme would fetch from elsewhere and that the book never uses."""

    def outside(script):
        text = f"{getattr(script, 'filename', script)} {getattr(script, 'attributes', '')}"
        return "thebe" in text.lower() or "://" in text

    scripts = context.get("script_files", [])
    context["script_files"] = [script for script in scripts if not outside(script)]


# What the theme and docutils write, and what a screen reader understands.
NAMED = (
    # In code, names, brackets and blanks have the text's colour: a tag for each would be a quarter of a page's weight.
    (re.compile(r'<span class="[npw]">([^<]*)</span>'), r"\1"),
    (re.compile(r'(<span class="math notranslate nohighlight">[^<]*</span>)([,.;:?!)]+)'), r'<span class="joined">\1\2</span>'),
    (re.compile(r'role="doc-biblioentry"'), 'role="listitem"'),
    # "Theorem 1 of the paper" says what it is, and a proof begins in italics.
    (re.compile(r'(<span class="caption-number">)(\w+) </span> \((\2 \d+ of the paper[^<()]*)\)'), r"\1\3</span>"),
    (re.compile(r'(<div class="proof admonition") id="proof">\s*<p>(Proof\.)'), r"\1><p><em>\2</em>"),
    # A name is one element's: the box's, not its title's or its content's too.
    (re.compile(r'(<p class="admonition-title"|<section class="\w+-content") id="[^"]*"'), r"\1"),
    # Its text says it, and which code.
    (re.compile(r'<summary aria-label="Toggle hidden content">'), "<summary>"),
    (re.compile(r'<th (class="head[^"]*")>(?:\s|<p></p>)*</th>'), r"<td \1></td>"),
    (re.compile(r'aria-label="Color mode"'), 'aria-label="Colour mode: light, dark or the system\'s"'),
)
# "lambda" is spelled otherwise in Unicode's names.
NAMES = "alpha beta gamma delta epsilon eta theta kappa lamda mu nu xi pi rho sigma tau"
LETTERS = {name.replace("lamda", "lambda"): unicodedata.lookup(f"GREEK SMALL LETTER {name}") for name in NAMES.split()}
LETTERS["varepsilon"] = LETTERS["epsilon"]


def describe(app, pagename, templatename, context, doctree):
    """The sentence or two that a search engine shows of a page: those of its beginning that can be said without TeX."""
    if doctree is None or "metatags" not in context:
        return
    said = []
    for paragraph in doctree.findall(nodes.paragraph):
        text = "".join(in_letters(node) for node in paragraph.children)
        said += [sentence for sentence in re.split(r"(?<=[.?!]) ", " ".join(text.split())) if "\\" not in sentence]
        if sum(map(len, said)) > 60:
            break
    words = html.escape(textwrap.shorten(" ".join(said), 200, placeholder="…") or context["title"], quote=True)
    context["metatags"] += f'<meta name="description" content="{words}">'


def in_letters(node):
    """A piece of a paragraph without markup, Greek letters as letters; a backslash is left of what has no letter."""
    if isinstance(node, nodes.math):
        return re.sub(r"\\([a-z]+)", lambda name: LETTERS.get(name[1], name[0]), node.astext()).replace("{", "").replace("}", "")
    return "".join(map(in_letters, node.children)) if node.children else node.astext()


class Environment:
    """Sphinx's environment, which reads a page once."""

    def __init__(self, env):
        self._env, self.get_doctree = env, functools.cache(env.get_doctree)

    def __getattr__(self, name):
        return getattr(self._env, name)


class References(StandardDomain):
    """For a number that is referred to, Sphinx reads the page that has it anew each time: a third of the site's time."""

    def __init__(self, env):
        super().__init__(env)
        self.reader = Environment(env)

    def resolve_xref(self, env, *reference):
        return super().resolve_xref(self.reader, *reference)


HERE = re.compile(r'<a class="current reference internal" href="#">[^<]*</a>')
SUMMARY = re.compile(r'(<a [^>]*>)([^<]*)(</a><details[^>]*>)<summary>')


def name_parts(app, pagename, templatename, context, doctree):
    """Give names and roles to the parts of a page that a screen reader would pass over."""
    for pattern, replacement in NAMED:
        if "body" in context:
            context["body"] = pattern.sub(replacement, context["body"])
    if pagename == "chapters/gallery":
        # Those further down only when they are scrolled to.
        context["body"] = context["body"].replace("<img ", '<img loading="lazy" ')
    contents, sections = context.get("generate_toctree_html"), context.get("generate_toc_html")
    if contents:

        def with_sections(*args, **options):
            """The book's contents, under the page that is shown its sections."""
            text = SUMMARY.sub(r'\1\2\3<summary aria-label="Pages under \2">', str(contents(*args, **options)))
            own = f'<div class="page-sections">{sections()}</div>' if sections and sections() else ""
            return HERE.sub(lambda link: link[0] + own, text, count=1)

        context["generate_toctree_html"] = with_sections


def setup(app):
    app.add_domain(References, override=True)
    app.add_directive("derivation", Derivation)
    app.add_directive("downloads", Downloads)
    app.add_directive("explorer", Explorer)
    app.add_directive("gallery", Gallery)
    app.add_directive("picture", Picture)
    app.add_directive("summary", Summary)
    app.add_role("minutes", minutes)
    app.add_transform(SideBySide)
    app.connect("config-inited", configure, priority=900)
    app.connect("builder-inited", copy_scripts)
    app.connect("build-finished", drop_ballast)
    app.connect("source-read", read_chapter)
    app.connect("source-read", list_modules)
    app.connect("autodoc-process-docstring", read_docstring, priority=100)
    app.connect("doctree-resolved", offer_figures)
    app.connect("doctree-resolved", name_folds)
    app.connect("html-page-context", drop_outside_scripts, priority=900)
    app.connect("html-page-context", name_parts, priority=900)
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
