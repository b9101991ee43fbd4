"""`escalation-router explain`: what would happen, to whom and when, while nothing happens."""

import json

import pytest

PHRASE = 'phrases = ["purple elephant"]\n'
CAREFUL = "[classifier]\nescalate_from = 0.99\ntriage_from = 0.1\n"
ISSUE = {
    "action": "opened",
    "issue": {
        "id": 1,
        "number": 7,
        "title": "Where is it?",
        "body": "I look for the purple elephant.",
        "html_url": "https://github.com/o/r/issues/7",
        "user": {"login": "octocat", "type": "User"},
    },
    "repository": {"full_name": "o/r", "private": False},
}
AT = "2026-03-02T09:30:00Z"


@pytest.fixture
def explain(run, small, tmp_path):
    """Explain a text, or an issue when there is none, by a small policy file that this is added to."""

    def explain(*options, text=None, issue=ISSUE, policy=PHRASE):
        (tmp_path / "policy.toml").write_text(small + policy, encoding="utf-8")
        (tmp_path / "issue.json").write_text(json.dumps(issue), encoding="utf-8")
        source, file = ("github", "issue.json") if text is None else ("text", "-")
        return run("explain", source, file, "--policy", "policy.toml", "--at", AT, *options, given=text)

    return explain


def explained(result):
    (signal,) = json.loads(result.stdout)["signals"]
    return signal


def test_it_says_what_would_happen_and_why(explain):
    result = explain()
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[:2] == ["Where is it?", "issue by octocat, https://github.com/o/r/issues/7"]
    assert [line for line in lines if line.startswith("because of ") and 'purple elephant"' in line]
    assert [line for line in lines if line.startswith("result escalated: Licensing, ")]
    for line in ("owner Ann Archer", "mentioned @ann @bob", "channel escalations", "may answer Ann Archer, Bob Baker"):
        assert line in lines


def test_it_says_what_follows_if_nobody_acts(explain):
    shown = explain().stdout
    assert "2026-03-02 13:30 UTC  in 4h  reminded Ann Archer\n" in shown
    assert (
        "2026-03-02 17:30 UTC  in 8h  told all approved responders and those to loop in, and again every 4h\n" in shown
    )
    _, _, claimed = shown.partition("If Ann Archer claims it at once, and does not answer\n")
    assert "2026-03-04 09:30 UTC  in 2d  reminded Ann Archer\n" in claimed
    assert "2026-03-06 09:30 UTC  in 4d  no answer in time: open again, Bob Baker is next\n" in claimed


def test_the_post_is_shown_as_it_would_read(explain):
    _, _, post = explain().stdout.partition("The post\n")
    first, mentions, why, *_ = post.splitlines()
    assert first.endswith("· owner Ann Archer, to claim by Mon 02 Mar 2026, 13:30 UTC")
    assert mentions == "  @ann @bob"
    assert "purple elephant”" in why
    assert "> I look for the purple elephant." in post
    assert "[Claim]" in post


def test_whoever_is_away_is_passed_over(explain):
    for called in ("ann", "@ann"):
        found = explained(explain("--json", "--away", called))
        assert (found["escalation"]["owner"], found["away"]) == ("bob", ["ann"])


def test_with_everybody_away_the_backstop_is_told(explain):
    shown = explain("--away", "ann", "--away", "bob").stdout
    assert "owner       nobody is present; told at once: Ann Archer\n" in shown
    assert "claims it at once" not in shown


def test_somebody_unknown_can_not_be_away(explain):
    result = explain("--away", "anne")
    assert result.exit_code == 2
    assert "the policy file has no anne; did you mean ann?" in result.stderr


def test_vacant_roles_are_named(explain):
    more = '[[topics]]\nid = "law"\ntitle = "Law"\napproved_responders = ["Lawyer", "bob"]\nphrases = ["green giraffe"]'
    found = explained(explain("--json", text="A green giraffe!", policy=PHRASE + more))
    assert (found["vacant"], found["escalation"]["owner"]) == (["Lawyer"], "bob")


def test_what_is_uncertain_waits_for_the_manager(explain):
    result = explain(policy=PHRASE + CAREFUL)
    shown = " ".join(result.stdout.split())
    assert "result triage: perhaps Licensing, " in shown
    assert "thresholds escalated from 99% on, triage from 10% on" in shown
    assert "owner Ann Archer mentioned @ann" in shown
    assert "If nobody decides it" in shown
    assert "Is this sensitive?" in shown


def test_nobody_else_is_asked_but_that_somebody_would_be_is_said(explain):
    asked = '[classifier.second_opinion]\nurl = "https://api.example.com/v1"\nmodel = "small"\n'
    shown = " ".join(explain(policy=PHRASE + CAREFUL + asked).stdout.split())
    assert "not asked small, whose second opinion may escalate it" in shown


def test_what_is_not_sensitive_tells_nobody(explain):
    result = explain(text="The build is green again.")
    assert (result.exit_code, "not sensitive" in result.stdout, "owner" in result.stdout) == (0, True, False)
    assert explained(explain("--json", text="The build is green again."))["escalation"] is None


