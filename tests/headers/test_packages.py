"""CF-08, CF-04: what comes from others is pinned, hashed and named; nothing of it, and no file of ours, points outside."""

from __future__ import annotations

import hashlib
import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s\\;]+)")
#: Addresses that stand in files of others as a name, in a licence or in a message, asked by nobody (pdf.js parses beside "https://a/").
NAMES = {
    *("http://www.w3.org/", "https://www.w3.org/", "http://www.apache.org/", "http://ns.adobe.com/"),
    *("http://www.xfa.org/", "http://www.xfa.com/", "https://github.com/", "https://a/"),
}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = [PIN.match(line) for line in lines if line and not line.startswith(("#", "-", " "))]
    assert all(found), f"{name}: a line without an exact version"
    return {normal(one[1]): one[2] for one in found if one}


def needed(name: str, seen: set[str]) -> set[str]:
    """Return a package and all it needs, as it is installed here."""
    if normal(name) in seen:
        return seen
    seen.add(normal(name))
    for line in metadata.requires(name) or ():
        requirement, _, marker = line.partition(";")
        if "extra" not in marker and "platform" not in marker and "python_version" not in marker:
            needed(re.match(r"[A-Za-z0-9._-]+", requirement)[0], seen)
    return seen


def test_every_package_is_pinned_and_locked_with_its_hashes() -> None:
    wanted, locked = pins("requirements.txt"), pins("requirements.lock")
    assert {name: locked.get(name) for name in wanted} == wanted, "make lock"
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z])", text)
    assert all("--hash=sha256:" in entry for entry in entries if PIN.match(entry))
    assert re.findall(r"--(?!hash=)\S+", text.split("\n\n")[-1].split("\n", 2)[2]) == [], "no index of its own"
    assert pins("requirements-dev.txt")
    assert pins("requirements-audit.txt").keys() == {"pip-audit", "pip-tools"}


def test_what_runs_here_is_what_is_locked() -> None:
    locked = pins("requirements.lock")
    running: set[str] = set()
    for name in pins("requirements.txt"):
        needed(name, running)
    assert running <= locked.keys()
    assert {name: metadata.version(name) for name in running} == {name: locked[name] for name in running}


@pytest.mark.parametrize("folder", ["static/vendor", "templates/paper/fonts"])
def test_files_of_others_are_the_ones_listed(folder: str) -> None:
    place = ROOT / folder
    listed = dict(
        reversed(line.split("  ", 1)) for line in (place / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    )
    own = {"README.md", "SHA256SUMS"} | ({"LICENSE"} if folder.endswith("fonts") else set())
    there = {
        str(path.relative_to(place)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in place.rglob("*")
        if path.is_file() and str(path.relative_to(place)) not in own
    }
    assert there == listed


def test_the_list_of_vendored_scripts_names_source_version_and_licence() -> None:
    text = (ROOT / "static/vendor/README.md").read_text(encoding="utf-8")
    for folder in (path for path in (ROOT / "static/vendor").iterdir() if path.is_dir()):
        part = text.split(f"## {folder.name}\n", 1)[1].split("\n## ", 1)[0]
        assert re.search(r"\d+\.\d+\.\d+", part), folder.name
        assert "licence" in part
        assert "registry" in part
        assert (folder / "LICENSE").is_file()


def test_nothing_of_ours_points_to_another_host() -> None:
    """Templates, styles and scripts hold no address of another host; a style or script of another could come no other way."""
    outside = re.compile(r"""(?:https?:)?//[A-Za-z0-9.-]+\.[a-z]{2,}[^\s"'<>)]*|@import""")
    found = []
    for pattern in (
        "templates/**/*.html",
        "static/css/*.css",
        "static/js/*.js",
        "static/img/*.svg",
        "templates/paper/*.typ",
    ):
        for path in ROOT.glob(pattern):
            text = path.read_text(encoding="utf-8")
            found += [
                f"{path.relative_to(ROOT)}: {address}"
                for address in outside.findall(text)
                if not address.startswith("http://www.w3.org/")
            ]
    assert found == []


def test_vendored_scripts_hold_names_only() -> None:
    for path in (ROOT / "static/vendor").rglob("*.*js"):
        hosts = set(re.findall(r"https?://[a-z0-9.-]+/", path.read_text(encoding="utf-8")))
        assert hosts <= NAMES, path.name
