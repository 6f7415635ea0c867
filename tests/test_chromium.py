"""Chromium under the names that machines have for it."""

import pytest

from book import chromium


@pytest.fixture
def programs(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "NAMES", chromium.NAMES[:-1])
    chromium.path.cache_clear()
    yield lambda name, code: (tmp_path / name).write_text(f"#!/bin/sh\nexit {code}\n") and (tmp_path / name).chmod(0o755)
    chromium.path.cache_clear()


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])
def test_each_name_is_found(programs, name):
    programs(name, 0)
    assert chromium.path().endswith(f"/{name}")


def test_a_stub_that_only_says_how_to_install_it_is_passed_over(programs):
    programs("chromium-browser", 1)
    assert chromium.path() is None
    chromium.path.cache_clear()
    programs("google-chrome", 0)
    assert chromium.path().endswith("/google-chrome")
