"""A version is said in one place: each of the others follows, and nothing is written of one that can't be."""

import argparse
import re
import tomllib

import pytest
import yaml

from book import __main__, notebooks, version
from book.extension import colophon

FILES = ("CHANGELOG.md", "pyproject.toml", "CITATION.cff")


@pytest.fixture
def project(tmp_path, monkeypatch):
    for name in FILES:
        (tmp_path / name).write_text((notebooks.ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text(re.sub(r"(## Unreleased\n).*", r"\1\nSomething new.\n", changelog.read_text(), flags=re.DOTALL))
    monkeypatch.setattr(version, "ROOT", tmp_path)
    return tmp_path


def test_citation_and_package_have_one_version():
    project = tomllib.loads((notebooks.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((notebooks.ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert str(citation["version"]) == project["version"]
    # A day has what is released.
    assert ("date-released" in citation) == bool(version.section(project["version"]))
    assert (colophon.version() == f"{project['version']}, not released yet") != bool(version.section(project["version"]))
    # Both the book and the paper, so that a button that knows one of them alone does not hide the other.
    assert "preferred-citation" not in citation and citation["type"] == "software"
    assert [each["type"] for each in citation["references"]] == ["conference-paper"]


def test_a_version_is_written_wherever_it_is_said(project, monkeypatch):
    lines = []
    version.prepare("1.2.3", lines.append)
    changelog, package, citation = ((project / name).read_text(encoding="utf-8") for name in FILES)
    [day] = re.findall(r"^date-released: (\d{4}-\d\d-\d\d)$", citation, re.M)
    assert f"## Unreleased\n\n## 1.2.3 - {day}\n\nSomething new." in changelog
    for name in ("CHANGES", "CITATION"):
        monkeypatch.setattr(colophon, name, project / getattr(colophon, name).name)
    assert colophon.version() == f"1.2.3 of {day}"
    assert 'version = "1.2.3"' in package and "version: 1.2.3" in citation and "cff-version: 1.2.0" in citation
    assert version.section("1.2.3") == "Something new." and "git tag v1.2.3" in lines[0]


@pytest.mark.parametrize("wrong", ["1.2", "v1.2.3", "", "1.2.3-rc1"])
def test_what_is_no_version_is_refused(project, wrong):
    refused(project, wrong, "VERSION must be three numbers")


def test_a_version_before_the_packages_is_refused_even_if_none_was_released(project):
    refused(project, "0.0.1", "VERSION must not be earlier than 0.1.0, which pyproject.toml has, got '0.0.1'")


def test_a_version_that_is_no_later_or_says_nothing_new_is_refused(project):
    version.prepare("1.2.3", lambda line: None)
    for earlier in ("1.2.3", "1.2.2", "0.9.9"):
        refused(project, earlier, "VERSION must be later than 1.2.3")
    refused(project, "1.2.3", "got '1.2.3'; what is already written needs `make dist` alone")
    refused(project, "1.10.0", "CHANGELOG.md must say under Unreleased")


def test_another_tag_than_the_versions_is_refused(project, monkeypatch):
    version.prepare("1.2.3", lambda line: None)
    monkeypatch.setenv("GITHUB_REF_TYPE", "tag")
    monkeypatch.setenv("GITHUB_REF_NAME", "v1.2.4")
    with pytest.raises(version.VersionError, match=r"the tag is v1\.2\.4 and pyproject\.toml says 1\.2\.3"):
        version.dist()


def test_a_book_that_can_not_be_built_has_no_version(project, monkeypatch):
    def fail(*_):
        built.append(1)
        raise notebooks.ChapterError("a chapter failed")

    built = []
    monkeypatch.setattr(__main__, "build", fail)
    monkeypatch.setattr(__main__.pages, "BUILD", project / "_build")
    before = [(project / name).read_text() for name in FILES]
    for given in ("9.9", "9.9.9"):
        with pytest.raises((version.VersionError, notebooks.ChapterError)):
            __main__.carry_out(argparse.Namespace(command="version", version=[given]), print)
    assert len(built) == 1 and [(project / name).read_text() for name in FILES] == before


def refused(project, wrong, message):
    before = [(project / name).read_text() for name in FILES]
    with pytest.raises(version.VersionError, match=message):
        version.prepare(wrong, lambda line: None)
    assert [(project / name).read_text() for name in FILES] == before
