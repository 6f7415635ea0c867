"""What runs on a server runs at home: each step is a make target, each action is pinned by commit."""

import re

import pytest
import yaml

from book.notebooks import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.M)[1].split()


def steps(path):
    for job in yaml.safe_load(path.read_text())["jobs"].values():
        yield from job["steps"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_step_is_a_make_target(path):
    commands = [step["run"] for step in steps(path) if "run" in step]
    assert commands
    for command in commands:
        make, target = command.split()
        assert make == "make" and target in TARGETS, command


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_by_commit_and_says_its_version(path):
    text = path.read_text()
    assert len(re.findall(r"^ *(?:- )?uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", text, re.M)) == text.count("uses:")


def test_one_action_has_one_version():
    pins = {step["uses"].split("@")[0]: set() for path in WORKFLOWS for step in steps(path) if "uses" in step}
    for path in WORKFLOWS:
        for step in steps(path):
            if "uses" in step:
                pins[step["uses"].split("@")[0]].add(step["uses"])
    assert all(len(versions) == 1 for versions in pins.values())


def test_both_commands_run_on_every_supported_python():
    job = yaml.safe_load((ROOT / ".github" / "workflows" / "book.yml").read_text())["jobs"]["test"]
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert [step["run"] for step in job["steps"] if "run" in step] == ["make book", "make test"]


def test_every_make_target_is_declared():
    text = (ROOT / "Makefile").read_text()
    assert set(re.findall(r"^([a-z]+):", text, re.M)) == set(TARGETS)
