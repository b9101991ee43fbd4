"""What an accepted policy file becomes, and what is warned of."""

import pytest

from router.config import examine_policy, examine_policy_file, read_policy
from router.core.deadlines import Do, Duration, Step, Unit
from router.core.errors import PolicyFaulty
from router.core.recognition import Recognition, SecondOpinion

TENTH = """
[[topics]]
id = "trademark"
title = "Trademarks"
description = "Use of the name and the logo"
approved_responders = ["Head of Community", "ian-tien"]
loop_in = ["CTO"]
phrases = ["trademark", "logo"]
examples = ["May I print your logo on a mug?"]
template = "responses/trademark.md.j2"
position_url = "https://example.com/trademarks"
close_after = "1 months"
"""
LATER = """
[storms]
mentions_per_hour = 6
"""


def lines_of(text, *keys):
    """Line numbers of the first line that begins with each key."""
    lines = text.splitlines()
    return [next(number for number, line in enumerate(lines, 1) if line.startswith(key)) for key in keys]


def test_the_shipped_file_is_accepted_with_exactly_these_warnings(shipped):
    _, warnings = read_policy(shipped, "responders.toml")
    vacant = "nobody holds this role, and it is named by"
    chief = "mattermost.members, privacy-telemetry, product-regulation, packaging"
    legal = "product-regulation, workplace-policy, illicit-use, marketing-regulation, government-request"
    assert [(one.path, one.problem) for one in warnings] == [
        ("roles.CPO", f"{vacant} {chief}"),
        ('roles."Head of Legal"', f"{vacant} {legal}"),
        ("topics[3].approved_responders", 'only Katie Wiersgalla may answer "Packaging"'),
        ("topics[4].approved_responders", 'only Natalie Jew may answer "Workplace policies"'),
        ("topics[8].approved_responders", 'only Ian Tien may answer "Governmental data request"'),
        ("conduct.committee", "nobody sits on the committee: the conduct desk is off"),
    ]


def test_a_warning_names_the_line_it_is_about(shipped):
    _, warnings = read_policy(shipped, "responders.toml")
    assert [warnings[0].line, warnings[1].line, warnings[-1].line] == lines_of(
        shipped, '"CPO"', '"Head of Legal"', "committee = "
    )


def test_the_policy_carries_what_the_file_says(shipped):
    policy, _ = read_policy(shipped, "responders.toml")
    assert (policy.community, policy.team, policy.escalations_channel) == (
        "Mattermost",
        "private-core",
        "community-escalations",
    )
    assert policy.roles["CPO"] == ()
    assert policy.managers == {"default": "Head of Community"}
    assert policy.backstop == "Head of Community"
    assert policy.people["ian-tien"].mattermost == "ian.tien"
    assert len(policy.topics) == 9


def test_a_topic_inherits_what_it_does_not_override(shipped):
    policy, _ = read_policy(shipped, "responders.toml")
    licensing, security = policy.topics["licensing"], policy.topics["security-vulnerability"]
    assert licensing.chase == policy.default.chase == policy.triage_chase
    assert licensing.close_after == policy.default.close_after == Duration(7, Unit.DAYS)
    assert security.acknowledge_within == Duration(1, Unit.HOURS)
    assert security.around_the_clock
    assert security.chase[-1] == Step(Do.NOTIFY_ALL, Duration(1, Unit.HOURS))
    assert security.answer_chase == policy.default.answer_chase


def test_the_escalation_table_is_a_topic_without_name(shipped):
    default = read_policy(shipped, "responders.toml")[0].default
    assert (default.id, default.title, default.approved, default.loop_in) == ("", "", (), ())


def test_a_tenth_topic_is_one_more_table(shipped):
    policy, _ = read_policy(shipped.replace("[conduct]", TENTH + "\n[conduct]"), "responders.toml")
    tenth = policy.topics["trademark"]
    assert list(policy.topics)[-1] == "trademark"
    assert policy.holders(tenth.approved) == ("jason-blais", "ian-tien")
    assert tenth.phrases == ("trademark", "logo")
    assert tenth.close_after == Duration(1, Unit.MONTHS)
    assert tenth.acknowledge_within == policy.default.acknowledge_within


def test_keys_for_later_versions_are_accepted(small):
    person = 'timezone = "Europe/Berlin"\nworking_hours = "Mon-Thu,Sat 08:30-16:00"\nholidays = "DE-BE"\n'
    text = small.replace('mattermost = "bob"\n', f'mattermost = "bob"\n{person}') + LATER
    assert read_policy(text, "responders.toml")[0].people["bob"].name == "Bob Baker"


def test_public_accounts_are_kept_by_source_in_lower_case(small):
    accounts = 'github = ["OctoBob"]\nx = ["bob_b"]\nforum = ["Bob.B"]\nslack = ["U07BOB"]\n'
    policy, _ = read_policy(small.replace('mattermost = "bob"\n', f'mattermost = "bob"\n{accounts}'), "file")
    assert policy.people["bob"].accounts == {
        "github": ("octobob",),
        "x": ("bob_b",),
        "discourse": ("bob.b",),
        "slack": ("u07bob",),
    }
    assert policy.colleague("github", "OCTOBOB") == policy.people["bob"]


def test_uncertain_signals_wait_in_the_escalations_channel_unless_another_is_named(small):
    assert read_policy(small, "file")[0].triage_channel == "escalations"
    other = small.replace("[sources.default]", 'triage_channel = "triage"\n\n[sources.default]')
    assert read_policy(other, "file")[0].triage_channel == "triage"


def test_the_manager_is_whom_to_ask_unless_somebody_else_is_named(small):
    assert read_policy(small, "file")[0].policy_contact == "Manager"


