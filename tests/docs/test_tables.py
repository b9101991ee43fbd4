"""Tables in documents agree with the code; the table of commands is made from it (`--update`)."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.bootstrap import build
from router.config import examine_policy, examine_policy_file, read_settings, settings
from router.config.topics import _ANSWER_CHASE, _CHASE
from router.core.commands import usage
from router.core.deadlines import Do
from router.core.kinds import table as command_table
from router.core.recognition import Recognition
from router.intake.source import sources
from router.intake.sources import x
from router.intake.sources.github.events import EVENTS
from router.mattermost.demands import CONSOLE
from router.service.receiving import Result

TABLES = (
    "[community]",
    "[mattermost]",
    "[sources.default]",
    "[people.ian-tien]",
    "[escalation]",
    "[[topics]]",
    "[classifier]",
    "[classifier.second_opinion]",
    "[conduct]",
    "[vendors]",
    "[storms]",
)


def ticked(cell):
    return re.findall(r"`([^`]+)`", cell)


def commands() -> Iterator[str]:
    yield "| command | who may | from | to | what it does |"
    yield "|---|---|---|---|---|"
    for row in command_table().values():
        start = ", ".join(row.states) or "any"
        end = ", ".join(row.to) or "unchanged"
        written = usage(row).replace("|", "\\|")
        yield f"| `{written}` | {row.who} | {start} | {end} | {row.help} |"


def test_the_table_of_commands_is_that_of_the_code(made):
    made("docs/commands.md", "commands", "".join(f"{line}\n" for line in commands()))


def test_the_table_of_settings_has_each_setting_once(read, table):
    document = read("docs/operations.md")
    used = [ticked(row[0])[0] for row in table(document.text, "## Settings")]
    (sentence,) = re.findall(r"These are checked, and not used yet: (.+?)\.\n", document.text, re.DOTALL)
    unused = ticked(sentence)
    assert sorted(used + unused) == sorted([*settings._READERS, "ROUTER_ENV_FILE"])


def test_settings_that_are_said_to_be_unused_are_and_others_not(read, table, root):
    (sentence,) = re.findall(r"not used yet: (.+?)\.\n", read("docs/operations.md").text, re.DOTALL)
    files = [one for one in (root / "router").rglob("*.py") if "config" not in one.parts and "sandbox" not in one.parts]
    code = "\n".join(one.read_text(encoding="utf-8") for one in files)
    secrets = {name for source in sources().values() for name in (*source.secrets, *source.tokens)}

    def is_used(name):
        return name in secrets or re.search(rf"settings\.{settings._field(name)}\b", code) is not None

    unused = ticked(sentence)
    assert [name for name in unused if is_used(name)] == []
    assert [name for name in settings._READERS if name not in unused and not is_used(name)] == []


def test_defaults_of_settings_are_those_of_the_code(read, table):
    rows = {ticked(row[0])[0]: row[2] for row in table(read("docs/operations.md").text, "## Settings")}
    given = read_settings({})
    assert f"`{given.database_url}`" in rows["ROUTER_DATABASE_URL"]
    assert f"`{given.policy}`" in rows["ROUTER_POLICY"]
    shortest = read("docs/operations.md").text.partition("keys digests; ")[2].split()[0]
    assert int(shortest) == settings._SHORTEST_KEY


def test_the_costs_of_mistakes_that_are_documented_are_those_of_the_code(read, table):
    rows = {ticked(row[0])[0]: row[1] for row in table(read("docs/policy-file.md").text, "## [classifier]\n")}
    for key in ("miss_cost", "false_alarm_cost"):
        assert f"; {getattr(Recognition(), key):g} when left out" in rows[key]


def test_the_table_of_what_the_server_must_say_is_that_of_the_code(read, table):
    rows = table(read("docs/install.md").text, "What it can't set itself")
    documented = {name for row in rows for name in ticked(row[0])}
    assert documented == {name.partition(".")[2] for name in CONSOLE}


def test_the_table_of_results_is_that_of_the_code(read, table):
    rows = table(read("docs/sources/README.md").text, "## What a hook answers")
    assert [ticked(row[0])[0] for row in rows] == [str(one) for one in Result]


def test_the_table_of_metrics_is_that_of_the_code(root, read, table):
    code = (root / "router/service/metrics.py").read_text(encoding="utf-8")
    rows = table(read("docs/operations.md").text, "### Metrics")
    documented = {ticked(row[0])[0].removesuffix("_total") for row in rows}
    assert documented == set(re.findall(r'Metric\(\s*"(\w+)"', code))


def test_the_table_of_github_events_is_that_of_the_code(read, table):
    rows = table(read("docs/sources/github.md").text, "# GitHub")
    documented = {ticked(row[0])[0]: set(row[1].split(", ")) for row in rows}
    assert documented == {name: set(event.actions) for name, event in EVENTS.items()}


def test_the_table_of_what_x_tells_is_that_of_the_code(read, table):
    rows = table(read("docs/sources/x.md").text, "## What is read")
    documented = {row[0]: set(ticked(row[1])) for row in rows}
    assert documented["X Activity"] == {*x._SAID, x._DELETED}
    assert documented["Account Activity"] == {field for field in x._Body.__struct_fields__ if field.startswith("tweet")}


def test_every_source_has_a_page(read):
    assert [name for name in sources() if f"/hooks/{name}" not in read(f"docs/sources/{name}.md").text] == []


def test_the_table_of_sources_says_what_their_pages_begin_with(root, made):
    pages = sorted((root / "docs" / "sources").glob("[!R]*.md"))
    rows = "".join(f"| [{title}]({page.name}) | {told} |\n" for page in pages for title, told in [beginning(page)])
    made("docs/sources/README.md", "sources", f"| source | in short |\n|---|---|\n{rows}")


def beginning(page: Path) -> tuple[str, str]:
    """Give the title of a page, and its first sentence."""
    title, _, rest = page.read_text(encoding="utf-8").removeprefix("# ").partition("\n\n")
    return title, " ".join(re.split(r"(?<=\.)\s", rest, maxsplit=1)[0].split())


def test_the_table_of_steps_is_that_of_the_code(read, table):
    rows = table(read("docs/policy-file.md").text, "when left out |\n\n")
    documented = {ticked(row[0])[0]: (row[2] == "yes", row[3] == "yes") for row in rows}
    assert documented == {str(do): (do in _CHASE, do in _ANSWER_CHASE) for do in Do}


@pytest.mark.parametrize("heading", TABLES)
def test_every_key_of_the_policy_file_is_documented(heading, read, table):
    """A key that nobody knows is refused, and the refusal names those that are known."""
    rows = table(read("docs/policy-file.md").text, f"## {heading}\n")
    assert {key for row in rows for key in ticked(row[0])} == known_keys(heading)


def known_keys(heading: str) -> set[str]:
    examination = examine_policy(f"{heading}\nzzzzqqqqzzzz = 1\n", "file")
    remedies = [fault.remedy for fault in examination.faults if "zzzzqqqqzzzz" in fault.problem]
    (known,) = (re.findall(r"known here: (.+)\.$", remedy) for remedy in remedies)
    return set(known[0].split(", "))


def test_the_shipped_policy_file_has_no_other_tables(root):
    shipped = tomllib.loads((root / "responders.toml").read_text(encoding="utf-8"))
    documented = {heading.strip("[]").partition(".")[0] for heading in TABLES} | {"roles"}
    assert set(shipped) <= documented


def test_the_doors_of_the_documents_are_those_of_the_application(root: Path, read, table):
    policy, _ = examine_policy_file(root / "responders.toml").accepted()
    environ = {"ROUTER_DATABASE_URL": "memory://", "MATTERMOST_URL": "http://localhost:1", "MATTERMOST_TOKEN": "x"}
    router = build(read_settings(environ), policy, public_url="http://localhost:2")
    try:
        rules = [rule.rule for rule in router.app.url_map.iter_rules() if rule.endpoint != "static"]
    finally:
        router.desk.store.close()
    served = {rule.replace("<path:name>", "<source>") for rule in rules}
    rows = table(read("docs/security.md").text, "## Doors")
    assert {code.split(" ")[1] for row in rows for code in ticked(row[0])} == served
