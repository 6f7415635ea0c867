"""A new version, from its number alone: the changelog's section, the package's and the citation's number.

bump-my-version writes numbers as well, by a table of patterns as long as what is written here, and checks no changelog.
"""

import datetime
import os
import re
import shutil
import subprocess
import sys

from book import BookError, notebooks, site

ROOT = notebooks.ROOT
DIST = ROOT / "dist"


class VersionError(BookError):
    """A version that can't be prepared; nothing was written."""


def refuse(version):
    """Raise a VersionError for a version no later than the last, or if the changelog has nothing to say of it."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise VersionError(f"VERSION must be three numbers such as 0.2.0, got {version!r}")
    released = re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    if released and numbers(version) <= numbers(released[0]):
        again = "; what is already written needs `make dist` alone" if version == released[0] else ""
        raise VersionError(f"VERSION must be later than {released[0]}, got {version!r}{again}")
    if numbers(version) < numbers(current()):
        raise VersionError(f"VERSION must not be earlier than {current()}, which pyproject.toml has, got {version!r}")
    if not section("Unreleased"):
        raise VersionError("CHANGELOG.md must say under Unreleased what is new")


def prepare(version, report=print):
    """Write the version and the day into CHANGELOG.md, pyproject.toml and CITATION.cff; publish nothing.

    Raises
    ------
    VersionError
        For a version that is refused.
    """
    refuse(version)
    changelog, project, citation = (ROOT / name for name in ("CHANGELOG.md", "pyproject.toml", "CITATION.cff"))
    today = datetime.date.today().isoformat()
    for path, old, new in (
        (changelog, r"^## Unreleased$", f"## Unreleased\n\n## {version} - {today}"),
        (project, r'^version = ".*"$', f'version = "{version}"'),
        (citation, r"^version: .*$(\ndate-released: .*$)?", f"version: {version}\ndate-released: {today}"),
    ):
        path.write_text(re.sub(old, new, path.read_text(encoding="utf-8"), count=1, flags=re.M), encoding="utf-8")
    report(f"version {version}; when you are content: git commit -am 'Version {version}' && git tag v{version}")


def current():
    """The version that pyproject.toml has."""
    return re.search(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M)[1]


def numbers(version):
    return tuple(map(int, version.split(".")))


def section(heading):
    """The changelog's text under a heading that begins so."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(heading)}\b[^\n]*\n(.*?)(?=^## |\Z)", text, re.M | re.DOTALL)
    return found[1].strip() if found else ""


def dist(report=print):
    """Put what a version consists of into `dist`: the wheel, the book as a zip, the changelog's section.

    Raises
    ------
    VersionError
        On a server, for a tag that is not this version's.
    """
    version = current()
    tag = os.environ.get("GITHUB_REF_NAME") if os.environ.get("GITHUB_REF_TYPE") == "tag" else None
    if tag not in (None, f"v{version}"):
        what = f"the tag is {tag} and pyproject.toml says {version}"
        raise VersionError(f"{what}: tag the commit of `make version`")
    for old in (DIST, ROOT / "build"):  # what an earlier build left would go into the wheel
        shutil.rmtree(old, ignore_errors=True)
    DIST.mkdir()
    wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*wheel, "--no-build-isolation", "--wheel-dir", DIST, ROOT], check=True)
    shutil.copy(site.HTML / "book.zip", DIST / f"book-{version}.zip")
    notes = section(version) or section("Unreleased")
    (DIST / "notes.md").write_text(f"{notes}\n", encoding="utf-8")
    for path in sorted(DIST.iterdir()):
        report(f"  {path.relative_to(ROOT)}")
