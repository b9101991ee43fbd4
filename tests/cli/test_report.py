"""`escalation-router report`, beside a store that is open in this process as in a running service."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from router.clocks import SystemClock
from router.core.signals import Signal
from router.core.topics import Routing, Verdict
from router.core.units import Register, Unit
from router.service.desk import PROOFS
from router.service.listening import PACE
from router.service.shadow import SHADOW, Shadow
from router.service.tally import VERDICTS, Tally

LATELY = {"none none": 180, "licensing escalate": 9, "packaging triage": 11}
EARLIER = {"none none": 950, "licensing escalate": 50}


@pytest.fixture
def look(run, url):
    return lambda *arguments: run("report", *arguments, ROUTER_DATABASE_URL=url)


def count(office, words, *, days_ago=0, name=VERDICTS):
    """Count what was said on that day, and give the day."""
    day = datetime.now(UTC).date() - timedelta(days=days_ago)
    tally = Tally(name)
    for word, times in words.items():
        for _ in range(times):
            tally.count(word, day)
    tally.write(office.store, day)
    return day


def settled(office, word, *verdict, **given):
    """Have a person decide on a new case just now, one that the router was sure of unless a verdict is given."""
    now = datetime.now(UTC)
    return office.commanded(office.opened(*verdict, at=now), word, at=now, **given)


def test_without_a_verdict_there_is_nothing_to_report(look):
    result = look("verdicts")
    assert (result.exit_code, result.stdout) == (0, "no verdicts yet\n")


def test_verdicts_are_shown_by_topic_beside_those_of_the_month_before(look, office):
    count(office, LATELY, days_ago=5)
    count(office, EARLIER, days_ago=7)
    count(office, {"licensing escalate": 7}, days_ago=37)
    assert look("verdicts").stdout.splitlines()[:7] == [
        "                          last 7 days             30 days before",
        "TOPIC          ESCALATED       TRIAGE  ESCALATED          TRIAGE",
        "licensing              9            0         50               0",
        "packaging              0           11          0               0",
        "not sensitive        180                     950",
        "",
        "200 verdicts in the last 7 days, 5.5% of them triage",
    ]


def test_what_was_put_to_triage_as_perhaps_not_sensitive_is_shown_too(look, office):
    count(office, {"none none": 3, "none triage": 2})
    assert [line.split() for line in look("verdicts").stdout.splitlines()[2:4]] == [
        ["perhaps", "not", "sensitive", "2", "0"],
        ["not", "sensitive", "3", "0"],
    ]


def test_what_people_made_of_it_is_told_by_the_likeliest_topic(look, office, unsure):
    count(office, LATELY)
    for topic in (None, "packaging"):
        settled(office, "topic", replace(unsure, label=None), topic=topic)
    assert look("verdicts").stdout.splitlines()[-2] == (
        "uncertain ones that people decided: 2, not sensitive 1, the likeliest topic 1, another topic 0"
    )


def test_what_moved_most_is_named(look, office):
    count(office, LATELY)
    count(office, EARLIER, days_ago=20)
    last = look("verdicts").stdout.splitlines()[-1]
    assert last.startswith("drift: noticeable, 0.1")
    assert last.endswith(" of 1; most moved is packaging, triage: 0.0% before, 5.5% now")


def test_a_spread_as_before_is_no_drift(look, office):
    count(office, EARLIER)
    count(office, EARLIER, days_ago=20)
    assert "drift: none to speak of, 0.00 of 1; most moved is " in look("verdicts").stdout


def test_few_verdicts_are_no_measure_of_drift(look, office):
    count(office, {"none none": 99})
    assert "drift: not known, as it takes 100 verdicts in the last 7 days" in look("verdicts").stdout


def test_what_people_made_of_cases_is_told_by_what_the_router_had_said(look, office, unsure):
    count(office, LATELY)
    settled(office, "claim")
    settled(office, "topic")
    settled(office, "topic", topic="packaging")
    settled(office, "topic", unsure)
    settled(office, "topic", unsure, topic="packaging")
    settled(office, "topic", unsure, topic="licensing")
    assert look("verdicts").stdout.splitlines()[-5:-1] == [
        "escalations that people decided on in the last 30 days: 3, overturned 2",
        "  licensing was packaging: 1",
        "  licensing was not sensitive: 1",
        "uncertain ones that people decided: 3, not sensitive 1, the likeliest topic 1, another topic 1",
    ]


def test_what_was_decided_long_ago_is_told_no_more(look, office):
    count(office, LATELY)
    long_ago = datetime.now(UTC) - timedelta(days=31)
    office.commanded(office.opened(at=long_ago), "topic", at=long_ago)
    assert "in the last 30 days: 0, overturned 0" in look("verdicts").stdout


def test_json_is_one_document_with_everything(look, office):
    count(office, LATELY)
    count(office, EARLIER, days_ago=20)
    settled(office, "topic")
    document = json.loads(look("verdicts", "--json").stdout)
    assert document["now"] == {
        "days": 7,
        "triage_rate": 0.055,
        "verdicts": [
            {"label": "none", "decision": "none", "count": 180},
            {"label": "packaging", "decision": "triage", "count": 11},
            {"label": "licensing", "decision": "escalate", "count": 9},
        ],
    }
    (case,) = document["decided"]["cases"]
    assert case == {"label": "licensing", "decision": "escalate", "decided": "none", "overturned": True, "count": 1}
    assert document["drift"]["most_moved"] == {"label": "packaging", "decision": "triage"}
    assert document["drift"]["noticeable"]


def test_json_without_verdicts_is_a_document_too(look):
    document = json.loads(look("verdicts", "--json").stdout)
    assert (document["now"]["verdicts"], document["decided"]["cases"], document["drift"]) == ([], [], None)


def differing(office, *labels):
    """Have a shadow find nothing where the router was sure."""
    shadow = Shadow(Deaf(), "a", office.store, SystemClock())
    for number, label in enumerate(labels, 1):
        url = f"https://example.org/{number}\x1b[31m"
        signal = Signal("github", "", "issue", str(number), "t", url, "", "", "a secret text", None, datetime.now(UTC))
        shadow.note(signal, Verdict(label, Routing.ESCALATE if label else Routing.NONE, 0.9, ()))
    shadow.catch_up()


class Deaf:
    """Finds nothing sensitive."""

    def classify(self, title, body, *, source="", kind=""):
        return Verdict(None, Routing.NONE, 0.9, ())


def test_without_a_shadow_the_report_says_how_to_have_one(look):
    result = look("shadow")
    assert (result.exit_code, "shadow_policy in [classifier]" in result.stdout) == (0, True)


def test_what_a_shadow_would_have_said_is_shown_by_pair_with_the_latest_signals(look, office):
    differing(office, "licensing", "packaging", None, "licensing")
    lines = look("shadow").stdout.splitlines()
    assert lines[0].endswith(": 4, differently 3 (75.0%)")
    assert lines[2:6] == [
        "ACTIVE -> SHADOW                      SIGNALS",
        "licensing, escalate -> not sensitive        2",
        "packaging, escalate -> not sensitive        1",
        "",
    ]
    assert lines[6] == "the latest:"
    assert lines[7].endswith(" UTC  licensing, escalate -> not sensitive  https://example.org/4")
    assert len(lines) == 10


def test_a_shadow_that_agrees_has_nothing_more_to_show(look, office):
    differing(office, None)
    (line,) = look("shadow").stdout.splitlines()
    assert line.endswith(": 1, differently 0 (0.0%)")


def test_a_shadow_that_failed_is_told(look, office):
    count(office, {"failed": 3, "skipped": 2}, name=SHADOW)
    assert "not judged by the shadow: failed 3, too many at once 2" in look("shadow").stdout


def test_what_a_shadow_would_have_said_as_json(look, office):
    differing(office, "licensing", None)
    document = json.loads(look("shadow", "--json").stdout)
    active, shadow = {"label": "licensing", "decision": "escalate"}, {"label": "none", "decision": "none"}
    assert (document["judged"], document["different"], document["failed"], document["skipped"]) == (2, 1, 0, 0)
    assert document["pairs"] == [{"active": active, "shadow": shadow, "count": 1}]
    (latest,) = document["latest"]
    assert (latest["active"], latest["shadow"]) == (active, shadow)
    assert latest["url"].startswith("https://example.org/1")


def test_the_report_on_a_shadow_holds_no_text_of_a_signal(look, office):
    differing(office, "licensing")
    assert "secret" not in look("shadow", "--json").stdout + look("shadow").stdout


def test_without_a_delivery_there_is_no_source_to_report(look):
    assert look("sources").stdout.startswith("no source has brought anything yet; ")


@pytest.fixture
def brought(office):
    """GitHub was signed with its second secret until the day before yesterday; X is silent."""
    last_used = count(office, {"github 1": 1200, "github 2": 3}, days_ago=2, name=PROOFS)
    count(office, {"github 1": 90, "github 2": 50}, days_ago=7, name=PROOFS)
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    registers = [
        Register(PACE, name, json.dumps({"last": at.isoformat(), "quiet": 60, "silent": name == "x", "days": {}}))
        for name in ("x", "github")
    ]
    office.store.commit(Unit(registers=tuple(registers)))
    return last_used


def test_what_each_source_brought_is_shown_with_who_is_silent_and_when_the_old_secret_was_used(look, brought):
    assert look("sources").stdout.splitlines() == [
        "                              last 7 days",
        "SOURCE         LAST DELIVERY   DELIVERIES  2ND SECRET  SILENT",
        "github  2026-03-02 09:00 UTC        1,203           3",
        "x       2026-03-02 09:00 UTC            0           0  silent",
        "",
        f"github has last signed with its second secret on {brought}",
    ]


def test_the_second_token_of_outgoing_webhooks_is_no_old_one(look, office):
    count(office, {"mattermost 1": 7, "mattermost 2": 3}, days_ago=2, name=PROOFS)
    told = json.dumps({"last": "2026-03-02T09:00:00+00:00", "quiet": 60, "silent": False, "days": {}})
    office.store.commit(Unit(registers=(Register(PACE, "mattermost", told),)))
    assert look("sources").stdout.splitlines()[2:] == ["mattermost  2026-03-02 09:00 UTC           10           3"]


def test_sources_as_json_are_one_document(look, brought):
    document = json.loads(look("sources", "--json").stdout)
    assert document["days"] == 7
    assert document["sources"][0] == {
        "source": "github",
        "last_delivery": "2026-03-02T09:00:00.000Z",
        "deliveries": 1203,
        "by_secret": {"1": 1200, "2": 3},
        "second_secret_last_used": brought.isoformat(),
        "silent": False,
    }
    assert document["sources"][1]["silent"] is True
