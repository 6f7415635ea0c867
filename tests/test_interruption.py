"""Ctrl-C, TERM, a second build, a hostile home: what is started ends, waits, or does not mind."""

import contextlib
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
import urllib.request

import nbformat
import psutil
import pytest

from book import lock, notebooks, settings

BOOK = [sys.executable, "-m", "book"]
SLEEPS = "import time; open('begun', 'w').close(); time.sleep(600)"


def until(condition, seconds=60):
    """Wait for a condition; a machine may be busy."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def works(process):
    """Not so one that has ended and that its parent has not asked about: where the parent is gone that takes seconds."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def started(project, first, *command):
    """A command at a terminal of its own, and what it shows."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(project)
        first()
        os.execv(sys.executable, command)
    shown = []

    def read():
        try:
            while part := os.read(terminal, 4096):
                shown.append(part.decode())
        except OSError:  # the other side has gone
            pass

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    return pid, terminal, shown, reader


@pytest.mark.parametrize(("words", "by"), [
    (["build"], "Ctrl-C"), (["build"], signal.SIGTERM), (["build"], signal.SIGKILL), (["run", "tiny", "trials=7"], "Ctrl-C"),
])
def test_an_interruption_ends_everything_within_two_seconds(small_project, obedient, words, by):
    project = small_project(SLEEPS)
    pid, terminal, shown, reader = started(project, obedient, *BOOK, *words)
    until((project / "chapters" / "begun").exists)
    everything = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    assert any("ipykernel" in " ".join(each.cmdline()) for each in everything)
    # Not what a kernel said that found its port taken.
    said_before = len(shown)
    if by == "Ctrl-C":
        os.write(terminal, b"\x03")
    else:
        os.kill(pid, by)
    before = time.monotonic()
    until(lambda: not any(map(works, everything)))
    took = time.monotonic() - before
    _, status = os.waitpid(pid, 0)
    # The last words too.
    reader.join(timeout=20)
    os.close(terminal)
    # Killed outright, it can't end its kernel, which looks for it once a second.
    assert took < (5 if by == signal.SIGKILL else 2), took
    if by != signal.SIGKILL:
        assert os.waitstatus_to_exitcode(status) == (130 if by == "Ctrl-C" else 143)
        said = "".join(shown[said_before:])
        assert "interrupted" in said and "Traceback" not in said
    # Nothing that the next build would take for finished.
    assert not list((project / "_build").rglob("*.key")) and not list((project / "_build").rglob("*.ipynb"))


def test_where_nobody_reads_on_a_command_ends_in_a_sentence(small_project):
    with subprocess.Popen([*BOOK, "build"], cwd=small_project("1"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as build:
        build.stdout.close()
        assert build.stderr.read() == "interrupted; what was finished before is kept\n"
    assert build.returncode == 128 + signal.SIGPIPE


def test_an_interruption_of_the_tests_ends_all_that_they_started(small_project, obedient):
    project = small_project("1")
    (project / "tests").mkdir()
    # As what computes for long without Python: no interruption reaches it.
    test = f"import signal\n\ndef test_long():\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\n    {SLEEPS}\n"
    (project / "tests" / "test_long.py").write_text(test)
    pid, terminal, shown, reader = started(project, obedient, sys.executable, "-m", "pytest", "-n", "2", "tests")
    until((project / "begun").exists)
    everything = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    os.write(terminal, b"\x03")
    until(lambda: not any(map(works, everything)), seconds=2)
    _, status = os.waitpid(pid, 0)
    reader.join(timeout=20)
    os.close(terminal)
    # Where pytest is not through with its last words in time, it is left at that.
    code = os.waitstatus_to_exitcode(status)
    assert code == 130 or code == 2 and "KeyboardInterrupt" in "".join(shown)


def test_what_nohup_ignores_stays_ignored():
    code = "import os, signal; from book import interruption; interruption.obey(); os.kill(os.getpid(), signal.SIGHUP); print('on')"
    for handler, said in ((signal.SIG_IGN, "on\n"), (signal.SIG_DFL, "")):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=notebooks.ROOT, preexec_fn=lambda: signal.signal(signal.SIGHUP, handler),
            capture_output=True, text=True,
        )
        assert done.stdout == said and (done.returncode == 0) is (handler == signal.SIG_IGN)


def test_a_second_command_waits_for_the_first_and_says_so(small_project):
    project = small_project("1 + 1")
    with lock.held(project / "_build"):
        second = subprocess.Popen([*BOOK, "run"], cwd=project, stdout=subprocess.PIPE, text=True)
        assert second.stdout.readline() == (
            f"another command is at work in this folder (process {os.getpid()}): waiting for its end\n"
        )
        time.sleep(0.2)
        assert second.poll() is None
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 0 and "trials=5" in said


def test_another_program_holds_the_lock_to_its_end(small_project):
    project = small_project("1 + 1")
    command = [sys.executable, "-m", "book.lock", "sh", "-c", "touch begun; sleep 600"]
    first = subprocess.Popen(command, cwd=project, start_new_session=True)
    until((project / "begun").exists)
    second = subprocess.Popen([sys.executable, "-m", "book.lock", "true"], cwd=project, stdout=subprocess.PIPE, text=True)
    assert f"(process {first.pid})" in second.stdout.readline() and second.poll() is None
    os.killpg(first.pid, signal.SIGKILL)
    second.communicate(timeout=20)
    assert (first.wait(timeout=20), second.returncode) == (-signal.SIGKILL, 0)


def test_make_clean_waits_for_a_build(small_project):
    project = small_project("1 + 1")
    for name in (".venv/bin", "dist", "_build/notebooks"):
        (project / name).mkdir(parents=True)
    with lock.held(project / "_build"):
        clean = subprocess.Popen(["make", "clean"], cwd=project, stdout=subprocess.PIPE, text=True)
        assert "waiting for its end" in clean.stdout.readline() and (project / "_build" / "notebooks").exists()
    clean.communicate(timeout=20)
    assert clean.returncode == 0 and not (project / ".venv").exists() and not (project / "dist").exists()
    assert [path.name for path in (project / "_build").iterdir()] == ["lock"]


CONFIGURED = "print('nobody asked for this')\n"


@pytest.fixture
def hostile(tmp_path):
    """Settings that would print, fail, or draw otherwise; a home that is no folder; packages of another project."""
    theirs = tmp_path / "theirs"
    for name, text in {
        "numpy.py": "raise SystemExit('a numpy of another project')",
        "matplotlibrc": "lines.linewidth: 77\n",
        "profile_default/startup/first.py": CONFIGURED,
        "profile_default/ipython_config.py": "c.InteractiveShell.xmode = 'Minimal'\n" + CONFIGURED,
        "kernels/python3/kernel.json": '{"argv": ["false"], "display_name": "theirs", "language": "python"}',
        "home": "no folder",
    }.items():
        file = theirs / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    variables = {
        "HOME": "home", "PYTHONPATH": "", "MATPLOTLIBRC": "matplotlibrc", "MPLCONFIGDIR": "home", "IPYTHONDIR": "", "JUPYTER_PATH": "",
        "JUPYTER_DATA_DIR": "", "JUPYTER_CONFIG_DIR": "home", "JUPYTER_RUNTIME_DIR": "home", "XDG_CONFIG_HOME": "home",
        "XDG_CACHE_HOME": "home", "PYTHONSTARTUP": "numpy.py",
    }
    # What Python and NumPy would say in every cell.
    loud = {"PYTHONPROFILEIMPORTTIME": "1", "NPY_PROMOTION_STATE": "legacy"}
    return {**os.environ, **loud, **{name: str(theirs / file) for name, file in variables.items()}}


def test_a_hostile_home_changes_nothing(small_project, hostile):
    code = "import os, sys, matplotlib, numpy\nprint(numpy.__name__, sys.prefix, matplotlib.rcParams['lines.linewidth'], os.getcwd())"
    project = small_project(code)
    done = subprocess.run([*BOOK, "build"], cwd=project, env=hostile, capture_output=True, text=True)
    # This process was begun with them, and those that it begins are not.
    said = [line for line in done.stderr.splitlines() if not line.startswith("import time:")]
    assert done.returncode == 0 and said == [], done.stdout + done.stderr
    page = (project / "_build" / "html" / "chapters" / "tiny.html").read_text()
    assert f"numpy {sys.prefix} 1.5 {project / 'chapters'}" in page
    assert "nobody asked" not in page and "import time" not in page


def test_jupyterlab_has_the_kernel_of_the_environment_whatever_the_home(small_project, hostile):
    project = small_project("1")
    shutil.copy(notebooks.CHAPTERS / "scaling_out.ipynb", project / "chapters" / "tiny.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["lab", "--", "--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token="]
    server = subprocess.Popen([*BOOK, *words], cwd=project, env=hostile, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    kernels = None

    def answered():
        nonlocal kernels
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/api/kernelspecs", timeout=5) as answer:
            kernels = json.load(answer)["kernelspecs"]
        assert server.poll() is None, server.stdout.read()
        return kernels

    try:
        until(answered)
    finally:
        server.terminate()
        said, _ = server.communicate(timeout=30)
    assert kernels["python3"]["spec"]["argv"][0] != "false" and "Traceback" not in said, (kernels, said)
    assert list((project / "_build" / "settings").rglob("nbsignatures.db"))


def test_make_does_not_take_another_pythons_home(tmp_path, small_project):
    project = small_project("1")
    (project / "book" / "environment.py").write_text("import os\nprint([n for n in os.environ if n.startswith('PYTHON')])")
    hostile = {"PYTHONHOME": "/nowhere", "PYTHONPATH": "/nowhere", "PYTHONSAFEPATH": "1", "PYTHONPLATLIBDIR": "nolib", "PYTHONVERBOSE": "1"}
    hostile["PATH"] = os.environ["PATH"]
    done = subprocess.run(["make", "environment", f"PYTHON={sys.executable}"], cwd=project, env=hostile, capture_output=True, text=True)
    assert done.stdout == "['PYTHON']\n", done.stderr


def written(name, text):
    return lambda project: (project / name).write_text(text)


def replaced(name, old, new):
    return lambda project: (project / name).write_text((project / name).read_text().replace(old, new))


BROKEN = {
    "_toc.yml is no YAML": written("_toc.yml", "root: [chapters"),
    "_toc.yml must hold names with values, such as `title: A book`, and holds a list": written("_toc.yml", "- chapters/index"),
    "_toc.yml must hold names with values, such as `title: A book`, and holds nothing": written("_toc.yml", ""),
    "_toc.yml: 'root' key not found": written("_toc.yml", "format: jb-book"),
    "_config.yml is no YAML": written("_config.yml", "title: {"),
    "_config.yml must hold names with values, such as `title: A book`, and holds a list": written("_config.yml", "- title"),
    "_config.yml must hold names with values, such as `title: A book`, and holds nothing": written("_config.yml", ""),
    "_config.yml, title: 7 is not of type 'string'": written("_config.yml", "title: 7"),
    "_config.yml names the extension 'sphinx_nowhere'": replaced("_config.yml", "sphinx_proof", "sphinx_nowhere"),
    "_config.yml names the extension 'sphinx.ext.nowhere'": replaced("_config.yml", "sphinx.ext.viewcode", "sphinx.ext.nowhere"),
    "references.bib: syntax error in line 1": written("references.bib", "@article{key, title"),
    "references.bib: 'key' needs an author and a year": written("references.bib", "@article{key, title={Title}, year=1}"),
    "CITATION.cff has no version": replaced("CITATION.cff", "\nversion:", "\nnumber:"),
    "chapters/index.md has no title": written("chapters/index.md", "A book.\n"),
    "chapters/index.md cites 'nobody2020', which is not in references.bib": written("chapters/index.md", "# A book\n\n{cite:t}`chen2020more, nobody2020`\n"),
    "_toc.yml must name the page chapters/tiny without its .md": replaced("_toc.yml", "chapters/tiny", "chapters/tiny.md"),
    "chapters/index.md begins with a byte order mark": written("chapters/index.md", "\ufeff# A book\n"),
    "_toc.yml names the page chapters/none, of which there is no text chapters/none.md": replaced("_toc.yml", "chapters/tiny", "chapters/none"),
    "benchmarks/ratios.csv can't be read (No such file or directory), and belongs to the project": lambda project: (project / "benchmarks" / "ratios.csv").unlink(),
    "chapters/index.md, line 3: is not in UTF-8": lambda project: (project / "chapters" / "index.md").write_bytes(b"# A book\n\n\xe9\n"),
    "tiny.md: its front matter": replaced("chapters/tiny.md", "language: python", "language: ["),
    "chapters/tiny.md: its front matter or the head of a cell is no YAML": replaced("chapters/tiny.md", "[parameters]", "[parameters"),
    "chapters/tiny.md: the head of a cell is not as it should be, such as `:tags: [beside]`": replaced("chapters/tiny.md", "[parameters]", "parameters"),
    "tiny: there is no page 'nowhere'": replaced("chapters/tiny.md", "With a sentence.", "See {doc}`nowhere`."),
    "new has no page: _toc.yml has no line `- file: chapters/new`": lambda project: shutil.copy(project / "chapters" / "tiny.md", project / "chapters" / "new.md"),
    "CHANGELOG.md is empty, and belongs to the project: `git checkout CHANGELOG.md` brings it back": written("CHANGELOG.md", ""),
    "benchmarks/ratios.csv is empty": written("benchmarks/ratios.csv", "\n"),
    "_build is no folder that can be written to": written("_build", "no folder"),
    "_build/notebooks can't be used (File exists); `make clean` removes all that was built": lambda project: [(project / "_build").mkdir(), (project / "_build" / "notebooks").touch()],
    "tiny.ipynb is no notebook": written("chapters/tiny.ipynb", "<<<<<<< HEAD\n"),
    "chapters/tiny.ipynb is no notebook": written("chapters/tiny.ipynb", "[]"),
    "tiny.ipynb is no notebook, ": lambda project: (project / "chapters" / "tiny.ipynb").write_bytes(b"{\xe9}"),
    "chapters/index.md, line 3: a merge left '<<<<<<< HEAD' there": written("chapters/index.md", "# A book\n\n<<<<<<< HEAD\n"),
    "extra has no page: _toc.yml has no line": written("chapters/extra.md", "# A page\n"),
}


@pytest.mark.parametrize("said", BROKEN)
def test_what_is_broken_is_said_in_a_sentence(small_project, said):
    project = small_project("1 + 1")
    BROKEN[said](project)
    done = subprocess.run([*BOOK, "build"], cwd=project, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert done.stderr.startswith("error: ") and said in done.stderr and "executed" not in done.stdout
    assert done.stderr.count("\n") == 1 and len(done.stderr) < 400


@pytest.mark.parametrize("words", [["run"], ["references"], ["links"], ["reproduce"]], ids=" ".join)
def test_no_command_goes_on_with_broken_settings(small_project, words):
    project = small_project("1 + 1")
    written("_toc.yml", "- chapters/index")(project)
    done = subprocess.run([*BOOK, *words], cwd=project, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith("error: _toc.yml must hold names with values")


def test_what_editors_leave_in_a_folder_is_nothing_to_the_book(small_project):
    project = small_project("1 + 1")
    for name in ("chapters/.#tiny.md", "chapters/.#tiny.ipynb", "gapbook/.#figures.py", "gapbook/data/.#a.csv", "book/.#site.py"):
        (project / name).symlink_to("somebody@somewhere")
    for words in (["build"], ["edits"], ["run", "tiny", "trials=7"]):
        done = subprocess.run([*BOOK, *words], cwd=project, capture_output=True, text=True)
        assert done.returncode == 0 and done.stderr == "", done.stderr


def forget(path):
    """Let a notebook be anybody's."""
    book = notebooks.read(path)
    del book.metadata["gapbook"]
    path.write_text(nbformat.writes(book), encoding="utf-8")


