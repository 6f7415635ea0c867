"""What a link shows before it is followed: formulas, statements, figures and works of other pages, as one script.

sphinx-tippy does the same, but loads its program from a network, gives each page a script of its own
with every target's text in it, which a first visit would load, and asks other servers for what it
says of DOIs while the site is built. Here the browser copies what is on the page itself, and loads
this one script when the first link to another page is pointed at; see `_static/previews.js`. A page
opened from a file may load a script, and may not read another page.
"""

import copy
import json
import re
from pathlib import Path

from bs4 import BeautifulSoup, SoupStrainer

SHOWN = "div.math[id], div.proof[id], figure[id], .citation[id], [role=listitem][id]"
LEFT_OUT = "a.headerlink, .take-away, .eqno a, .backrefs, script, details"


def write(app, exception):
    """Write what links to another page show, as HTML by page and anchor, where a page has such a link."""
    if exception or app.builder.name != "html":
        return
    pages = {path.stem: path.read_text(encoding="utf-8") for path in sorted(Path(app.outdir, "chapters").glob("*.html"))}
    wanted = {
        (target or page, anchor)
        for page, text in pages.items()
        for target, anchor in re.findall(r'<a class="reference internal" href="(?:(\w+)\.html)?#([\w-]+)"', text)
        if target and target != page
    }
    shown = {}
    for page, text in pages.items():
        anchors = {anchor for target, anchor in wanted if target == page}
        if anchors:
            found = previews(text, anchors)
            shown |= {f"{page}#{anchor}": found[anchor] for anchor in sorted(anchors & found.keys())}
    target = Path(app.outdir, "_static", "previews", "shown.js")
    target.parent.mkdir(exist_ok=True)
    text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    target.write_text(f"window.previews={text}", encoding="utf-8")


def previews(text, anchors):
    """What the formulas, statements, figures and works at a page's anchors look like, as HTML by anchor."""
    found = {}
    for target in BeautifulSoup(text, "html.parser", parse_only=SoupStrainer(id=sorted(anchors))).select(SHOWN):
        node = copy.copy(target)
        node.attrs.pop("role", None)  # an item, but here of no list
        for part in node.select(LEFT_OUT):
            part.decompose()
        for part in [node, *node.select("[id]")]:
            del part["id"]
        for link in node.select("a"):
            link.unwrap()
        for image in node.select("figure img"):
            image["alt"] = ""  # its caption is there
        found[target["id"]] = " ".join(str(node).split())
    return found


def setup(app):
    app.connect("build-finished", write, priority=900)
