"""What needs to know where the book or its sources are on the web; nothing is there unless told.

BOOK_REPOSITORY (such as https://github.com/NAME/PROJECT) adds the links to the sources, to edit a
page and to launch it on Binder; BOOK_BRANCH says which branch, main if it does not. BOOK_URL adds
canonical addresses, social cards and a sitemap.

sphinx-sitemap and sphinxext-opengraph would take over the sitemap and the card's tags, a dozen lines here, for two packages
and their settings; their card is text, not a curve of the book.
"""

import os
import re
from html import escape
from pathlib import Path

from sphinx.util.docutils import SphinxDirective

from book import BookError

CARD = "_static/card.png"
VARIABLES = ("BOOK_REPOSITORY", "BOOK_BRANCH", "BOOK_URL")


def given():
    """The addresses given at build time, by variable."""
    return {name: os.environ[name].rstrip("/") for name in VARIABLES if os.environ.get(name)}


def check():
    """Whether the addresses are any.

    Raises
    ------
    BookError
        Names the variable.
    """
    for name, value in given().items():
        if name != "BOOK_BRANCH" and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", value):
            raise BookError(f"{name} must be an address such as https://github.com/NAME/PROJECT, got {value!r}")


def configure(app, config):
    addresses = given()
    if "BOOK_URL" in addresses:
        config.html_baseurl = addresses["BOOK_URL"] + "/"
    if "BOOK_REPOSITORY" in addresses:
        config.html_theme_options.update(
            repository_url=addresses["BOOK_REPOSITORY"],
            repository_branch=addresses.get("BOOK_BRANCH", "main"),
            use_repository_button=True,
            use_edit_page_button=True,
            launch_buttons={"binderhub_url": "https://mybinder.org", "notebook_interface": "jupyterlab"},
        )


class Elsewhere(SphinxDirective):
    """``{elsewhere}``: how to run the chapters on somebody else's machine, where the sources have an address."""

    def run(self):
        repository = given().get("BOOK_REPOSITORY", "")
        owner_and_name, branch = repository.removeprefix("https://github.com/"), given().get("BOOK_BRANCH", "main")
        lines = [
            "On your own server, with JupyterHub or a container, the lines above do. This copy of the book does not know "
            "an address of its sources, so it links to no Binder."
        ]
        if repository and owner_and_name == repository:
            lines = ["The sources are at the address below; on your own server, with JupyterHub or a container, the lines above do."]
        elif repository:
            binder = f"https://mybinder.org/v2/gh/{owner_and_name}/{branch}?urlpath=lab/tree/chapters/gaussian.ipynb"
            lines = [
                f"- [Binder]({binder}) starts JupyterLab on the chapters; it takes some minutes, and needs no account.",
                "- Colab: take a chapter's notebook with the download button of its page, and open it at "
                "[colab.research.google.com](https://colab.research.google.com) under *Upload*. Its first cell installs "
                "what it imports.",
            ]
        if repository:
            lines += ["", "```bash", f"git clone {repository}", "```"]
        return self.parse_text_to_nodes("\n".join(lines))


def edit_the_text(app, pagename, templatename, context, doctree):
    """People edit chapters/NAME.md, not the notebook that is made from it."""
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            if button.get("label") == "source-edit-button":
                button["url"] = button["url"].replace(".ipynb", ".md")


def describe(app, pagename, templatename, context, doctree):
    """What a link to the page shows where it is shared."""
    url = given().get("BOOK_URL")
    if url and doctree is not None:
        title = escape(f"{context['title']} - {app.config.html_title}", quote=True)
        context["metatags"] += (
            f'<meta property="og:type" content="article"><meta property="og:title" content="{title}">'
            f'<meta property="og:url" content="{url}/{pagename}.html"><meta property="og:image" content="{url}/{CARD}">'
            '<meta name="twitter:card" content="summary_large_image">'
        )


def finish(app, exception):
    """Write the sitemap and the picture of the social card."""
    url = given().get("BOOK_URL")
    if exception or not url or app.builder.name != "html":
        return
    pages = "".join(f"<url><loc>{url}/{name}.html</loc></url>\n" for name in sorted(app.env.found_docs))
    Path(app.outdir, "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{pages}</urlset>\n'
    )
    from gapbook import figures
    from gapsim import GaussianModel

    model, n = GaussianModel(1.0, 2.0), range(1, 1001)
    figure, ax = figures.axes(width=12, height=6.3)
    figure.set_facecolor("white")
    for eps, color in zip((0.5, 0.95, 1.0, 1.5), figures.PALETTE):
        figures.exact(ax, n, model.gap(n, eps), color, lw=4)
    ax.set(xscale="log", xlabel="training points", ylabel="gap")
    ax.set_title(app.config.html_title, fontsize=30)
    figure.savefig(Path(app.outdir, CARD), dpi=100, bbox_inches=None, metadata={"Software": None})


def setup(app):
    app.add_directive("elsewhere", Elsewhere)
    app.connect("config-inited", configure, priority=950)
    app.connect("html-page-context", edit_the_text, priority=950)
    app.connect("html-page-context", describe, priority=950)
    app.connect("build-finished", finish)
