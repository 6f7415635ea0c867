"""Pages that ask nobody for anything, and load no more than they need.

sphinx-mathjax-offline serves all 24 MB of MathJax, and not the part that is used.
"""

import re
import shutil
from importlib import metadata
from pathlib import Path

# Of MathJax the parts that the pages use: half the bytes of any file that holds them together.
MATHJAX = ["startup", "core", "input/tex", "output/chtml", "output/chtml/fonts/tex", "a11y/assistive-mml"]


def configure(app, config):
    """Load the formulas' renderer from the book itself."""
    config.mathjax_path = "mathjax/startup.js"
    config.mathjax3_config = {"loader": {"load": ["input/tex", "output/chtml", "a11y/assistive-mml"]}}
    # Opened from a file, a page may not read another to show a part of it.
    app.add_js_file(None, body='DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== "file:"')


def copy_mathjax(app):
    """Copy of MathJax the scripts and the fonts that the pages use."""
    if app.builder.format != "html":
        return
    start = next(file for file in metadata.files("sphinx-mathjax-offline") if file.name == "startup.js").locate()
    source, target = Path(start).parent, Path(app.outdir, "_static", "mathjax")
    fonts, unused = "output/chtml/fonts/woff-v2", shutil.ignore_patterns("*Fraktur*", "*SansSerif*", "*Script*", "*Typewriter*")
    shutil.copytree(source / fonts, target / fonts, ignore=unused, dirs_exist_ok=True)
    for part in MATHJAX:
        (target / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / f"{part}.js", target / f"{part}.js")


def drop_outside_scripts(app, pagename, templatename, context, doctree):
    """Leave out the scripts that the theme would fetch from elsewhere and that the book never uses."""

    def outside(script):
        text = f"{getattr(script, 'filename', script)} {getattr(script, 'attributes', '')}"
        return "thebe" in text.lower() or "://" in text

    scripts = context.get("script_files", [])
    context["script_files"] = [script for script in scripts if not outside(script)]


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


def setup(app):
    app.connect("config-inited", configure, priority=900)
    app.connect("builder-inited", copy_mathjax)
    app.connect("html-page-context", drop_outside_scripts, priority=900)
    app.connect("build-finished", drop_ballast)
