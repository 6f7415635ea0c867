"""Names and roles for the parts of a page that a screen reader would pass over, in what the theme and docutils write."""

import re

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
)

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
    app.connect("html-page-context", name_parts, priority=900)
