"""Break each formula on purpose, and count how often some test notices: `make mutate`.

Every arithmetic operator, comparison, sign and number in the functions of the computing modules is
changed, one at a time, in a copy of the module. On each copy run the module's own tests, and if
they pass all others that need nothing but `gapsim`. What is not noticed is listed: a test is missing, or the change makes no difference.
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# They describe pages and bars, not formulas.
LEFT_OUT = {"__init__", "_arguments", "_progress", "figures", "published"}
TIMEOUT = 300

OTHER = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
}


def places(tree):
    """The nodes of a module's functions that can be broken, in the order of the text."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        for node in _formulas(function.body):
            if isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in OTHER:
                yield node
            elif isinstance(node, ast.Compare) and type(node.ops[0]) in OTHER:
                yield node
            elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
                yield node
            elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
                yield node


def _formulas(nodes):
    """All nodes below, without messages, indices and axes."""
    for node in nodes:
        if isinstance(node, (ast.Raise, ast.JoinedStr, ast.FunctionDef)):
            continue
        if isinstance(node, ast.keyword) and node.arg in ("axis", "minimum", "tolerances"):
            continue
        if isinstance(node, ast.Subscript):
            yield from _formulas([node.value])
            continue
        yield node
        yield from _formulas(ast.iter_child_nodes(node))


def broken(text, number):
    """The module's text with its place of that number changed, and what was changed."""
    tree = ast.parse(text)
    node = list(places(tree))[number]
    before = ast.unparse(node)
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        node.op = OTHER[type(node.op)]()
    elif isinstance(node, ast.Compare):
        node.ops[0] = OTHER[type(node.ops[0])]()
    elif isinstance(node, ast.UnaryOp):
        node.op = ast.UAdd()
    else:
        node.value += 1
    return ast.unparse(tree), f"line {node.lineno}: {before}  ->  {ast.unparse(node)}"


def noticed(module, number=None):
    """Break one place, if any, in a copy of the module: whether a test fails, and what was changed."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        hidden = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "gapsim", folder / "gapsim", ignore=hidden)
        shutil.copytree(ROOT / "tests", folder / "tests", ignore=hidden)
        shutil.copy(ROOT / "pyproject.toml", folder)
        path = folder / "gapsim" / f"{module}.py"
        change = "nothing"
        if number is not None:
            text, change = broken(path.read_text(encoding="utf-8"), number)
            path.write_text(text, encoding="utf-8")
        own, others = tests_of(module)
        return not (passes(own, folder) and passes(others, folder)), change


def tests_of(module):
    """The module's own tests, and those of the rest of the library."""
    tests = [
        f"tests/{path.name}"
        for path in sorted((ROOT / "tests").glob("test_*.py"))
        if "from book" not in path.read_text(encoding="utf-8")
    ]
    own = [name for name in tests if name == f"tests/test_{module}.py"]
    return own, [name for name in tests if name not in own]


def passes(tests, folder):
    """Whether the tests pass in a folder, within the time."""
    if not tests:
        return True
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main():
    modules = [path.stem for path in sorted((ROOT / "gapsim").glob("*.py")) if path.stem not in LEFT_OUT]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="module", help=", ".join(modules))
    parser.add_argument("--every", type=int, default=1, help="break only every so many-th place")
    options = parser.parse_args()
    if unknown := set(options.modules) - set(modules):
        parser.error(f"no such module: {', '.join(sorted(unknown))}")
    total = found = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for module in options.modules or modules:
            if noticed(module)[0]:
                sys.exit(f"{module}: its tests fail already")
            tree = ast.parse((ROOT / "gapsim" / f"{module}.py").read_text(encoding="utf-8"))
            numbers = range(0, len(list(places(tree))), options.every)
            results = list(pool.map(noticed, [module] * len(numbers), numbers))
            hits = sum(hit for hit, _ in results)
            print(f"{module}: {hits} of {len(results)} noticed", flush=True)
            for hit, change in results:
                if not hit:
                    print(f"  not noticed: {change}", flush=True)
            total, found = total + len(results), found + hits
    print(f"in all: {found} of {total} noticed")


if __name__ == "__main__":
    main()
