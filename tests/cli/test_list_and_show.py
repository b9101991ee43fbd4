"""`escalation-router list` and `show`, beside a store that is open in this process as in a running service."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from router.core.cases import Audience, CaseId, Entry
from router.core.escalations import DeadlinePassed, decide
from router.core.people import Door
from router.core.units import Unit


@pytest.fixture
def look(run, url):
    """Run a command on that store."""
    return lambda *arguments: run(*arguments, ROUTER_DATABASE_URL=url)


def hidden(office, audience):
    """Put a case of that audience into the store."""
    case = replace(office.opened(), audience=audience, version=2)
    office.store.commit(Unit(cases=(case,), entries=((case.id, Entry(2, recent(), "router", Door.CLI, "note", "")),)))
    return case


def recent(**ago):
    return datetime.now(UTC) - timedelta(**ago)


def test_list_shows_live_cases_the_most_urgent_first(look, office):
    for hours in (1, 3, 2):
        office.opened(at=recent(hours=hours))
    header, *rows = look("list").stdout.splitlines()
    assert header.split() == ["ID", "STATE", "TOPIC", "OWNER", "DEADLINE", "TITLE"]
    assert [row.split()[0] for row in rows] == ["ESC-2", "ESC-3", "ESC-1"]
    assert rows[0].split()[:6] == ["ESC-2", "open", "licensing", "jason.blais", "in", "59m"]
    assert rows[0].endswith("UTC  May I resell it?")


def test_columns_stand_below_each_other(look, office, unsure):
    office.opened(at=recent(hours=1))
    office.opened(unsure)
    header, *rows = look("list").stdout.splitlines()
    assert [row.index("jason.blais") for row in rows] == [header.index("OWNER")] * 2
    assert [row.index("May I") for row in rows] == [header.index("TITLE")] * 2


def test_an_uncertain_topic_has_a_question_mark(look, office, unsure):
    office.opened(unsure)
    assert look("list").stdout.splitlines()[1].split()[1:3] == ["triage", "packaging?"]


def test_what_had_to_be_chased_is_marked_overdue(look, office, policy):
    case = office.opened(at=recent(hours=5))
    office.kept(decide(case, DeadlinePassed(), policy, recent()))
    assert "ESC-1  open, overdue  licensing" in look("list").stdout
    assert look("show", "ESC-1").stdout.startswith("ESC-1  open, overdue  Licensing\n")
    assert json.loads(look("list", "--json").stdout)[0]["overdue"] is True


def test_a_missed_deadline_says_how_long_ago_it_was(look, office):
    office.opened(at=recent(hours=6, minutes=30))
    assert "  2h 30m ago  " in look("list").stdout


def test_closed_ones_are_shown_on_request(look, office, dismissed):
    office.opened()
    dismissed(office)
    assert "ESC-2" not in look("list").stdout
    rows = look("list", "--all").stdout.splitlines()
    assert [row.split()[0] for row in rows[1:]] == ["ESC-1", "ESC-2"]
    assert rows[2].split()[1:3] == ["closed:", "not-sensitive"]
    assert [one["id"] for one in json.loads(look("list", "--all", "--json").stdout)] == ["ESC-1", "ESC-2"]


def test_where_all_are_closed_it_says_how_to_see_them(look, office, dismissed):
    dismissed(office)
    shown = look("list")
    assert (shown.exit_code, shown.stdout) == (0, "no case waits for anybody; --all shows the closed ones\n")


def test_json_of_a_list_is_one_array_and_nothing_else(look, office):
    office.opened()
    shown = look("list", "--json")
    (found,) = json.loads(shown.stdout)
    assert (found["id"], found["owner"], found["post_id"]) == ("ESC-1", "jason.blais", None)
    assert {"verdict", "signals", "timeline"}.isdisjoint(found)
    assert (shown.exit_code, shown.stderr) == (0, "")


@pytest.mark.parametrize("title", ["a\x1b[31m\x1b[2J\nb\x9b1m", "\x1b]0;x\x07a\u202e b\r"])
def test_a_hostile_title_does_nothing_to_a_terminal(look, office, title):
    office.opened(title=title)
    shown = look("list").stdout + look("show", "ESC-1").stdout
    assert {one for one in shown if not one.isprintable()} == {"\n"}
    assert len(look("list").stdout.splitlines()) == 2


def test_colours_are_for_terminals_and_titles_are_cut_to_fit_one(at_terminal, office, url, policy):
    case = office.opened(title="\x1b[2J\x1b]0;owned\x07" + "long " * 50, at=recent(hours=5))
    office.kept(decide(case, DeadlinePassed(), policy, recent()))
    header, row = at_terminal("list", ROUTER_DATABASE_URL=url).splitlines()
    assert header.startswith("\x1b[1mID ")
    assert row.startswith("\x1b[31mESC-1  open, overdue  licensing  ")
    assert row.endswith("  long long long long…\x1b[0m")
    assert row.count("\x1b") == 2


def test_json_escapes_what_a_terminal_might_obey(look, office):
    office.opened(title="a\x1b[31m\x9b\u202e")
    shown = look("show", "ESC-1", "--json").stdout
    assert shown.isascii()
    assert json.loads(shown)["title"] == "a\x1b[31m\x9b\u202e"


def test_an_installation_that_has_stored_nothing_has_no_cases_yet(look):
    listed, shown = look("list"), look("show", "ESC-1")
    assert (listed.exit_code, listed.output) == (0, "no cases yet\n")
    assert json.loads(look("list", "--json").stdout) == []
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr == "Error: there is no ESC-1: there are no cases yet\n"


def test_the_default_store_is_below_the_current_folder(run):
    assert run("list").output == "no cases yet\n"


@pytest.mark.usefixtures("office")
def test_an_empty_store_has_no_cases_yet(look):
    assert look("list").output == "no cases yet\n"


def test_a_damaged_store_is_not_taken_for_an_empty_one(look, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/router.json").write_text("nonsense", encoding="utf-8")
    shown = look("list")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "router.json" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_show_is_a_card_with_the_timeline(look, office):
    office.commanded(office.opened(), "claim")
    lines = look("show", "ESC-1").stdout.splitlines()
    assert lines[:2] == ["ESC-1  acknowledged  Licensing", "May I resell it?"]
    facts = dict(line.strip().split(maxsplit=1) for line in lines[3 : lines.index("Signals") - 1])
    assert facts["owner"] == "Katie Wiersgalla (@katie.wiersgalla)"
    assert facts["verdict"] == 'escalate, 73% sure, by "open source licensing"'
    assert facts["claimed"] == "2026-03-02 09:30 UTC"
    assert "  2026-03-02 09:30 UTC  issue by octocat  https://github.com/example/chat/issues/1" in lines
    assert "    We would like to know." in lines
    opened, claimed = lines[lines.index("Timeline") + 1 :]
    assert opened.startswith("    1  2026-03-02 09:30 UTC  opened    github (hook)  Licensing: ")
    assert claimed.startswith("    2  2026-03-02 09:30 UTC  claim     katie.wiersgalla (slash)  ")


def test_the_card_of_an_uncertain_case_says_what_it_may_be(look, office, unsure):
    office.opened(unsure)
    assert "  may be      packaging, licensing\n" in look("show", "ESC-1").stdout


def test_the_card_says_when_the_router_is_rather_sure_that_it_is_not_sensitive(look, office, unsure):
    office.opened(replace(unsure, label=None, confidence=0.997))
    assert (
        '  verdict     triage, 99% sure that it is not sensitive, by "free edition"\n' in look("show", "ESC-1").stdout
    )


def test_an_id_may_be_typed_in_any_case(look, office):
    office.opened()
    assert json.loads(look("show", "esc-1", "--json").stdout)["id"] == "ESC-1"


def test_show_as_json_is_one_document_with_everything(look, office):
    office.opened()
    shown = look("show", "ESC-1", "--json")
    found = json.loads(shown.stdout)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert [entry["event"] for entry in found["timeline"]] == ["opened"]
    assert [one["author"] for one in found["signals"]] == ["octocat"]


@pytest.mark.parametrize("wanted", ["ESC-9", "nonsense", "ESC-1\x1b[31m", ""])
def test_a_case_that_is_not_there_is_a_refusal(look, office, wanted):
    office.opened()
    shown = look("show", wanted)
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr.endswith(": `escalation-router list --all` names those there are\n")
    assert "\x1b" not in shown.stderr


@pytest.mark.parametrize("audience", [Audience.COMMITTEE, Audience.RESPONDERS])
def test_what_an_operator_may_not_see_is_as_if_it_were_not_there(look, office, audience):
    hidden(office, audience)
    assert look("list", "--all").output == "no cases yet\n"
    assert json.loads(look("list", "--all", "--json").stdout) == []
    shown = look("show", "ESC-1")
    assert (shown.exit_code, shown.stderr) == (1, "Error: there is no ESC-1: there are no cases yet\n")


def test_reading_takes_nothing_from_the_service(look, office):
    office.opened()
    look("list")
    assert office.store.get(CaseId("ESC-1")).version == 1
    office.opened()
    assert len(look("list").stdout.splitlines()) == 3


def test_another_process_reads_beside_the_service(start, office, url):
    office.opened()
    output, diagnostics = start("show", "ESC-1", ROUTER_DATABASE_URL=url).communicate(timeout=60)
    assert output.decode().startswith("ESC-1  open  Licensing\n")
    assert diagnostics == b""
