"""What several tests share: a chapter executed in this process, and a project of two pages, in which anything may be broken."""

import shutil
import signal
import sys
from dataclasses import dataclass, field

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from book import plain
from book.notebooks import ROOT


@dataclass
class Run:
    """What a chapter showed."""

    outputs: list = field(default_factory=list)

    @property
    def figures(self):
        """What each figure says of itself."""
        return [output.metadata["gapsim"] for output in self.outputs if "gapsim" in output.metadata]


@pytest.fixture
def execute(monkeypatch):
    """Execute a chapter's plain notebook without a kernel, which would start and import everything once more."""
    # The shell's own takes its place, and other processes ask for ours.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    quiet = Config()
    quiet.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=quiet)

    def run(path, **parameters):
        found = Run()
        monkeypatch.chdir(path.parent)
        shell.reset()
        for cell in plain.notebook(path).cells:
            # A claim is about the paper's parameters, whatever the chapter's are: the book and the ledger's tests execute it.
            if cell.cell_type != "code" or "claim" in cell.metadata.get("tags", []):
                continue
            with capture_output() as captured:
                result = shell.run_cell(cell.source)
            result.raise_error()
            found.outputs += captured.outputs
            if "parameters" in cell.metadata.get("tags", []):
                shell.user_ns.update((key, value) for key, value in parameters.items() if key in shell.user_ns)
        return found

    yield run
    InteractiveShell.clear_instance()


@pytest.fixture
def obedient():
    """Called in a new process, so that it can be told to end: what runs in the background, or by nohup, ignores that."""
    return lambda: [signal.signal(number, signal.SIG_DFL) for number in (signal.SIGINT, signal.SIGHUP)]


CHAPTER = """---
jupytext:
  text_representation: {{extension: .md, format_name: myst}}
kernelspec: {{display_name: Python 3, language: python, name: python3}}
---

# A chapter

With a sentence.

```{{code-cell}} ipython3
:tags: [parameters]

trials = 5
```

```{{code-cell}} ipython3
{code}
```
"""


@pytest.fixture
def small_project(tmp_path):
    """A copy of the project whose only chapter has a cell of the given code; call it again for other code."""
    copy = tmp_path / "project"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "_build", "__pycache__", "tests", "benchmarks", "chapters"))
    shutil.copytree(ROOT / "benchmarks", copy / "benchmarks", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "chapters").mkdir()
    (copy / "_toc.yml").write_text("format: jb-book\nroot: chapters/index\nchapters:\n  - file: chapters/tiny\n")
    (copy / "chapters" / "index.md").write_text("# A book\n\nOf two pages.\n")

    def write(code):
        (copy / "chapters" / "tiny.md").write_text(CHAPTER.format(code=code))
        return copy

    return write
