"""What runs on a server runs at home: each step is a make target, each action is pinned by commit."""

import json
import os
import re
import subprocess
import sys

import pytest
import yaml

from book.notebooks import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.M)[1].split()
# What can't run at home: telling people of a run, and drafting a version.
ELSEWHERE = ("gh issue create ", "gh release create \"$GITHUB_REF_NAME\" --draft ")


def jobs(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]


def steps(path):
    for job in jobs(path).values():
        yield from job["steps"]


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request):
    return request.param


def test_every_step_is_a_make_target(workflow):
    commands = [step["run"] for step in steps(workflow) if "run" in step]
    assert commands
    for command in commands:
        if not command.startswith(ELSEWHERE):
            make, target = command.split()
            assert make == "make" and target in TARGETS, command


def test_every_action_is_pinned_by_commit_and_says_its_version(workflow):
    text = workflow.read_text(encoding="utf-8")
    assert len(re.findall(r"^ *(?:- )?uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", text, re.M)) == text.count("uses:")


def test_one_action_has_one_version():
    pins = {step["uses"] for path in WORKFLOWS for step in steps(path) if "uses" in step}
    assert len({pin.split("@")[0] for pin in pins}) == len(pins)


def test_nothing_is_allowed_that_is_not_named_and_no_checkout_keeps_the_token(workflow):
    assert yaml.safe_load(workflow.read_text(encoding="utf-8"))["permissions"] == {}
    for job in jobs(workflow).values():
        assert job["permissions"] and "write-all" not in job["permissions"]
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_both_commands_run_on_every_supported_python_and_keep_what_failed():
    job = jobs(ROOT / ".github" / "workflows" / "book.yml")["test"]
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert [step["run"] for step in job["steps"] if "run" in step] == ["make pdf", "make test", "make older"]
    [kept] = (step["with"]["path"].split() for step in job["steps"] if step.get("if") == "failure()")
    assert kept == ["_build/html", "_build/notebooks"]


def test_each_week_every_python_has_the_newest_and_the_lowest_releases():
    matrix = jobs(ROOT / ".github" / "workflows" / "weekly.yml")["releases"]["strategy"]["matrix"]
    assert matrix == {"releases": ["highest", "lowest-direct"], "python": ["3.11", "3.12", "3.13", "3.14"]}


def test_every_job_that_tests_keeps_what_failed(workflow):
    for name, job in jobs(workflow).items():
        if {"make test", "make unlocked"} & {step.get("run") for step in job["steps"]}:
            [kept] = (step for step in job["steps"] if step.get("if") == "failure()")
            assert kept["uses"].startswith("actions/upload-artifact@") and "_build/html" in kept["with"]["path"], name


def test_what_was_tested_is_what_is_published_and_no_deployment_is_cancelled():
    path = ROOT / ".github" / "workflows" / "book.yml"
    test, publish = jobs(path)["test"], jobs(path)["publish"]
    assert publish["needs"] == "test" and publish["concurrency"]["cancel-in-progress"] is False
    # Nothing is built after the tests: the page is what the job of the tests uploaded, when it was through with them.
    assert [step["uses"].split("@")[0] for step in publish["steps"]] == ["actions/deploy-pages"]
    assert test["steps"][-1]["uses"].startswith("actions/upload-pages-artifact@")
    assert publish["if"] in test["steps"][-1]["if"]
    assert set(yaml.safe_load(path.read_text(encoding="utf-8"))["env"]) == {"BOOK_URL", "BOOK_REPOSITORY", "BOOK_BRANCH"}


def test_every_make_target_is_declared():
    assert set(re.findall(r"^([a-z]+):(?!=)", MAKEFILE, re.M)) == set(TARGETS)


def test_the_older_processor_is_in_effect():
    [switch] = re.findall(r'(NPY_DISABLE_CPU_FEATURES)="([^"]*)"', MAKEFILE)
    code = "import json; from numpy._core._multiarray_umath import __cpu_features__ as f; print(json.dumps(f))"
    here, there = (
        json.loads(subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout)
        for env in (os.environ, os.environ | dict([switch]))
    )
    if not here.get("X86_V3"):
        pytest.skip("this processor has nothing that NumPy could leave out")
    assert not any(there[name] for name in switch[1].split() if name in there)