@pytest.mark.parametrize(("spoil", "said"), [
    (replaced("chapters/tiny.md", "kernelspec:", "kernelspecs:"), "chapters/tiny.md has no code: no line of its front matter is `kernelspec:`"),
    (written("chapters/tiny.md", "\ufeff# A chapter\n"), "chapters/tiny.md begins with a byte order mark: save it in UTF-8 without one"),
    (lambda project: (project / "chapters" / "tiny.md").unlink(),
     "chapters/tiny.ipynb has no text: `git checkout chapters/tiny.md` brings it back"),
    (lambda project: [(project / "chapters" / "tiny.md").unlink(), forget(project / "chapters" / "tiny.ipynb")],
     "chapters/tiny.ipynb has no text: `.venv/bin/jupytext --to myst chapters/tiny.ipynb` writes one"),
])
def test_a_text_is_never_to_be_written_over(small_project, spoil, said):
    project = small_project("1 + 1")
    shutil.copy(notebooks.CHAPTERS / "scaling_out.ipynb", project / "chapters" / "tiny.ipynb")
    spoil(project)
    done = subprocess.run([*BOOK, "edits", "tiny"], cwd=project, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr == f"error: {said}\n"
    done = subprocess.run([*BOOK, "edits", "../chapters/tiny"], cwd=project, capture_output=True, text=True)
    assert done.returncode == 1 and "jupytext" not in done.stderr


def test_sphinx_is_quoted_without_its_frames(small_project):
    project = small_project("1 + 1")
    with (project / "book" / "extension" / "previews.py").open("a") as file:
        file.write("\n\ndef write(app, exception):\n    raise TypeError('written on purpose')\n")
    done = subprocess.run([*BOOK, "build"], cwd=project, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr and "written on purpose" in done.stderr
    assert "the last good book is left as it was" in done.stderr


def test_a_kernel_that_dies_is_named_by_its_chapter(small_project):
    project = small_project("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    done = subprocess.run([*BOOK, "build"], cwd=project, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "error: chapters/tiny.md: its kernel died" in done.stderr


def test_a_port_that_is_taken_is_said(small_project):
    project = small_project("1")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = subprocess.run([*BOOK, "serve", "--port", str(port)], cwd=project, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith(f"error: port {port} can't be used (Address already in use)")
    assert not (project / "_build" / "notebooks").exists()  # asked before the build


@pytest.mark.parametrize("port", ["99999", "-1", "abc"])
def test_what_is_no_port_is_said(small_project, port):
    done = subprocess.run([*BOOK, "serve", "--port", port], cwd=small_project("1"), capture_output=True, text=True)
    assert done.returncode == 1 and "must be 0-65535" in done.stderr and done.stderr.endswith("such as PORT=8000\n")


def test_jupyterlab_is_not_begun_on_a_notebook_that_is_none(small_project):
    project = small_project("1")
    (project / "chapters" / "tiny.ipynb").write_text("<<<<<<< HEAD\n")
    done = subprocess.run([*BOOK, "lab"], cwd=project, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith("error: chapters/tiny.ipynb is no notebook, ")
    assert done.stderr.count("\n") == 1


def test_what_a_killed_build_left_running_is_waited_for(small_project):
    """Else it would go on writing where the next build writes: a book of both, taken for finished."""
    project = small_project("1 + 1")
    with (project / "book" / "extension" / "previews.py").open("a") as file:
        file.write("\n\ndef write(app, exception):\n    import pathlib, time\n    pathlib.Path('begun').touch()\n"
                   "    while not pathlib.Path('go').exists():\n        time.sleep(0.05)\n")
    build = subprocess.Popen([*BOOK, "build"], cwd=project, stdout=subprocess.DEVNULL)
    until((project / "begun").exists)
    sphinx = [child for child in psutil.Process(build.pid).children() if "jupyter_book" in " ".join(child.cmdline())]
    build.kill()
    build.wait()
    with subprocess.Popen([sys.executable, "-m", "book.lock", "true"], cwd=project, stdout=subprocess.PIPE, text=True) as following:
        try:
            said = following.stdout.readline()
            with pytest.raises(subprocess.TimeoutExpired):
                following.wait(timeout=3)
            worked = [works(process) for process in sphinx]
        finally:
            (project / "go").touch()
        assert following.wait(timeout=60) == 0 and "another command is at work in this folder" in said
    assert worked == [True] and not works(sphinx[0])


@pytest.mark.parametrize("variable", ["BOOK_REPOSITORY", "BOOK_URL"])
def test_an_address_that_is_none_is_named(small_project, variable):
    done = subprocess.run([*BOOK, "build"], cwd=small_project("1 + 1"), env={**os.environ, variable: "ht tp://x"}, capture_output=True, text=True)
    assert done.stderr == f"error: {variable} must be an address such as https://github.com/NAME/PROJECT, got 'ht tp://x'\n"


# Runs a command, which is interrupted as soon as it imports a part.
EARLY = """
import os, runpy, signal, sys

class Interrupting:
    def find_spec(name, *_):
        if name == "{part}":
            os.kill(os.getpid(), signal.SIGINT)

sys.modules.pop("{part}", None)
sys.argv = ["book", "run"]
sys.meta_path.insert(0, Interrupting)
runpy.run_module("{module}", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize(("module", "part"), [("book", "book.execution"), ("book.environment", "hashlib")])
def test_what_ends_before_it_can_say_so_ends_without_a_traceback(obedient, module, part):
    done = subprocess.run([sys.executable, "-c", EARLY.format(module=module, part=part)], cwd=notebooks.ROOT, capture_output=True, text=True, preexec_fn=obedient)
    assert done.returncode == -signal.SIGINT and done.stdout == done.stderr == ""


@pytest.mark.parametrize("line", ["  - file: chapters/tiny", '  - file: "chapters/tiny"\n', "  - file: chapters/tiny  # small\n"])
def test_a_page_is_named_as_yaml_allows(small_project, line, monkeypatch):
    monkeypatch.setattr(notebooks, "ROOT", small_project("1 + 1"))
    monkeypatch.setattr(notebooks, "CHAPTERS", notebooks.ROOT / "chapters")
    (notebooks.ROOT / "_toc.yml").write_text(f"format: jb-book\nroot: chapters/index\nchapters:\n{line}")
    notebooks.placed(notebooks.CHAPTERS / "tiny.md")
    settings.check()
    with pytest.raises(notebooks.ChapterError, match="^iny has no page: "):
        notebooks.placed(notebooks.CHAPTERS / "iny.md")


def test_a_test_that_waits_for_what_never_comes_is_ended_and_named(tmp_path):
    settings = tomllib.loads((notebooks.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert 60 < settings["faulthandler_timeout"] <= 900
    given = re.search(r"^PYTEST := (.*)$", (notebooks.ROOT / "Makefile").read_text(encoding="utf-8"), re.M)[1].split()
    waits = tmp_path / "tests" / "test_waits.py"
    waits.parent.mkdir()
    waits.write_text("import time\n\n\ndef test_for_ever():\n    time.sleep(600)\n\n\ndef test_after(): pass\n", encoding="utf-8")
    for name in ("pyproject.toml", "conftest.py", "book", "gapbook"):
        (tmp_path / name).symlink_to(notebooks.ROOT / name)
    done = subprocess.run(
        [sys.executable, *given, "-n", "1", "-o", "faulthandler_timeout=1", waits],
        cwd=tmp_path, capture_output=True, text=True, timeout=180, check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "line 5 in test_for_ever" in done.stderr + done.stdout
    assert re.search(r"worker 'gw\d+' crashed while running '.*::test_for_ever'", done.stdout)
    assert "NOT CHECKED: 1 of 2 tests, which were not run" in done.stdout and "1 failed in" in done.stdout
