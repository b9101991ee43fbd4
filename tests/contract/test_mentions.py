"""Who is mentioned: the spellings that notify, and those that don't, read from the member's own mention count."""

import pytest
from mattermost_desks import Desk, post_in
from mattermost_servers import done
from world import eventually

NOTIFIES = [
    "@{}",
    *(f"@{{}}{mark}" for mark in (".", ",", ":", "!", "-", "_", "'s", ")", "/", "?", "...")),
    "hello @{} there",
    "**@{}** and more",
    "*@{}*",
    "_@{}_",
    "#@{}",
    "\\@{}",
    "mail\\@{}",
    "[@{}](https://example.org)",
    "![@{}](https://example.org/a.png)",
    "<b>@{}</b>",
    "<@{}>",
    "<!-- @{} -->",
    "$@{}$",
    "> @{}",
    "> > @{}",
    "# @{}",
    "- @{}",
    "1. @{}",
    "| a | @{} |\n|---|---|",
    "`unclosed @{}",
    "`` one ` @{}",
    "\\`@{}\\`",
    "\u200b@{}",
    "@{}\u200b",
    ":smile:@{}",
    "```\ncode\n```\n@{}",
    "`code` @{}",
    "https://example.org/ @{}",
    "[text](https://example.org) @{}",
    "[ https://example.org/@{}",
    "https://a_b.example.org/@{}",
    "https://@{}/",
    "<https://example.org/>@{}",
    "text\n    @{}",
]
DOES_NOT_NOTIFY = [
    "mail@{}",
    ":@{}:",
    "@@{}",
    "@{}@x",
    "@{}x",
    "`@{}`",
    "`` a ` @{} ``",
    "`two\nlines @{}`",
    "```\n@{}\n```",
    "```python\n@{}\n```",
    "~~~\n@{}\n~~~",
    "````\n```\n@{}\n````",
    "> ```\n> @{}\n> ```",
    "- ```\n  @{}\n  ```",
    "    @{}",
    "\t@{}",
    *(f"@{mark}{{}}" for mark in ("\u200b", "\u2060", "\u200d", "\ufeff", "\u00ad")),
    "\uff20{}",
    "&#64;{}",
    "&commat;{}",
    "@&#8203;{}",
    "https://example.org/@{}",
    "see http://example.org/a?b=@{}",
    "www.example.org/@{}",
    "mailto://x@{}",
    '[text](https://example.org "@{}")',
    "[text](https://example.org/@{})",
    "[text](<https://example.org/@{}>)",
    "![image](https://example.org/@{}.png '@{}')",
    '[ref]: https://example.org "@{}"',
    "x_@{}",
    "é@{}",
    "{}",
    "@ {}",
]
UNFETCHED = {"unsafe_links": "true"}  # the real server fetches no link of such a post


@pytest.fixture(scope="module")
def room(place):
    """Return one channel for all spellings: making one for each takes longer than the test."""
    return Desk(place)


def _moved(room, message, who=None, **props):
    """Post something as bob and return by how much alice's count moved."""
    who = who or room.alice
    before = room.mentions(who)
    room.say(room.bob, message, props={**UNFETCHED, **props})
    return room.mentions(who) - before


@pytest.mark.parametrize("kind", ["person", "channel"])
@pytest.mark.parametrize("text", NOTIFIES)
def test_a_name_in_the_open_notifies(room, text, kind):
    name = room.alice.username if kind == "person" else "channel"
    assert _moved(room, text.format(name)) == 1


@pytest.mark.parametrize("kind", ["person", "channel"])
@pytest.mark.parametrize("text", DOES_NOT_NOTIFY)
def test_a_covered_name_does_not_notify(room, text, kind):
    name = room.alice.username if kind == "person" else "channel"
    assert _moved(room, text.format(name, name)) == 0


@pytest.mark.parametrize("text", ["first.@{}", "first:@{}", "first-@{}."])
def test_after_punctuation_a_name_is_found_if_it_has_none_itself(room, text):
    assert _moved(room, text.format("channel")) == 1
    assert "-" in room.alice.username
    assert _moved(room, text.format(room.alice.username)) == 0


def test_the_case_of_a_name_does_not_matter(room):
    assert _moved(room, f"@{room.alice.username.upper()}") == 1


def test_all_is_another_word_for_channel(room):
    assert _moved(room, "@all") == 1


def test_a_name_with_dots_is_found_whole_before_it_is_cut(place, room):
    dotted = place.new_person(f"{room.alice.username}.b")
    done(dotted.post(f"/channels/{room.channel_id}/members", {"user_id": dotted.id}))
    assert _moved(room, f"@{dotted.username}. hello") == 0
    assert _moved(room, f"@{dotted.username}. hello", dotted) == 1


