"""The page of the package's own functions: a section for each module, from its docstrings."""

import re


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


def read_docstring(app, what, name, thing, options, lines):
    """Take the bars and powers of plain formulas for what they are, not for markup."""
    lines[:] = [re.sub(r"(?<=[\w)])\*\*(?=\w)", r"\\*\\*", line.replace("|", r"\|")) for line in lines]


def setup(app):
    app.connect("source-read", list_modules)
    app.connect("autodoc-process-docstring", read_docstring, priority=100)
