"""The plans of `setup` as values: from what is there to what is to be done, and from what was made to what goes."""

from dataclasses import replace
from pathlib import Path

import pytest
from bare_mattermost import POLICY

from router.cli.setup.plans import plan_setup
from router.cli.setup.present import Present
from router.cli.setup.receipt import Receipt
from router.cli.setup.removals import plan_removal
from router.cli.setup.steps import Do, key_of
from router.cli.setup.wanted import wanted
from router.config import Secrets, Settings, read_policy
from router.mattermost.administration import AccessToken, Account, Channel, Team
from router.mattermost.demands import BOTS, COMMANDS, SITE_URL, Demand

URL, ROUTER = "https://chat.example.com", "https://router.example.com"
WANT = wanted(read_policy(POLICY, "responders.toml")[0], URL, ROUTER)
ADMIN = Account("admin-id", "admin", roles="system_admin system_user")
BOT = Account("bot-id", "escalations", is_bot=True)
PEOPLE = {one.mattermost: Account(f"{one.id}-id", one.mattermost) for one in WANT.everybody}
CHANNELS = {
    "escalations": Channel("e", "escalations"),
    "triage": Channel("t", "triage"),
    "committee": Channel("c", "committee", "P"),
}
HOOKS = {name: replace(WANT.hook(CHANNELS[name].id), id=f"hook-{name}", token=f"token-{name}") for name in WANT.open}
EVERYBODY = frozenset(one.id for one in (BOT, *PEOPLE.values()))
SETTINGS = Settings(
    mattermost_url=URL,
    public_url=ROUTER,
    mattermost_token=Secrets(["bot"]),
    mattermost_command_token=Secrets(["command"]),
    mattermost_outgoing_token=Secrets(["token-escalations", "token-triage"]),
    github_webhook_secret=Secrets(["github"]),
    secret_key=Secrets(["k" * 32]),
)
BARE = Present(ADMIN, Settings(), accounts=PEOPLE)
READY = Present(
    ADMIN,
    SETTINGS,
    team=Team("team-id", "staff"),
    channels=CHANNELS,
    holder=BOT,
    bot=BOT,
    command=replace(WANT.command(), id="command-id", token="command"),
    hooks=HOOKS,
    accounts=PEOPLE,
    in_team=EVERYBODY,
    in_channel=dict.fromkeys(CHANNELS, EVERYBODY),
)
WATCHING = replace(WANT, watched=("questions",))
WATCHED = replace(
    READY,
    channels=CHANNELS | {"questions": Channel("q", "questions")},
    hooks=HOOKS | {"questions": replace(WANT.hook("q"), id="hook-questions", token="token-questions")},
    in_channel=READY.in_channel | {"questions": frozenset(["bot-id"])},
    settings=replace(SETTINGS, mattermost_outgoing_token=Secrets([f"token-{name}" for name in WATCHING.heard])),
)


def receipt(*made, server=URL):
    return Receipt(Path("router.env.setup.json"), server, "mark", list(made))


def plan(present, given=None, fixed=(), want=WANT):
    return plan_setup(want, present, given or receipt(), "router.env", dict.fromkeys(fixed, "x"))


def doing(made):
    return [step.do for step in made.to_do]


def removal(present, given, want=WANT):
    return plan_removal(want, present, given, "router.env")


def test_of_a_bare_server_everything_is_made_in_an_order_in_which_it_can_be():
    assert doing(plan(BARE)) == [
        Do.MAKE_TEAM,
        *[Do.MAKE_CHANNEL] * 3,
        Do.MAKE_BOT,
        Do.MAKE_TOKEN,
        Do.JOIN_TEAM,
        *[Do.JOIN_CHANNEL] * 3,
        Do.PUT_COMMAND,
        *[Do.PUT_HOOK] * 2,
        Do.WRITE_SETTINGS,
    ]


def test_of_a_server_that_is_ready_nothing_is_made():
    assert (doing(plan(READY)), plan(READY).in_the_way) == ([], ())


