"""Documents point at what is there: links, files, functions, settings, commands and targets."""

import re
from urllib.parse import unquote

import pytest

from router.cli import PLACES
from router.config import settings

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
POINTER = re.compile(r"(?P<file>[\w./-]+\.(?:py|toml)):(?P<name>[A-Za-z_]\w*)")
FOLDERS = ("router", "tests", "docs", "deploy", "templates", "benchmarks", ".ci")
FILE = re.compile(rf"(?:{'|'.join(map(re.escape, FOLDERS))})/[\w./-]*")
FILE_HERE = re.compile(r"[\w.-]+\.(?:py|toml|lock|md|yaml)")
MADE_BY_USERS = {"router.env", "issue.json", "texts.jsonl"}
TARGET = re.compile(r"\bmake ([a-z]+)\b")
SETTING = re.compile(r"\b(?:ROUTER|MATTERMOST|GITHUB|X|DISCOURSE|SLACK|GENERIC|SMTP)_[A-Z_]+\b")
OF_THE_TESTS = {
    "MATTERMOST_TEST_RESTART",
    "MATTERMOST_TEST_TOKEN",
    "MATTERMOST_TEST_URL",
    "ROUTER_EXTRA_PAYLOADS",
    "ROUTER_POLICY_TEXT",
}
ASKED_FOR = {"MATTERMOST_ADMIN_TOKEN"}  # in the environment alone
COMMAND = re.compile(r"escalation-router ([a-z]+)(?![\w.-])")


def anchors(text):
    """What GitHub makes of headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def test_links_lead_somewhere(document, root):
    for target in LINK.findall(document.prose):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        file = (root / document.name).parent / unquote(path) if path else root / document.name
        assert file.exists(), f"{document.name}: {target}"
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), f"{document.name}: {target}"


def test_files_that_are_named_exist(document, root):
    named = {found[0] for code in document.code if (found := FILE.fullmatch(code.partition(":")[0]))}
    here = {code for code in document.code if FILE_HERE.fullmatch(code)} - MADE_BY_USERS
    missing = {one for one in named if not (root / one).exists()}
    places = (root, (root / document.name).parent)
    missing |= {one for one in here if not any((place / one).exists() for place in places)}
    assert not missing


def test_functions_and_tests_that_are_named_exist(document, root):
    for code in document.code:
        for found in POINTER.finditer(code):
            source = (root / found["file"]).read_text(encoding="utf-8")
            defined = re.search(rf"^\s*(?:(?:async )?def|class) {found['name']}\b", source, re.MULTILINE)
            constant = re.search(rf"^{found['name']}\b.*=", source, re.MULTILINE)
            assert defined or constant, f"{document.name}: {code}"


def test_targets_that_are_named_exist(document, root):
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    blocks = "\n".join(line for line in document.text.splitlines() if line.startswith("    "))
    spoken = "\n".join(document.code)
    for target in TARGET.findall(f"{blocks}\n{spoken}"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{document.name}: make {target}"


def test_settings_that_are_named_exist(document):
    known = {*settings._READERS, "ROUTER_ENV_FILE", *OF_THE_TESTS, *ASKED_FOR}
    assert set(SETTING.findall(document.text)) <= known


def test_commands_that_are_named_exist(document):
    blocks = "\n".join(line for line in document.text.splitlines() if line.startswith("    "))
    spoken = "\n".join(document.code)
    assert set(COMMAND.findall(f"{blocks}\n{spoken}")) <= set(PLACES)


def test_every_page_of_the_documents_is_reachable_from_the_readme(root, read):
    waiting, seen = ["README.md"], set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        for target in LINK.findall(read(name).prose):
            path = (root / name).parent / target.partition("#")[0]
            if target.startswith("https://") or path.suffix != ".md":
                continue
            found = str(path.resolve().relative_to(root.resolve()))
            if found not in seen:
                waiting.append(found)
    pages = {
        str(one.relative_to(root)) for folder in ("docs", "deploy", "router") for one in (root / folder).rglob("*.md")
    }
    assert pages <= seen


@pytest.mark.parametrize("name", ["deploy/escalation-router.service", "deploy/nginx.conf"])
def test_deployment_examples_use_the_port_of_serve(root, name):
    from router.cli.serve import serve  # noqa: PLC0415

    port = next(one.default for one in serve.params if one.name == "port")
    assert str(port) in (root / name).read_text(encoding="utf-8")


def test_the_proxy_takes_what_the_router_takes_and_publishes_hooks_and_doors_only(root):
    from router.web.app import LARGEST_BODY  # noqa: PLC0415

    text = (root / "deploy/nginx.conf").read_text(encoding="utf-8")
    (limit,) = re.findall(r"client_max_body_size (\d+)m;", text)
    assert int(limit) * 1024 * 1024 > LARGEST_BODY
    assert re.findall(r"location (\S+) \{\s+proxy_pass", text) == ["/hooks/", "/mattermost/"]
