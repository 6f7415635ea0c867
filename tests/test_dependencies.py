"""The module computes with the two packages that it declares, and what those need, alone; no files import each other."""

import ast
import graphlib
import subprocess
import sys
from importlib import metadata

import yaml
from packaging.requirements import Requirement

from book.cache import imported
from book.notebooks import ROOT

# Every module is imported and something computed while all other packages refuse to be found.
COMPUTE = """
import importlib, pkgutil, sys

class Refuse:
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in refused:
            raise ModuleNotFoundError(f"{name} is not declared")

refused = set(sys.argv[1:])
sys.meta_path.insert(0, Refuse())
import gapsim
for found in pkgutil.walk_packages(gapsim.__path__, "gapsim."):
    importlib.import_module(found.name)
model = gapsim.GaussianModel(1.0, 2.0)
print(model.gap(24, 0.95), gapsim.estimate_gap(model, 24, 0.95, trials=10, rng=1).trials)
try:
    import dask
except ModuleNotFoundError as error:
    print(error)
"""


def needed(name):
    """The distributions that one needs without extras, itself included."""
    for text in metadata.requires(name) or []:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield from needed(requirement.name)
    yield metadata.distribution(name).name.lower()


def test_numpy_and_scipy_are_enough():
    declared = {Requirement(text).name for text in metadata.requires("gapsim") if "extra" not in text}
    assert declared == {"numpy", "scipy"}
    allowed = set(needed("gapsim"))
    others = [
        module
        for module, owners in metadata.packages_distributions().items()
        if not allowed & {owner.lower() for owner in owners}
    ]
    assert {"dask", "IPython", "matplotlib", "cvxpy", "mpmath"} <= set(others)
    done = subprocess.run([sys.executable, "-c", COMPUTE, *others], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    gap, trials, refused = done.stdout.split(maxsplit=2)
    assert abs(float(gap) - 0.437) < 1e-4 and trials == "10" and refused == "dask is not declared\n"


def test_no_files_import_each_other():
    files = [path for package in ("gapsim", "gapbook", "book") for path in (ROOT / package).rglob("*.py")]
    uses = {path: {ROOT / name for name in imported(path.read_text(encoding="utf-8"))} - {path} for path in files}
    order = list(graphlib.TopologicalSorter(uses).static_order())
    # What is imported stands before what imports it.
    assert order.index(ROOT / "gapsim" / "_ties.py") < order.index(ROOT / "gapbook" / "ledger" / "gaussian.py")
    assert order.index(ROOT / "book" / "labels.py") < order.index(ROOT / "book" / "site.py")


def test_imports_are_such_as_the_cache_follows():
    """Absolute, and written out; but for the one in gapbook, whose names the cache knows."""
    for path in (path for package in ("gapsim", "gapbook") for path in (ROOT / package).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert not any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(ast.parse(text))), path
        assert path == ROOT / "gapbook" / "__init__.py" or not ("import_module" in text or "__import__" in text), path


def test_the_pages_are_made_without_what_computes():
    """A third of each rendering otherwise: only the page of the module's own functions asks for it, and the card."""
    parts = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["local_extensions"]
    asked = f"import sys, {', '.join(parts)}; print({{'gapsim', 'matplotlib', 'numpy', 'scipy'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert list(parts) == ["book.extension"] and done.stdout == "set()\n"
