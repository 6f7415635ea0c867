"""Making the environment: by uv, by pip where uv fails, anew for another Python; told what pip is told."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from book import environment

# Which has pip, as environments of uv have not.
PYTHON = sys._base_executable
# A project of one module, which needs nothing to be built: its backend is in its own folder.
BACKEND = '''
import zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(f"{folder}/tiny-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", "")
        wheel.writestr("tiny-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1\\n")
        wheel.writestr("tiny-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("tiny-1.dist-info/RECORD", "")
    return "tiny-1-py3-none-any.whl"
'''
PROJECT = "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n[project]\nname = 'tiny'\nversion = '1'\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "backend.py").write_text(BACKEND)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    # As in the lock; for no Python that there is, so that nothing is asked of a registry.
    (tmp_path / "requirements.txt").write_text(f'uv==1 ; python_version < "3" \\\n    --hash=sha256:{"0" * 64}\n')
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    return tmp_path


def test_pip_makes_it_where_uv_fails_and_once_is_enough(project, monkeypatch):
    broken = project / "bin" / "uv"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 2\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken.parent}:{os.environ['PATH']}")
    lines = []
    environment.make(lines.append)
    assert lines[0].startswith("making .venv with Python 3.")
    assert lines[1:] == [
        "installing the packages of requirements.txt with uv", "uv could not do it",
        "installing the packages of requirements.txt with the locked uv", "the locked uv could not do it",
        "installing the packages of requirements.txt with pip, which takes a minute",
    ]
    subprocess.run([project / ".venv" / "bin" / "python", "-c", "import tiny"], check=True, cwd="/")
    environment.make(lines.append)
    assert len(lines) == 6


@pytest.fixture
def installed(project, monkeypatch):
    """What would be installed, without installing it."""
    def begin(*_):
        (project / ".venv" / "bin").mkdir(parents=True)
        (project / ".venv" / "bin" / "python").touch()

    def install(python, report):
        (project / ".venv" / "lib" / "python3" / "site-packages" / "numpy").mkdir(parents=True, exist_ok=True)
        times.append(python)

    begin()
    times = []
    monkeypatch.setattr(environment, "install", install)
    monkeypatch.setattr(environment, "run", begin)
    return times


@pytest.mark.parametrize("damaged", [b"", b" \n", b"\xff\xfe"], ids=["empty", "blank", "no text"])
def test_a_stamp_that_says_nothing_is_none(project, installed, damaged):
    (project / ".venv" / "ready").write_bytes(damaged)
    environment.make()
    environment.make()
    assert len(installed) == 1


def test_another_lock_another_python_and_a_broken_off_installation_are_noticed(project, installed):
    ready = project / ".venv" / "ready"
    environment.make()
    environment.make()
    assert len(installed) == 1
    (project / "requirements.txt").write_text("")
    environment.make()
    assert len(installed) == 2
    kept = project / ".venv" / "kept"
    for before, lines, stays in (
        (ready.read_text().splitlines()[0], 0, True),        # broken off while packages were installed
        ("", 1, False),                                      # before that
        (f"3.10.1 (main) in /usr for {project}\nhash", 2, False),
    ):
        kept.touch()
        ready.write_text(before)
        said = []
        environment.make(said.append)
        assert len(said) == lines and kept.exists() is stays
    assert "is of Python 3.10.1: making it anew" in said[0] and len(installed) == 5


@pytest.mark.parametrize("name", ["elsewhere", "{}2", "{:.4}"])
def test_the_environment_of_a_folder_that_was_moved_is_made_anew(project, installed, monkeypatch, name):
    environment.make()
    there = project.with_name(name.format(project.name))
    project.rename(there)
    monkeypatch.setattr(environment, "ROOT", there)
    monkeypatch.setattr(environment, "run", lambda *_: (there / ".venv" / "bin" / "python").parent.mkdir(parents=True))
    monkeypatch.setattr(environment, "install", lambda *_: None)
    said = []
    environment.make(said.append)
    assert said[0] == ".venv was made for another folder: making it anew"


@pytest.mark.parametrize("lost", ["bin/python", "lib/python3/site-packages/numpy"])
def test_an_environment_without_its_python_or_a_package_is_made_anew(project, installed, lost):
    environment.make()
    packages = project / ".venv" / "lib" / "python3" / "site-packages"
    (packages / "somebodys_own").mkdir()
    (packages / "numpy-2.3.dist-info").mkdir()
    environment.make()
    assert len(installed) == 1
    lost = project / ".venv" / lost
    if lost.is_dir():
        lost.rmdir()
    else:
        lost.unlink()
        lost.symlink_to("/nowhere/python")
    said = []
    environment.make(said.append)
    assert said[0] == ".venv has lost its Python or a package: making it anew" and len(installed) == 2 and lost.exists()


@pytest.mark.parametrize("kind", ["link", "file"])
def test_what_lies_where_the_environment_belongs_makes_room(project, kind, monkeypatch):
    """A link alone: where it leads to is somebody's."""
    elsewhere = project / "elsewhere"
    (elsewhere / "bin").mkdir(parents=True)
    (project / ".venv").symlink_to(elsewhere) if kind == "link" else (project / ".venv").write_text("")
    # Without pip, whose making takes seconds: there is nothing to install.
    monkeypatch.setattr(environment, "QUIET_VENV", "import sys, venv; venv.main(['--without-pip', *sys.argv[1:]])")
    with pytest.raises(SystemExit):
        environment.make(lambda line: None)
    assert (project / ".venv" / "bin" / "python").exists() and not (project / ".venv").is_symlink() and not list((elsewhere / "bin").iterdir())