def test_the_words_of_a_colleague_are_ignored(explain):
    own = PHRASE + '\n[people.cat]\nname = "Cat Cedar"\nmattermost = "cat"\ngithub = ["octocat"]\n'
    assert "ignored: these are the words of a colleague, Cat Cedar" in explain(policy=own).stdout


def test_what_is_no_signal_is_said_to_be_none(explain):
    closed = ISSUE | {"action": "closed"}
    assert explain(issue=closed).stdout.startswith("nothing in it is a signal")
    assert json.loads(explain("--json", issue=closed).stdout)["signals"] == []


def test_of_a_text_the_first_line_is_the_title_if_an_empty_one_follows(explain):
    assert explained(explain("--json", text="May I?\n\nA purple elephant."))["title"] == "May I?"
    assert explained(explain("--json", text="May I?\nA purple elephant."))["title"] == ""


@pytest.mark.parametrize("text", ["", "\n", "?" * 200_000, "🐘", "https://example.com"])
def test_any_text_gets_a_verdict(explain, text):
    assert explain(text=text).exit_code == 0


def test_a_text_that_is_none_is_refused(explain):
    result = explain(text=b"\xff\xfe")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "not UTF-8 at byte 0" in result.stderr


def test_what_a_stranger_wrote_does_not_act_on_the_terminal(explain):
    result = explain(text="A purple \x1b[31melephant\x1b]0;mine\x07\n\nA purple elephant \x1b[2J @channel")
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize("expected", ["licensing", "Licensing"])
def test_what_was_expected_is_no_finding(explain, expected):
    result = explain("--expect", expected)
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize("expected", ["none", "triage"])
def test_what_was_not_expected_is_exit_code_1(explain, expected):
    result = explain("--expect", expected)
    assert (result.exit_code, result.stderr) == (1, f"Error: expected {expected}, found licensing\n")
    document = json.loads(explain("--expect", expected, "--json").stdout)
    assert (document["expected"], document["met"]) == (expected, False)


def test_triage_and_none_can_be_expected_too(explain):
    assert explain("--expect", "triage", policy=PHRASE + CAREFUL).exit_code == 0
    assert explain("--expect", "licensing", policy=PHRASE + CAREFUL).exit_code == 1
    assert explain("--expect", "none", text="The build is green again.").exit_code == 0
    assert explain("--expect", "none", issue=ISSUE | {"action": "closed"}).exit_code == 0


def test_a_topic_that_does_not_exist_can_not_be_expected(explain):
    result = explain("--expect", "licencing")
    assert result.exit_code == 2
    assert "there is no topic licencing; there are: licensing, none, triage" in result.stderr


@pytest.mark.parametrize("at", ["yesterday", "2026-03-02T09:30:00", "9999-12-31T00:00:00Z"])
def test_a_time_needs_its_zone_and_a_reasonable_year(explain, at):
    result = explain("--at", at)
    assert result.exit_code == 2
    assert "such as 2026-03-02T09:30:00Z" in result.stderr


def test_a_time_of_another_zone_is_the_same_moment(explain):
    assert json.loads(explain("--json", "--at", "2026-03-02T10:30:00+01:00").stdout)["at"] == "2026-03-02T09:30:00.000Z"


def test_an_unknown_source_is_wrong_usage_and_the_known_ones_are_named(run):
    result = run("explain", "gitbub", "-", given="{}")
    assert result.exit_code == 2
    assert "there is no source gitbub; there are: " in result.stderr
    assert {"github", "text"} <= set(result.stderr.partition("there are: ")[2].replace("\n", "").split(", "))


def test_a_damaged_body_is_refused_with_its_path(explain):
    result = explain(issue=ISSUE | {"repository": {"full_name": 7}})
    assert (result.exit_code, result.stdout) == (1, "")
    assert "repository" in result.stderr


def test_it_needs_no_settings_and_leaves_nothing_behind(run, tmp_path):
    result = run("explain", "text", "-", given="We found a remote code execution vulnerability. Where do we report it?")
    assert result.exit_code == 0
    assert list(tmp_path.iterdir()) == []


def test_a_generic_sender_is_read_by_its_mapping_before_it_has_a_secret(run, small, tmp_path):
    fields = '[sources."generic/shop"]\nfields = { id = "nr", body = "text", url = "link" }\n'
    (tmp_path / "policy.toml").write_text(small + PHRASE + fields, encoding="utf-8")
    ticket = {"nr": 5, "text": "I look for the purple elephant.", "link": "https://shop.example.org/5"}
    (tmp_path / "ticket.json").write_text(json.dumps(ticket), encoding="utf-8")
    found = explained(run("explain", "generic/shop", "ticket.json", "--policy", "policy.toml", "--json"))
    assert (found["source"], found["thread"], found["result"]) == ("generic/shop", "generic/shop:5", "escalated")