def test_who_belongs_where_is_added_and_nobody_else():
    names = {step.place: set(step.names) for step in plan(BARE).to_do if step.do is Do.JOIN_CHANNEL}
    assert names["escalations"] == names["triage"] == {"escalations", "ann", "bob.baker", "dan"}
    assert names["committee"] == {"escalations", "ann", "cat"}


@pytest.mark.parametrize(
    ("changed", "does"),
    [
        ({"holder": None}, [Do.MAKE_TOKEN]),
        ({"command": None}, [Do.PUT_COMMAND, Do.WRITE_SETTINGS]),
        ({"command": replace(READY.command, auto_complete_hint="old")}, [Do.PUT_COMMAND]),
        ({"command": replace(READY.command, token="another")}, [Do.WRITE_SETTINGS]),
        ({"hooks": {"escalations": HOOKS["escalations"]}}, [Do.PUT_HOOK, Do.WRITE_SETTINGS]),
        ({"in_team": EVERYBODY - {"dan-id"}}, [Do.JOIN_TEAM]),
        ({"bot": replace(BOT, delete_at=1)}, [Do.ENABLE_BOT]),
        ({"channels": CHANNELS | {"triage": Channel("t", "triage", delete_at=1)}}, [Do.RESTORE_CHANNEL]),
        ({"settings": replace(SETTINGS, secret_key=Secrets())}, [Do.WRITE_SETTINGS]),
        ({"settings": replace(SETTINGS, secret_key=Secrets()), "stored_key": True}, []),
        ({"file_open": True}, [Do.WRITE_SETTINGS]),
        ({"accounts": PEOPLE | {"dan": replace(PEOPLE["dan"], delete_at=1)}, "in_team": EVERYBODY - {"dan-id"}}, []),
    ],
)
def test_what_is_missing_is_made_and_nothing_else(changed, does):
    assert doing(plan(replace(READY, **changed))) == does


def test_a_private_channel_of_escalations_gets_no_webhook_and_a_note():
    made = plan(replace(READY, channels=CHANNELS | {"triage": Channel("t", "triage", "P")}, hooks={}))
    assert [step.place for step in made.to_do if step.do is Do.PUT_HOOK] == ["escalations"]
    assert any(note.startswith("~triage is private") for note in made.notes)


def test_of_a_watched_channel_the_bot_alone_is_made_a_member_and_a_webhook_tells_of_it():
    steps = [one for one in plan(READY, want=WATCHING).to_do if one.place == "questions"]
    assert [(one.do, one.names) for one in steps] == [
        (Do.MAKE_CHANNEL, ()),
        (Do.JOIN_CHANNEL, ("escalations",)),
        (Do.PUT_HOOK, ()),
    ]


def test_of_a_watched_channel_that_is_ready_nothing_is_made():
    assert doing(plan(WATCHED, want=WATCHING)) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"team": Team("t", "staff", delete_at=1)}, "the team staff is archived"),
        ({"holder": PEOPLE["ann"]}, "MATTERMOST_TOKEN belongs to @ann, who is a person"),
        ({"holder": None, "bot": replace(BOT, is_bot=False)}, "@escalations is a person"),
        ({"channels": CHANNELS | {"committee": Channel("c", "committee")}}, "~committee is public"),
        ({"command": replace(READY.command, url="https://x.example.com")}, "which calls https://x.example.com"),
    ],
)
def test_what_is_in_the_way_is_named(changed, told):
    (one,) = plan(replace(READY, **changed)).in_the_way
    assert told in one


def test_a_receipt_of_another_server_is_in_the_way():
    assert plan(READY, receipt(server="https://old.example.com")).in_the_way
    assert removal(READY, receipt(server="https://old.example.com")).in_the_way