def test_make_finds_another_python_where_that_of_the_environment_is_gone(small_project):
    project = small_project("1")
    (project / "book" / "environment.py").write_text("print('here')")
    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "bin" / "python").symlink_to("/nowhere/python")
    done = subprocess.run(["make", "environment"], cwd=project, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == "here\n", done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interruption_while_packages_are_installed_is_one_sentence_and_ends_the_installer(small_project, obedient, number):
    project = small_project("1")
    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "bin" / "python").symlink_to(PYTHON)
    told = "import environment; print(environment.wanted().splitlines()[0], end='')"
    ready = subprocess.run([PYTHON, "-c", told], cwd=project / "book", capture_output=True, text=True, check=True)
    (project / ".venv" / "ready").write_text(ready.stdout)
    (project / "programs").mkdir()
    (project / "programs" / "uv").write_text("#!/bin/sh\nsleep 600 &\necho $! > child\ntouch begun\nwait\n")
    (project / "programs" / "uv").chmod(0o755)
    paths = {**os.environ, "PATH": f"{project / 'programs'}:{os.environ['PATH']}"}
    make = subprocess.Popen(
        [PYTHON, "-m", "book.environment"], cwd=project, env=paths, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=obedient,
    )
    while not (project / "begun").exists():
        time.sleep(0.05)
        assert make.poll() is None
    make.send_signal(number)
    _, said = make.communicate(timeout=20)
    assert make.returncode == 130 and said == "interrupted; the next `make` goes on from here\n"
    child = int((project / "child").read_text())
    # It is dead, or was asked about already.
    with contextlib.suppress(psutil.NoSuchProcess):
        orphan, end = psutil.Process(child), time.monotonic() + 2
        while orphan.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_a_folder_that_can_not_be_written_to_is_named(small_project):
    project = small_project("1")
    shutil.rmtree(project / "_build", ignore_errors=True)
    (project / "_build").touch()
    done = subprocess.run([PYTHON, "-m", "book.environment"], cwd=project, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith(f"error: {project / '_build'} is no folder that can be written to (")
    assert done.stderr.count("\n") == 1


def test_uv_is_told_of_the_index_and_the_certificates_of_pip(tmp_path, monkeypatch):
    first, second, third = ((tmp_path / name).as_uri() for name in ("first", "second", "third"))
    mine, theirs = str(tmp_path / "mine.pem"), str(tmp_path / "theirs.pem")
    settings = {"index-url": first, "cert": mine}
    (tmp_path / "pip.conf").write_text("\n".join(["[global]", *(f"{key} = {value}" for key, value in settings.items()), ""]))
    for name in ("PIP_INDEX_URL", "PIP_CERT", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    expected = {"UV_DEFAULT_INDEX": first, "SSL_CERT_FILE": mine}
    assert environment.as_pip_is_told(PYTHON) == expected
    monkeypatch.setenv("PIP_INDEX_URL", second)
    assert environment.as_pip_is_told(PYTHON) == expected | {"UV_DEFAULT_INDEX": second}
    monkeypatch.setenv("UV_INDEX_URL", third)
    monkeypatch.setenv("SSL_CERT_FILE", theirs)
    assert environment.as_pip_is_told(PYTHON) == {}
