"""Making the environment: by uv, by pip where uv fails, anew for another Python; told what pip is told."""

import os
import subprocess
import sys

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
    (project / ".venv" / "bin").mkdir(parents=True)
    times = []
    monkeypatch.setattr(environment, "install", lambda python, report: times.append(python))
    monkeypatch.setattr(environment, "run", lambda command, told=(): (project / ".venv" / "bin").mkdir(parents=True))
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
        ("3.10.1 (main) in /usr\nhash", 2, False),
    ):
        kept.touch()
        ready.write_text(before)
        said = []
        environment.make(said.append)
        assert len(said) == lines and kept.exists() is stays
    assert "is of Python 3.10.1: making it anew" in said[0] and len(installed) == 5


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