def test_a_switch_of_the_server_is_in_the_way_only_of_what_needs_it():
    bots, commands = (Demand(name, "true", "off") for name in (BOTS, COMMANDS))
    assert plan(replace(BARE, demands=(bots, commands))).in_the_way == (str(bots), str(commands))
    assert plan(replace(READY, demands=(bots, commands))).in_the_way == ()


def test_what_only_people_can_set_is_a_note():
    demand = Demand(SITE_URL, URL, "every slash command fails while it is empty")
    assert str(demand) in plan(replace(READY, demands=(demand,))).notes


def test_a_setting_that_the_environment_would_overrule_is_in_the_way():
    (one,) = plan(replace(READY, holder=None), fixed=["MATTERMOST_TOKEN"]).in_the_way
    assert "unset it" in one
    assert plan(READY, fixed=["MATTERMOST_TOKEN"]).in_the_way == ()


def test_what_to_enter_at_github_is_said_when_its_secret_is_new():
    assert any(f"{ROUTER}/hooks/github" in note for note in plan(BARE).notes)
    assert not any("github" in note.lower() for note in plan(READY).notes)


# ------------------------------------------------------------------------------------------------- the removal

TOKENS = (AccessToken("ours", "escalation-router mark"), AccessToken("theirs", "somebody else's"))
ALL = [
    key_of(Do.MAKE_TEAM, "staff"),
    *(key_of(Do.MAKE_CHANNEL, "staff", name) for name in CHANNELS),
    key_of(Do.MAKE_BOT, "staff", name="escalations"),
    key_of(Do.JOIN_TEAM, "staff", name="escalations"),
]


def test_all_that_was_made_goes_the_integrations_first_and_the_receipt_last():
    assert doing(removal(replace(READY, tokens=TOKENS), receipt(*ALL))) == [
        *[Do.REMOVE_HOOK] * 2,
        Do.REMOVE_COMMAND,
        *[Do.ARCHIVE_CHANNEL] * 3,
        Do.REVOKE_TOKENS,
        Do.LEAVE_TEAM,
        Do.DISABLE_BOT,
        Do.STRIP_SETTINGS,
        Do.DISCARD_RECEIPT,
    ]


def test_people_leave_channels_that_were_there_before_and_only_if_setup_added_them():
    added = key_of(Do.JOIN_CHANNEL, "staff", "triage", "dan")
    (step,) = [one for one in removal(READY, receipt(added)).to_do if one.do is Do.LEAVE_CHANNEL]
    assert (step.place, step.names) == ("triage", ("dan",))


def test_of_a_watched_channel_the_webhook_and_the_bot_go_and_nothing_else():
    added = key_of(Do.JOIN_CHANNEL, "staff", "questions", "escalations")
    steps = [one for one in removal(WATCHED, receipt(added), WATCHING).to_do if one.place == "questions"]
    assert [(one.do, one.names) for one in steps] == [(Do.REMOVE_HOOK, ()), (Do.LEAVE_CHANNEL, ("escalations",))]


def test_nobody_is_taken_out_of_the_channel_that_everybody_is_in():
    present = replace(WATCHED, channels={"town-square": Channel("q", "town-square")}, hooks={})
    present = replace(present, in_channel={"town-square": EVERYBODY})
    added = key_of(Do.JOIN_CHANNEL, "staff", "town-square", "escalations")
    assert Do.LEAVE_CHANNEL not in doing(removal(present, receipt(added), replace(WANT, watched=("town-square",))))


def test_a_webhook_or_command_of_another_router_stays():
    hooks = {"triage": replace(HOOKS["triage"], callback_urls=("https://other.example.com/mattermost/outgoing",))}
    other = replace(READY.command, url="https://other.example.com/mattermost/command")
    assert doing(removal(replace(READY, hooks=hooks, command=other), receipt())) == []


def test_a_bot_and_a_token_that_setup_did_not_make_stay():
    assert not {Do.DISABLE_BOT, Do.REVOKE_TOKENS} & set(doing(removal(replace(READY, tokens=TOKENS[1:]), receipt())))
