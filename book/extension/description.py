"""What a search engine shows of a page: a sentence or two of its beginning."""

import html
import re
import textwrap
import unicodedata

from docutils import nodes

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


def setup(app):
    app.connect("html-page-context", describe)
