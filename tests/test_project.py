"""The project as somebody meets it: the wheel in an empty folder, the lock, the first two commands, the versions."""

import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from router import __version__

DATE = re.compile(r"\w{3} \d{2} \w{3} \d{4}, \d{2}:\d{2} UTC")


class Installed(NamedTuple):
    """A wheel in a virtual environment of its own, and an empty folder to use it in."""

    bin: Path
    folder: Path

    def run(self, *words: str, text: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ROUTER_", "PYTHON", "COV_"))}
        return subprocess.run(
            [str(self.bin / words[0]), *words[1:]],
            env=kept | settings,
            cwd=self.folder,
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory):
    """Return the wheel, built of the checkout with what is installed here; nothing is fetched."""
    folder = tmp_path_factory.mktemp("wheel")
    pip(sys.executable, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder), str(root))
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Install the wheel; what it depends on is borrowed from the environment of the tests."""
    home = tmp_path_factory.mktemp("home")
    venv.create(home / "venv", with_pip=False, symlinks=True)
    python = home / "venv" / "bin" / "python"
    (packages,) = (home / "venv" / "lib").glob("python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    pip(sys.executable, "--python", str(python), "install", "--no-deps", "--no-index", str(wheel))
    (home / "empty").mkdir()
    return Installed(home / "venv" / "bin", home / "empty")


def pip(python, *words):
    done = subprocess.run([python, "-m", "pip", *words, "-q"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


# ------------------------------------------------------------------------------------------------- the wheel


def test_the_wheel_has_the_code_and_all_that_it_reads(wheel, root):
    inside = set(zipfile.ZipFile(wheel).namelist())
    read = [one for one in (root / "router").rglob("*") if one.is_file() and "__pycache__" not in one.parts]
    assert {str(one.relative_to(root)) for one in read} <= inside
    templates = [one.relative_to(root) for one in (root / "templates").rglob("*") if one.is_file()]
    assert {f"router/_data/{one}" for one in [*templates, "responders.toml"]} <= inside
    assert "router/py.typed" in inside


def test_the_wheel_has_nothing_else(wheel):
    inside = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in inside} == {"router", f"escalation_router-{__version__}.dist-info"}
    assert not [name for name in inside if name.endswith(".pyc")]


def test_an_installed_wheel_is_what_runs(installed):
    done = installed.run("python", "-c", "import router; print(router.__file__)")
    assert Path(done.stdout.strip()).is_relative_to(installed.bin.parent)


def test_an_installed_wheel_explains_itself(installed):
    done = installed.run("escalation-router", "--help")
    assert done.returncode == 0
    assert "demo" in done.stdout
    assert installed.run("escalation-router", "--version").stdout.strip().endswith(__version__)


def test_an_installed_wheel_plays_the_demo_that_the_readme_shows(installed, root):
    done = installed.run("escalation-router", "demo", "--once")
    assert done.returncode == 0, done.stdout + done.stderr
    text = (root / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"<!-- demo -->\n```\n(.+?)\n```\n<!-- /demo -->", text, re.DOTALL)
    first, rest = shown.split("\n", 1)
    assert first in done.stdout
    assert DATE.sub("DATE", rest) in DATE.sub("DATE", done.stdout)
    assert list(installed.folder.iterdir()) == []


def test_an_installed_wheel_checks_the_policy_file_that_it_brings(installed):
    told = installed.run("python", "-c", "from router.resources import data_folder; print(data_folder())")
    file = Path(told.stdout.strip()) / "responders.toml"
    done = installed.run("escalation-router", "check", ROUTER_POLICY=str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no faults" in done.stdout


def test_an_installed_wheel_classifies_by_the_policy_file_that_it_brings(installed):
    text = json.dumps({"id": 1, "title": "Why does my server phone home?", "body": "I never agreed to telemetry."})
    done = installed.run("escalation-router", "classify", text=text)
    assert json.loads(done.stdout)["label"] == "privacy-telemetry"


# ------------------------------------------------------------------------------------------------- versions and lock


def test_the_changelog_begins_with_the_version_of_the_package(root):
    heading = re.search(
        r"^## \[(?P<version>[^\]]+)\]", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert heading["version"] == __version__ == project(root)["project"]["version"]


def test_the_lock_has_every_dependency_with_hashes_and_no_address(root):
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    locked = [
        name for name, _ in re.findall(r"^([a-z0-9-]+)==[^\n]*\\\n((?:    --hash=\S+(?: \\)?\n)+)", text, re.MULTILINE)
    ]
    wanted = [
        *project(root)["project"]["dependencies"],
        *project(root)["dependency-groups"]["dev"],
        *project(root)["build-system"]["requires"],
    ]
    names = {re.match(r"[A-Za-z0-9_.-]+", one)[0].lower() for one in wanted}
    assert names <= set(locked)
    assert len(locked) == len(re.findall(r"^[a-z0-9-]+==", text, re.MULTILINE))
    assert "://" not in text


def test_the_first_commands_of_the_readme_are_targets(root):
    text = (root / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^    (.+)$", text, re.MULTILINE)[:2]
    assert commands == ["make demo", "make test"]
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    for command in commands:
        assert re.search(rf"^{command.split()[1]}: \$\(STAMP\)", makefile, re.MULTILINE)


def test_the_makefile_lists_its_targets(root):
    done = subprocess.run(["make", "-s", "help"], cwd=root, capture_output=True, text=True, check=True)
    listed = re.findall(r"^make ([\w-]+)", done.stdout, re.MULTILINE)
    (phony,) = re.findall(r"^\.PHONY: (.+)$", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == phony.split()


@pytest.mark.parametrize(
    ("says", "path"),
    [("no Python 3.11 or later found", "old"), ("apt-get install python3-venv", "bare")],
)
def test_make_says_what_is_missing(says, path, root, tmp_path):
    """A Python that is too old, and one without ensurepip, stand first on the path."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_bytes((root / name).read_bytes())
    fake = 'case "$2" in *ensurepip*) exit 1;; *) exit 0;; esac' if path == "bare" else "exit 1"
    (tmp_path / "bin").mkdir()
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{fake}\n", encoding="utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    environ = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    done = subprocess.run(["make", "demo"], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert says in done.stderr
    assert not (tmp_path / ".venv").exists()