@pytest.mark.parametrize("mark", ["", "!"])
def test_within_a_link_a_name_is_read_up_to_its_first_w(place, room, mark):
    longer = place.new_person(f"{room.alice.username}w")
    done(longer.post(f"/channels/{room.channel_id}/members", {"user_id": longer.id}))
    text = f"{mark}[@{longer.username}](https://example.org/)"
    assert _moved(room, text, longer) == 0
    assert _moved(room, text) == 1


@pytest.mark.parametrize(
    "attachment", [{"pretext": "@{}"}, {"text": "@{}"}, {"fields": [{"title": "x", "value": "@{}"}]}]
)
def test_the_texts_of_an_attachment_are_read(room, attachment):
    assert _moved(room, "", attachments=[_filled(attachment, room.alice.username)]) == 1


@pytest.mark.parametrize("key", ["title", "footer", "author_name", "fallback"])
def test_the_trimmings_of_an_attachment_are_not_read(room, key):
    assert _moved(room, "", attachments=[{key: f"@{room.alice.username}", "text": "x"}]) == 0


def test_titles_of_fields_and_button_names_are_not_read(room):
    attachment = {"fields": [{"title": "@{}", "value": "1"}], "actions": [{"name": "@{}", "type": "button"}]}
    assert _moved(room, "", attachments=[_filled(attachment, room.alice.username)]) == 0


def _filled(value, name):
    if isinstance(value, dict):
        return {key: _filled(item, name) for key, item in value.items()}
    return [_filled(item, name) for item in value] if isinstance(value, list) else value.format(name)


def test_a_fence_opened_in_one_text_does_not_cover_the_next(room):
    attachments = [{"pretext": "`", "text": f"@{room.alice.username}`"}]
    assert _moved(room, f"```\n@{room.bob.username}", attachments=attachments) == 1


def test_a_text_of_an_attachment_too_long_to_scan_mentions_nobody(room):
    text = f"@{room.alice.username} " + "x" * 131_072
    assert _moved(room, "", attachments=[{"text": text}]) == 0


def test_a_post_counts_once_however_often_it_names_somebody(room):
    name = room.alice.username
    assert _moved(room, f"@{name} @{name} @channel") == 1


def test_nobody_is_notified_by_their_own_post(desk):
    desk.say(desk.alice, f"@{desk.alice.username} @channel")
    assert desk.mentions(desk.alice) == 0


def test_only_members_of_the_channel_are_notified(desk):
    desk.say(desk.bob, f"@{desk.carol.username}")
    done(desk.carol.post(f"/channels/{desk.channel_id}/members", {"user_id": desk.carol.id}))
    assert desk.mentions(desk.carol) == 0


def test_being_added_to_a_channel_counts_one_mention(desk):
    done(desk.alice.post(f"/channels/{desk.channel_id}/members", {"user_id": desk.carol.id}))
    assert eventually(lambda: desk.mentions(desk.carol), "the line that says so") == 1


def test_joining_by_oneself_counts_none(desk):
    done(desk.carol.post(f"/channels/{desk.channel_id}/members", {"user_id": desk.carol.id}))
    assert desk.mentions(desk.carol) == 0


def test_every_post_of_a_direct_channel_counts(desk, place):
    person = place.new_person("frank", in_team=False)
    direct = desk.direct(desk.router, person)["id"]
    for text in ("one", "two"):
        desk.say(desk.router, text, direct)
    assert desk.mentions(person, direct) == 2


def test_a_bots_mention_counts_as_anybodys(desk):
    desk.say(desk.router, f"@{desk.alice.username}")
    assert desk.mentions(desk.alice) == 1


def _threads(desk, who, root_id):
    listed = done(who.get(f"/users/me/teams/{desk.team_id}/threads", per_page=100))["threads"]
    return [thread for thread in listed if thread["id"] == root_id]


def test_a_mention_in_a_thread_counts_there_and_not_among_the_roots(desk):
    root = desk.say(desk.bob, "root")
    desk.say(desk.bob, f"@{desk.alice.username}", root_id=root["id"])
    member = done(desk.alice.get(f"/channels/{desk.channel_id}/members/me"))
    assert (member["mention_count"], member["mention_count_root"]) == (1, 0)
    assert [thread["unread_mentions"] for thread in _threads(desk, desk.alice, root["id"])] == [1]


def test_whom_a_root_mentions_has_its_replies_unread_without_a_mention(desk):
    root = desk.say(desk.bob, f"@{desk.alice.username}")
    desk.say(desk.bob, "more", root_id=root["id"])
    (thread,) = _threads(desk, desk.alice, root["id"])
    assert (thread["unread_replies"], thread["unread_mentions"]) == (1, 0)
    assert desk.mentions(desk.alice) == 1


