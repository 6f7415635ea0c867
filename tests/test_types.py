"""What a type checker says of the package, and of how the README and the API page call it."""

import re
import subprocess
import sys

from book.notebooks import ROOT

WRONG = "from gapsim import GaussianModel\n\nGaussianModel('1', 2.0).gap(n=24, eps=0.95).round(3)\n"


def test_the_package_and_its_calls_have_no_wrong_type(tmp_path):
    texts = {path.stem.lower(): path.read_text(encoding="utf-8") for path in (ROOT / "README.md", ROOT / "chapters" / "api.md")}
    for name, text in texts.items():
        [code] = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
    (tmp_path / "wrong.py").write_text(WRONG, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--ignore-missing-imports", f"--cache-dir={tmp_path / 'cache'}", "--no-error-summary",
         "gapsim", *map(str, sorted(tmp_path.glob("*.py")))],
        capture_output=True, text=True, cwd=ROOT,
    )
    # That a text is no mean, and that the gap of scalars is a float, which has no such method.
    assert done.stderr == "" and [line.split(":")[1] for line in done.stdout.splitlines()] == ["3", "3"]
    assert all("wrong.py" in line for line in done.stdout.splitlines())
