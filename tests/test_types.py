"""What a type checker says of the package, and of how the README, the API page, the chapters and the benchmarks call it."""

import re
import subprocess
import sys

from book import notebooks
from book.notebooks import ROOT

WRONG = (
    "from gapsim import GaussianModel, NormalDesign, RegressionModel\n\n"
    "GaussianModel('1', 2.0).gap(n=24, eps=0.95).round(3)\n"
    "GaussianModel(1.0, 2.0).gap(n=24, epsilon=0.95)\n"
    "RegressionModel(NormalDesign()).pmf(3)\n"
)
RIGHT = """
from decimal import Decimal
from fractions import Fraction

from gapsim import BernoulliModel, DiscreteDesign, GaussianModel, estimate_gap, turning_time

model = GaussianModel([Fraction(1), 2.0], Decimal("2"))
model.gap(24, [Fraction(1, 2)]), model.gap([1, 2], [Decimal("0.5")]), BernoulliModel(0.5, 0.2).limit([Fraction(1, 2)])
estimate_gap(model, n=[1.0], eps=[Fraction(1, 2)], trials=10, rng=0)
turning_time(Fraction(1, 2), Fraction(2, 3)), DiscreteDesign([Fraction(-1, 2), Fraction(1)], [0.5, 0.5])
"""
# Of whole chapters, what is not about a call: a name used twice, a list begun empty, rows of a table taken apart.
NOT_CALLS = "assignment", "list-item", "misc", "operator", "var-annotated"
TAKEN_APART = "Too many arguments", "gets multiple values"


def test_the_package_and_all_calls_of_it_have_no_wrong_type(tmp_path):
    for path in (ROOT / "README.md", ROOT / "chapters" / "api.md"):
        [code] = re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        (tmp_path / f"page_{path.stem.lower()}.py").write_text(code, encoding="utf-8")
    for path in notebooks.chapters():
        cells = [cell.source for cell in notebooks.notebook(path).cells if cell.cell_type == "code"]
        (tmp_path / f"chapter_{path.stem}.py").write_text("\n\n".join(cells), encoding="utf-8")
    (tmp_path / "wrong.py").write_text(WRONG, encoding="utf-8")
    (tmp_path / "right.py").write_text(RIGHT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", f"--cache-dir={tmp_path / 'cache'}", "--no-error-summary",
         *(f"--disable-error-code={code}" for code in NOT_CALLS), "gapsim", "benchmarks", *map(str, sorted(tmp_path.glob("*.py")))],
        capture_output=True, text=True, cwd=ROOT,
    )
    said = [line for line in done.stdout.splitlines() if ": error:" in line and not any(kind in line for kind in TAKEN_APART)]
    # A text is no mean, the gap of scalars a float, which nobody rounds so; no such word; and no such method.
    assert done.stderr == "" and {line.split(":")[1] for line in said} == {"3", "4", "5"}
    assert all("wrong.py" in line for line in said)