def test_a_thread_that_was_read_has_nothing_unread(desk):
    root = desk.say(desk.bob, f"@{desk.alice.username}")
    reply = desk.say(desk.bob, f"@{desk.alice.username}", root_id=root["id"])
    path = f"/users/me/teams/{desk.team_id}/threads/{root['id']}/read/{reply['create_at'] + 1}"
    done(desk.alice.put(path))
    (thread,) = _threads(desk, desk.alice, root["id"])
    assert (thread["unread_replies"], thread["unread_mentions"]) == (0, 0)


def test_the_unread_of_a_team_leaves_threads_out_unless_asked(desk, place):
    person = place.new_person("grace")
    channel = desk.new_channel(members=[desk.bob, person])["id"]
    root = desk.say(desk.bob, f"@{person.username}", channel)
    desk.say(desk.bob, f"@{person.username}", channel, root_id=root["id"])
    plain = done(person.get(f"/users/me/teams/{desk.team_id}/unread"))
    (whole,) = done(person.get("/users/me/teams/unread", include_collapsed_threads="true"))
    assert (plain["mention_count"], plain["mention_count_root"], plain["thread_count"]) == (2, 1, 0)
    assert (whole["thread_count"], whole["thread_mention_count"]) == (1, 1)


def test_a_muted_channel_counts_names_and_not_groups(desk):
    path = f"/channels/{desk.channel_id}/members/{desk.alice.id}/notify_props"
    done(desk.alice.put(path, {"mark_unread": "mention"}))
    desk.say(desk.bob, "@channel")
    desk.say(desk.bob, f"@{desk.alice.username}")
    assert desk.mentions(desk.alice) == 1


def test_here_reaches_those_who_are_online(desk):
    done(desk.alice.put("/users/me/status", {"user_id": desk.alice.id, "status": "online"}))
    done(desk.bob.put("/users/me/status", {"user_id": desk.bob.id, "status": "offline"}))
    desk.say(desk.router, "@here")
    assert (desk.mentions(desk.alice), desk.mentions(desk.bob)) == (1, 0)


def test_viewing_a_channel_resets_its_counters(desk):
    desk.say(desk.bob, f"@{desk.alice.username}")
    done(desk.alice.post("/channels/members/me/view", {"channel_id": desk.channel_id}))
    unread = done(desk.alice.get(f"/users/me/channels/{desk.channel_id}/unread"))
    assert (unread["msg_count"], unread["mention_count"]) == (0, 0)


def test_what_others_write_is_unread_and_ones_own_is_not(desk):
    desk.say(desk.alice, "mine")
    desk.say(desk.bob, "theirs")
    assert done(desk.alice.get(f"/users/me/channels/{desk.channel_id}/unread"))["msg_count"] == 1


def test_an_edit_notifies_nobody(desk):
    post, name = desk.say(desk.bob, "hello"), desk.alice.username
    change = {"message": f"@{name}", "props": {"attachments": [{"text": f"@{name}"}]}}
    done(desk.bob.put(f"/posts/{post['id']}/patch", change))
    assert desk.mentions(desk.alice) == 0


def test_a_renamed_person_is_mentioned_by_the_new_name_only(desk, place):
    person = place.new_person("heidi")
    channel, new = desk.new_channel(members=[desk.bob, person])["id"], f"new-{person.username}"
    done(desk.admin.put(f"/users/{person.id}/patch", {"username": new}))
    desk.say(desk.bob, f"@{person.username}", channel)
    desk.say(desk.bob, f"@{new}", channel)
    assert desk.mentions(person, channel) == 1


def test_what_comes_while_somebody_is_deactivated_is_not_counted(desk, place):
    person = place.new_person("ivan")
    channel = desk.new_channel(members=[desk.bob, person])["id"]
    done(desk.admin.put(f"/users/{person.id}/active", {"active": False}))
    desk.say(desk.bob, f"@{person.username}", channel)
    done(desk.admin.put(f"/users/{person.id}/active", {"active": True}))
    again = place.client(desk.server.token_for({"username": person.username}))
    assert done(again.get(f"/channels/{channel}/members/me"))["mention_count"] == 0


def test_of_a_mention_outside_the_channel_or_the_team_the_poster_is_told(desk):
    with desk.router.listening() as ears:
        desk.say(desk.router, f"@{desk.carol.username} @{desk.erin.username}")
        hints = [post_in(ears.hear("ephemeral_message")) for _ in range(2)]
    (in_team,) = [hint for hint in hints if "add_channel_member" in hint["props"]]
    (stranger,) = [hint for hint in hints if hint is not in_team]
    assert in_team["props"]["add_channel_member"]["not_in_channel_usernames"] == [desk.carol.username]
    assert stranger["message"].startswith(f"@{desk.erin.username} ")
