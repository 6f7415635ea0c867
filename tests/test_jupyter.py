"""Every chapter as people open it: in a real JupyterLab, in a real Chromium, without any extension.

Each is opened with its stored outputs. Running all cells of each takes minutes: without the variable
BOOK_LAB=all (the weekly workflow sets it) only two quick ones are run, which have every kind of cell; `make book` executes all.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest
from playwright.sync_api import TimeoutError, sync_playwright

from book import chromium, notebooks
from book.extension.explorer import CURVES_MIME

NAMES = [path.stem for path in notebooks.chapters()]
QUICK = ["preliminaries", "noise"]
RUN = NAMES if os.environ.get("BOOK_LAB") == "all" else QUICK
# All cells are there at once, and nothing is asked of the network.
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none", "autoStartDefaultKernel": False},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
    "docmanager-extension/plugin": {"autosave": False},
}

# Nothing here is waited for by a call without a limit: what never comes fails the test that waits for it.
OPEN = """([path, canStart]) => {
  const kernelPreference = {name: "python3", canStart, shouldStart: canStart};
  window.jupyterapp.started.then(
    () => window.jupyterapp.commands.execute("docmanager:open", {path, factory: "Notebook", kernelPreference}));
}"""
READY = """path => {
  const current = window.jupyterapp.shell.currentWidget, panel = current?.context?.path === path && current.node;
  return panel && panel.querySelectorAll(".jp-Cell").length > 2 && panel.querySelector("mjx-container")
    && !panel.querySelector(".jp-MarkdownCell .jp-MarkdownOutput:empty");
}"""
# What a reader would stumble over: errors, formulas or markup as they were written, texts that are not there.
WRONG = r"""() => {
  const panel = document.querySelector(".jp-NotebookPanel");
  const found = [...panel.querySelectorAll(".jp-RenderedMarkdown:empty, mjx-merror, [data-mjx-error], "
    // Of a formula that MathJax does not know, the backslash is shown.
    + "mjx-container:has(mjx-c.mjx-c5C), .jp-RenderedText[data-mime-type*=stderr], .jp-RenderedText[data-mime-type*=error]")]
    .map(node => node.textContent.slice(0, 300) || `empty: ${node.outerHTML}`);
  for (const text of panel.querySelectorAll(".jp-RenderedMarkdown")) {
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (!node.parentElement.closest("pre, code, mjx-container, script, style")
          && /\$|\\[(\[a-zA-Z]|\{[a-z:]+\}|:::|^\([\w-]+\)=|<<|>>|\*\*/.test(node.data)) found.push(node.data.trim());
    }
  }
  return found;
}"""
RUN_ALL = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  window.counts = null;
  panel.sessionContext.ready.then(() => window.jupyterapp.commands.execute("notebook:run-all-cells")).then(() => {
    const code = [...(panel.content.model?.cells ?? [])].filter(cell => cell.type === "code");
    if (!panel.isDisposed) window.counts = code.map(cell => cell.executionCount);
  });
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab with nobody's settings, on a copy of the chapters."""
    if chromium.path() is None:
        pytest.skip("the chapters in JupyterLab, since Chromium is not installed")
    home = tmp_path_factory.mktemp("lab")
    for name, settings in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))
    (home / "book").mkdir()
    for path in notebooks.chapters():
        shutil.copy(path.with_suffix(".ipynb"), home / "book")
    folders = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
               "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces", "IPYTHONDIR": "ipython"}
    environment = {**os.environ, **{name: str(home / folder) for name, folder in folders.items()}}
    subprocess.run(
        [sys.executable, "-m", "jupyter", "trust", *home.joinpath("book").glob("*.ipynb")],
        env=environment, check=True, capture_output=True,
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser", f"--port={port}",
        "--ServerApp.token=", "--ServerApp.password=", f"--ServerApp.root_dir={home / 'book'}",
    ]
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        for _ in range(300):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/api", timeout=5):
                break
            time.sleep(0.2)
        yield address
        server.terminate()


@pytest.fixture(scope="module")
def app(lab):
    """JupyterLab in a browser, once for all chapters: starting it takes longer than reading one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(120_000)
        page.goto(f"{lab}/lab?reset")
        page.wait_for_function("window.jupyterapp")
        yield page


@contextlib.contextmanager
def opened(app, name, kernel=False):
    """The chapter's notebook as the only open document; to read it takes no kernel."""
    app.evaluate(OPEN, [f"{name}.ipynb", kernel])
    try:
        app.wait_for_function(READY, arg=f"{name}.ipynb")
        yield app
    finally:  # or the next would be shown beside it
        app.evaluate("window.jupyterapp.shell.currentWidget?.dispose()")


def code_cells(name):
    cells = nbformat.read(notebooks.CHAPTERS / f"{name}.ipynb", as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def pictures(name):
    return sum("image/svg+xml" in output.get("data", {}) for cell in code_cells(name) for output in cell.outputs)


def kinds(names):
    """Tags and outputs of the cells."""
    cells = [cell for name in names for cell in code_cells(name)]
    shown = {kind for cell in cells for output in cell.outputs for kind in output.get("data", {})}
    return shown | {tuple(cell.metadata.get("tags", [])) for cell in cells}


def test_the_quick_chapters_have_every_kind_of_cell():
    # But the explorer's curves, of which Jupyter shows how many they are.
    assert kinds(NAMES) - kinds(QUICK) == {CURVES_MIME}


def check_that_it_reads_well(page, name):
    """What is wrong is so until all is set, and afterwards where something is not."""
    with contextlib.suppress(TimeoutError):
        page.wait_for_function(f"() => ({WRONG})().length === 0", timeout=10_000)
    assert page.evaluate(WRONG) == []
    assert page.locator(".jp-RenderedSVG").count() == pictures(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_chapter_reads_well_in_jupyterlab(name, app):
    with opened(app, name) as page:
        check_that_it_reads_well(page, name)


@pytest.mark.parametrize("name", RUN)
def test_a_chapter_runs_in_jupyterlab(name, app):
    with opened(app, name, kernel=True) as page:
        page.evaluate(RUN_ALL)
        counts = page.wait_for_function("window.counts", timeout=500_000).json_value()
        assert counts == list(range(1, len(counts) + 1))
        check_that_it_reads_well(page, name)
