"""What helps a reader find the way: what a chapter finds, how long it takes to read, the book as one file."""

import os
import re
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

# Words a minute of mathematical prose, and the seconds that a displayed formula or a figure takes.
PACE, LOOK = 200, 15


class Summary(SphinxDirective):
    """``{summary}``: what a chapter finds, at its top."""

    has_content = True

    def run(self):
        head = self.parse_text_to_nodes("**In short** (symbols: {doc}`notation`)")
        return [nodes.container("", *head, *self.parse_content_to_nodes(), classes=["summary"])]


def minutes(role, rawtext, text, lineno, inliner, options=None, content=None):
    """``{minutes}`gaussian, bernoulli` ``: how long chapters take to read, code and proofs' folds left out."""
    folder, seconds = Path(inliner.document.settings.env.srcdir, "chapters"), 0
    for name in text.split(", "):
        prose = re.sub(r"^(`{3,}).*?^\1", "", (folder / f"{name}.md").read_text(encoding="utf-8"), flags=re.M | re.S)
        prose, formulas = re.subn(r"\$\$.*?\$\$", "", prose, flags=re.S)
        seconds += 60 * len(prose.split()) / PACE + LOOK * (formulas + prose.count("{derivation}"))
    return [nodes.Text(f"{5 * max(1, round(seconds / 300))} minutes")], []


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


def setup(app):
    app.add_directive("summary", Summary)
    app.add_role("minutes", minutes)
    app.add_directive("downloads", Downloads)
