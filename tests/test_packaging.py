"""The wheel and the source distribution hold what they should, and nothing is said against them."""

import shutil
import subprocess
import sys
import tarfile
import zipfile

from book import downloads
from book.notebooks import ROOT

BUILD = "import setuptools.build_meta as build; build.build_sdist('out'); build.build_wheel('out')"


def test_wheel_and_source_are_whole(tmp_path):
    copy = tmp_path / "copy"
    for path in downloads.project():
        (copy / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy / path.relative_to(ROOT))
    (copy / "out").mkdir()
    done = subprocess.run([sys.executable, "-c", BUILD], capture_output=True, text=True, cwd=copy)
    text = done.stdout + done.stderr
    assert done.returncode == 0 and "_Warning" not in text and "Deprecat" not in text and "no files found" not in text, text
    [wheel], [source] = copy.glob("out/*.whl"), copy.glob("out/*.tar.gz")
    with zipfile.ZipFile(wheel) as file:
        found = {name: file.read(name) for name in file.namelist() if ".dist-info/" not in name}
        notes = {name.split(".dist-info/")[1] for name in file.namelist() if ".dist-info/" in name}
    kept = [path for package in ("gapsim", "gapbook") for path in (copy / package).rglob("*") if path.is_file()]
    assert found == {path.relative_to(copy).as_posix(): path.read_bytes() for path in kept}
    assert {"gapsim/py.typed", "gapbook/data/figure_1a_gap.csv"} <= set(found)
    assert {"licenses/LICENSE", "licenses/LICENSE-TEXT", "METADATA"} <= notes
    with tarfile.open(source) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    # The tests run from it, some of them about workflows.
    assert {path.relative_to(ROOT).as_posix() for path in downloads.project()} <= names
