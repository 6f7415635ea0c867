"""The gap with sliders: a component of the page's own, and the regression's curves that its chapter computed."""

import json
import shutil
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from gapbook.held import CURVES_MIME


class Explorer(SphinxDirective):
    """``{explorer} gaussian``: the gap with sliders; a still picture where scripts are off."""

    required_arguments = 1
    has_content = True

    def run(self):
        if self.env.app.builder.name != "html":
            return self.parse_content_to_nodes()
        model = directives.choice(self.arguments[0], ("gaussian", "bernoulli", "regression", "poisson"))
        folder = "../" * self.env.docname.count("/") + "_static/explorer"
        scripts = "".join(f'<script defer src="{folder}/{name}.js"></script>' for name in ("curves", "explorer"))
        start, end = f'<gap-explorer model="{model}">', f'</gap-explorer>{scripts}'
        return [nodes.raw("", start, format="html"), *self.parse_content_to_nodes(), nodes.raw("", end, format="html")]


def copy_explorer(app):
    """Copy the component, and write the curves for it."""
    if app.builder.format != "html":
        return
    folder = Path(app.outdir, "_static", "explorer")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).with_suffix(".js"), folder)
    curves = json.dumps(read_curves(Path(app.srcdir, "chapters", "explorer.ipynb")), separators=(",", ":"))
    (folder / "curves.js").write_text(f"window.gapCurves={curves}", encoding="utf-8")


def read_curves(path):
    """The regression's curves that the explorer's chapter computed; none without it."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"] if path.exists() else []
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    return next((data[CURVES_MIME] for data in outputs if CURVES_MIME in data), {})


def setup(app):
    app.add_directive("explorer", Explorer)
    app.connect("builder-inited", copy_explorer)