def test_a_source_may_have_a_manager_of_its_own(small):
    policy, _ = read_policy(small + '\n[sources.github]\nmanager = "bob"\n', "file")
    assert policy.manager_of("github") == "bob"
    assert policy.manager_of("x") == "Manager"


def test_a_vacant_role_that_nobody_names_is_no_warning(small):
    assert [one.path for one in read_policy(small, "file")[1]] == ["conduct.committee"]


def test_a_filled_committee_is_no_warning(small):
    assert read_policy(small + '\n[conduct]\ncommittee = ["Manager", "bob"]\n', "file")[1] == ()


def test_a_committee_of_vacant_roles_leaves_the_conduct_desk_off(small):
    _, warnings = read_policy(small + '\n[conduct]\ncommittee = ["Lawyer"]\n', "file")
    assert {one.path for one in warnings} == {"conduct.committee", "roles.Lawyer"}


def test_the_warnings_of_a_faulty_file_can_be_had_too(small):
    examined = examine_policy(small.replace('"7d"', '"soon"'), "file")
    assert examined.policy is None
    assert [one.path for one in examined.faults] == ["escalation.close_after"]
    assert [one.path for one in examined.warnings] == ["conduct.committee"]


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(small):
    assert read_policy("\ufeff" + small.replace("\n", "\r\n"), "file") == read_policy(small, "file")


def test_a_file_on_disk_is_read_as_it_stands(tmp_path, small):
    path = tmp_path / "policy.toml"
    path.write_text(small, encoding="utf-8")
    assert examine_policy_file(path).accepted() == read_policy(small, str(path))


def test_a_file_that_is_not_there_is_a_fault_with_a_remedy(tmp_path):
    with pytest.raises(PolicyFaulty, match="Set ROUTER_POLICY to the policy file"):
        examine_policy_file(tmp_path / "policy.toml").accepted()


def test_a_file_in_another_encoding_names_the_line(tmp_path, small):
    path = tmp_path / "policy.toml"
    path.write_bytes(small.replace("Ann Archer", "Ann Ärcher").encode("latin-1"))
    (fault,) = examine_policy_file(path).faults
    assert (fault.line, fault.problem) == (13, "this is no UTF-8 text")


def recognition_of(small, table=""):
    return read_policy(f"{small}\n{table}", "policy.toml")[0].recognition


def test_thresholds_follow_from_what_mistakes_cost(small):
    recognition = recognition_of(small, "[classifier]\nmiss_cost = 50\nfalse_alarm_cost = 4")
    assert (recognition.triage_from, recognition.escalate_from) == (0.02, 0.75)


def test_a_threshold_that_is_given_counts_whatever_mistakes_cost(small):
    recognition = recognition_of(small, "[classifier]\nmiss_cost = 50\nescalate_from = 0.9")
    assert (recognition.triage_from, recognition.escalate_from) == (0.02, 0.9)


def test_without_the_table_the_usual_costs_count(small):
    assert recognition_of(small) == recognition_of(small, "[classifier]") == Recognition()


def test_models_lie_beside_the_policy_file_unless_they_are_said_to_be_elsewhere(small, tmp_path):
    for name in ("new.model", "other.model"):
        (tmp_path / name).touch()
    table = f'[classifier]\nmodel = "new.model"\nshadow = "{tmp_path}/other.model"'
    recognition = read_policy(f"{small}\n{table}", f"{tmp_path}/policy.toml")[0].recognition
    assert (recognition.model, recognition.shadow, recognition.shadow_policy) == (
        f"{tmp_path}/new.model",
        f"{tmp_path}/other.model",
        "",
    )


def test_what_is_only_watched_is_not_when_it_is_not_there(small):
    table = f'[classifier]\nshadow = "no.model"\nshadow_policy = "{"x" * 300}"'
    policy, warnings = read_policy(f"{small}\n{table}", "policy.toml")
    assert (policy.recognition.shadow, policy.recognition.shadow_policy) == ("", "")
    assert [(one.path, one.problem.endswith(", so no shadow runs")) for one in warnings] == [
        ("conduct.committee", False),
        ("classifier.shadow", True),
        ("classifier.shadow_policy", True),
    ]


def test_a_second_opinion_is_asked_for_only_where_there_is_one(small):
    table = '[classifier.second_opinion]\nurl = "https://api.example.com/v1/"\nmodel = "small"\n'
    assert recognition_of(small).second_opinion is None
    assert recognition_of(small, table).second_opinion == SecondOpinion("https://api.example.com/v1", "small", 2.0)
    assert recognition_of(small, f"{table}timeout = 5").second_opinion.timeout == 5.0


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("http://api.example.com/v1", True),
        ("http://10.0.0.7:11434/v1", True),
        ("http://127.0.0.1:11434/v1", False),
        ("http://[::1]:11434/v1", False),
        ("http://localhost:11434/v1", False),
        ("https://api.example.com/v1", False),
    ],
)
def test_an_endpoint_elsewhere_without_encryption_is_warned_of(small, url, warned):
    table = f'[classifier.second_opinion]\nurl = "{url}"\nmodel = "small"'
    _, warnings = read_policy(f"{small}\n{table}", "policy.toml")
    assert ("classifier.second_opinion.url" in [one.path for one in warnings]) is warned


def test_a_generic_sender_may_say_where_it_has_what_and_have_no_manager_of_its_own(small):
    table = '[sources."generic/shop"]\nfields = { id = "ticket.nr", body = "text" }\n'
    policy, _ = read_policy(small + table, "file")
    assert policy.sources["generic/shop"].fields == {"id": "ticket.nr", "body": "text"}
    assert policy.manager_of("generic/shop") == "Manager"
