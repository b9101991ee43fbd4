"""What the page shows and does of any Mattermost: posts, threads, direct messages, menus, dialogs, what is hostile."""

import json
import re
from urllib.parse import parse_qs

import pytest
import requests
from playwright.sync_api import expect

from router.sandbox.page import Page


def said(window, text):
    return window.get_by_role("main").get_by_role("article").filter(has_text=text)


def send(window, text, label="Write to Escalations"):
    box = window.get_by_role("combobox", name=label)
    box.fill(text)
    box.press("Enter")
    expect(box).to_have_value("")


# ------------------------------------------------------------------------------------------------ posts


def test_an_empty_channel_says_that_it_begins_here(desk, browser):
    window = desk.open("alice")
    expect(window.get_by_role("main")).to_contain_text("This is the start of Escalations, a public channel.")


def test_what_one_person_writes_another_sees_at_once(desk, browser):
    alice, bob = desk.open("alice"), desk.open("bob")
    send(alice, "hello **there**")
    expect(said(bob, "hello there").locator("strong")).to_have_text("there")
    desk.call("alice", "DELETE", f"/posts/{said(alice, 'hello').get_attribute('data-post')}")
    expect(said(bob, "hello there")).to_have_count(0)


def test_an_edit_is_seen_at_once_and_marked(desk, browser):
    window = desk.open("bob")
    post_id = desk.post("alice", "first")
    expect(said(window, "first")).to_be_visible()
    desk.call("alice", "PUT", f"/posts/{post_id}/patch", {"message": "second"})
    expect(said(window, "second")).to_contain_text("Edited")


def test_a_thread_is_read_and_written_in_the_pane_and_counted_in_the_channel(desk, browser):
    root_id = desk.post("alice", "root")
    desk.post("bob", "@alice answer", root_id=root_id)
    window = desk.open("alice")
    threads = window.get_by_role("link", name="Threads")
    expect(threads.locator(".badge")).to_have_text("1")
    expect(window.get_by_role("main")).not_to_contain_text("answer")
    said(window, "root").get_by_role("link", name=re.compile("1 reply")).click()
    pane = window.get_by_role("complementary", name="Thread")
    expect(pane).to_contain_text("answer")
    expect(threads.locator(".badge")).to_have_count(0)
    send(window, "thank you", "Reply to this thread")
    expect(pane).to_contain_text("thank you")
    expect(said(window, "root")).to_contain_text("2 replies")
    window.keyboard.press("Escape")
    expect(pane).to_be_hidden()


def test_reactions_are_given_and_taken_back(desk, browser):
    desk.post("alice", "hello")
    alice, bob = desk.open("alice"), desk.open("bob")
    said(alice, "hello").hover()
    said(alice, "hello").get_by_title("Add reaction").click()
    said(alice, "hello").get_by_title(":eyes:").click()
    expect(said(bob, "hello").get_by_role("button", name="eyes, 1")).to_be_visible()
    said(bob, "hello").get_by_role("button", name="eyes, 1").click()
    expect(said(alice, "hello").get_by_role("button", name="eyes, 2")).to_be_visible()
    said(alice, "hello").get_by_role("button", name="eyes, 2").click()
    expect(said(bob, "hello").get_by_role("button", name="eyes, 1")).to_be_visible()


def test_a_direct_message_appears_with_its_count(desk, browser):
    alice, bob = desk.open("alice"), desk.open("bob")
    alice.get_by_title("Write to somebody").click()
    alice.get_by_role("button", name="Bob Baker").click()
    send(alice, "psst", "Write to bob")
    entry = bob.get_by_role("link", name="alice")
    expect(entry.locator(".badge")).to_have_text("1")
    entry.click()
    expect(said(bob, "psst")).to_be_visible()
    expect(entry.locator(".badge")).to_have_count(0)


def test_a_command_that_is_not_there_is_said_so_and_the_text_stays(desk, browser):
    window = desk.open("alice")
    box = window.get_by_role("combobox", name="Write to Escalations")
    box.fill("/nonsense now")
    box.press("Enter")
    expect(window.locator(".composer .problem").first).to_contain_text("Command with a trigger of '/nonsense'")
    expect(box).to_have_value("/nonsense now")


def test_a_slash_offers_the_commands_that_are_there_with_their_hints(desk, browser):
    desk.sandbox.add_command("desk", "ask", f"{desk.integration.url}/command", "help | raise", "Ask somebody")
    window = desk.open("alice")
    box = window.get_by_role("combobox", name="Write to Escalations")
    box.press_sequentially("/a")
    expect(window.get_by_role("option")).to_have_text("/askhelp | raiseAsk somebody")
    box.press("Tab")
    expect(box).to_have_value("/ask ")
    expect(window.get_by_role("listbox")).to_have_text("/ask help | raise")


def test_whom_one_begins_to_mention_is_offered(desk, browser):
    window = desk.open("alice")
    box = window.get_by_role("combobox", name="Write to Escalations")
    box.press_sequentially("see @ba")
    window.get_by_role("option", name="Bob Baker").click()
    expect(box).to_have_value("see @bob ")
    expect(box).to_be_focused()


def test_what_is_typed_is_kept_while_one_looks_elsewhere(desk, browser):
    window = desk.open("alice")
    window.get_by_role("combobox").fill("half a thou")
    window.get_by_role("link", name="Town Square").click()
    expect(window.get_by_role("combobox", name="Write to Town Square")).to_have_value("")
    window.get_by_role("link", name="Escalations").click()
    expect(window.get_by_role("combobox", name="Write to Escalations")).to_have_value("half a thou")


def test_after_the_connection_was_lost_the_page_catches_up(desk, browser):
    window = desk.open("alice")
    port = int(desk.page.url.rpartition(":")[2])
    desk.page.close()
    expect(window.get_by_role("status")).to_contain_text("The connection is lost")
    desk.post("bob", "meanwhile")
    with Page.start(desk.sandbox, ["alice"], port):
        expect(said(window, "meanwhile")).to_be_visible()
        expect(window.get_by_role("status")).to_contain_text("load the page again")  # its token was the old server's
        window.reload()
        expect(said(window, "meanwhile")).to_be_visible()
        expect(window.get_by_role("status")).to_be_hidden()
        window.close()
    desk.faults.clear()  # the browser complains of the lost connection, as it should


# ------------------------------------------------------------------------------------------------ buttons and menus


def attach(desk, *actions, **more):
    """Post an attachment as the bot; what is pressed reaches the integration."""
    actions = [{"integration": {"url": f"{desk.integration.url}/action"}} | action for action in actions]
    return desk.post("router", "a case", props={"attachments": [{"actions": actions} | more]})


def test_a_button_calls_its_integration_and_its_answer_is_seen_by_the_presser(desk, browser):
    desk.integration.answer = lambda path, body: {"ephemeral_text": "not yours"}
    attach(desk, {"id": "claim", "name": "Claim", "style": "primary"})
    alice, bob = desk.open("alice"), desk.open("bob")
    said(alice, "a case").get_by_role("button", name="Claim").click()
    expect(said(alice, "a case")).to_contain_text("not yours")
    assert json.loads(desk.integration.received[0][1])["user_name"] == "alice"
    expect(said(bob, "a case")).to_be_visible()
    expect(bob.locator("body")).not_to_contain_text("not yours")


def test_an_update_changes_the_post_and_the_focus_stays_on_the_button(desk, browser):
    again = [{"id": "claim", "name": "Claimed", "integration": {"url": desk.integration.url}}]
    desk.integration.answer = lambda path, body: {
        "update": {"message": "changed", "props": {"attachments": [{"actions": again}]}}
    }
    attach(desk, {"id": "claim", "name": "Claim"})
    window = desk.open("alice")
    said(window, "a case").get_by_role("button", name="Claim").press("Enter")
    expect(said(window, "changed").get_by_role("button", name="Claimed")).to_be_focused()


def test_a_button_that_fails_says_so_beside_it(desk, browser):
    desk.integration.answer = lambda path, body: ["no object"]
    attach(desk, {"id": "claim", "name": "Claim"})
    window = desk.open("alice")
    said(window, "a case").get_by_role("button", name="Claim").click()
    expect(said(window, "a case").get_by_role("alert")).not_to_be_empty()


def test_a_menu_passes_the_chosen_option_on(desk, browser):
    options = [{"text": "Licensing", "value": "licensing"}, {"text": "Packaging", "value": "packaging"}]
    attach(desk, {"id": "topic", "name": "Topic", "type": "select", "options": options})
    window = desk.open("alice")
    menu = said(window, "a case").get_by_role("combobox", name="Topic")
    menu.select_option("Packaging")
    expect(menu).to_have_attribute("aria-busy", "false")
    assert json.loads(desk.integration.received[0][1])["context"]["selected_option"] == "packaging"


def test_a_menu_of_people_offers_the_team(desk, browser):
    attach(desk, {"id": "owner", "name": "Owner", "type": "select", "data_source": "users"})
    window = desk.open("alice")
    menu = said(window, "a case").get_by_role("combobox", name="Owner")
    menu.select_option("Bob Baker (@bob)")
    expect(menu).to_have_attribute("aria-busy", "false")
    chosen = json.loads(desk.integration.received[0][1])["context"]["selected_option"]
    assert chosen == desk.sandbox.id_of("bob")


def test_an_attachment_shows_its_parts(desk, browser):
    fields = [{"title": "Owner", "value": "**Alice**", "short": True}]
    parts = {"title": "Title", "title_link": "https://a.example", "text": "text", "pretext": "before", "footer": "foot"}
    attach(desk, {"id": "x", "name": "Off", "disabled": True}, fields=fields, color="#ff0000", **parts)
    post = said(desk.open("alice"), "a case")
    expect(post.get_by_role("link", name="Title")).to_have_attribute("href", "https://a.example")
    expect(post.locator(".fields")).to_have_text("OwnerAlice")
    expect(post.locator(".attachment")).to_contain_text("before")
    expect(post.get_by_role("button", name="Off")).to_be_disabled()
    expect(post.locator(".card")).to_have_css("border-left-color", "rgb(255, 0, 0)")


# ------------------------------------------------------------------------------------------------ dialogs

ELEMENTS = [
    {"display_name": "Title", "name": "title", "type": "text", "min_length": 3, "max_length": 20},
    {"display_name": "Mail", "name": "mail", "type": "text", "subtype": "email", "optional": True},
    {"display_name": "Count", "name": "count", "type": "text", "subtype": "number", "default": "3"},
    {"display_name": "Reason", "name": "reason", "type": "textarea", "help_text": "in **your** words"},
    {"display_name": "Topic", "name": "topic", "type": "select", "options": [{"text": "Licensing", "value": "lic"}]},
    {"display_name": "Owner", "name": "owner", "type": "select", "data_source": "users"},
    {"display_name": "Place", "name": "place", "type": "select", "data_source": "channels", "optional": True},
    {
        "display_name": "Kind",
        "name": "kind",
        "type": "radio",
        "options": [{"text": "One", "value": "1"}, {"text": "Two", "value": "2"}],
    },
    {"display_name": "Tell", "name": "tell", "type": "bool", "placeholder": "Tell everybody", "default": "true"},
]


@pytest.fixture
def asking(desk, browser):
    """Alice's window with a dialog open; `desk.integration.answer` says what a submission is answered with."""
    dialog = {
        "callback_id": "back",
        "title": "Dismiss a case",
        "introduction_text": "It is **yours**.",
        "elements": ELEMENTS,
        "submit_label": "Dismiss",
        "notify_on_cancel": True,
        "state": "signed",
    }

    def answer(path, body):
        trigger_id = parse_qs(body)["trigger_id"][0]
        opening = {"trigger_id": trigger_id, "url": f"{desk.integration.url}/dialog", "dialog": dialog}
        requests.post(f"{desk.sandbox.url}/api/v4/actions/dialogs/open", json=opening, timeout=10).raise_for_status()
        desk.integration.received.clear()
        desk.integration.answer = lambda path, body: {}
        return {}

    desk.integration.answer = answer
    desk.sandbox.add_command("desk", "ask", f"{desk.integration.url}/command")
    window = desk.open("alice")
    send(window, "/ask")
    expect(window.get_by_role("dialog", name="Dismiss a case")).to_be_visible()
    return window


def fill(window):
    dialog = window.get_by_role("dialog")
    dialog.get_by_label("Title").fill("A title")
    dialog.get_by_label("Reason").fill("no need")
    dialog.get_by_label("Topic").select_option("Licensing")
    dialog.get_by_label("Owner").select_option("Bob Baker (@bob)")
    dialog.get_by_label("Two").check()
    return dialog


def test_a_dialog_is_submitted_with_values_of_their_types(desk, asking):
    fill(asking).get_by_role("button", name="Dismiss").click()
    expect(asking.get_by_role("dialog")).to_have_count(0)
    path, body = desk.integration.received[-1]
    submitted = json.loads(body)
    assert path == "/dialog"
    assert (submitted["callback_id"], submitted["state"], submitted["cancelled"]) == ("back", "signed", False)
    assert submitted["user_id"] == desk.sandbox.id_of("alice")
    assert submitted["submission"] == {
        "title": "A title",
        "count": 3,
        "reason": "no need",
        "topic": "lic",
        "owner": desk.sandbox.id_of("bob"),
        "kind": "2",
        "tell": True,
    }


def test_a_dialog_s_faults_stand_at_their_fields_and_it_stays_open(desk, asking):
    dialog = fill(asking)
    desk.integration.answer = lambda path, body: {"errors": {"reason": "Say more."}, "error": "Not yet."}
    dialog.get_by_role("button", name="Dismiss").click()
    expect(dialog.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_label("Reason")).to_have_accessible_description(re.compile(r"Say more\."))
    expect(dialog.get_by_label("Reason")).to_be_focused()
    expect(dialog.get_by_label("Reason")).to_have_value("no need")
    expect(dialog).to_contain_text("Not yet.")


def test_what_is_missing_is_said_before_anything_is_sent(desk, asking):
    dialog = asking.get_by_role("dialog")
    dialog.get_by_label("Title").fill("x")
    dialog.get_by_role("button", name="Dismiss").click()
    expect(dialog.get_by_label("Title")).to_have_accessible_description(re.compile("Minimum input length is 3"))
    expect(dialog.get_by_label("Reason")).to_have_accessible_description(re.compile("This field is required"))
    assert desk.integration.received == []


@pytest.mark.parametrize("way", ["button", "key"])
def test_a_dialog_that_is_cancelled_tells_its_integration(desk, asking, way):
    with asking.expect_response(re.compile("dialogs/submit")):
        if way == "key":
            asking.keyboard.press("Escape")
        else:
            asking.get_by_role("button", name="Cancel").click()
    expect(asking.get_by_role("dialog")).to_have_count(0)
    submitted = json.loads(desk.integration.received[-1][1])
    assert (submitted["cancelled"], submitted["submission"]) == (True, {})


def test_a_dialog_s_next_step_takes_its_place(desk, asking):
    next_step = {"title": "Are you sure?", "elements": [], "state": "second"}
    desk.integration.answer = lambda path, body: {"type": "form", "form": next_step}
    fill(asking).get_by_role("button", name="Dismiss").click()
    expect(asking.get_by_role("dialog", name="Are you sure?")).to_be_visible()


# ------------------------------------------------------------------------------------------------ looks and safety


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_system_s_light_and_the_person_s_choice(desk, browser, scheme):
    other = {"light": "dark", "dark": "light"}[scheme]
    window = desk.open("alice", color_scheme=scheme)
    grounds = {"light": "rgb(255, 255, 255)", "dark": "rgb(25, 27, 31)"}
    expect(window.locator("body")).to_have_css("background-color", grounds[scheme])
    window.get_by_role("button", name="Alice Archer").click()
    window.get_by_label(other).check()
    expect(window.locator("body")).to_have_css("background-color", grounds[other])
    window.reload()
    expect(window.locator("body")).to_have_css("background-color", grounds[other])


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> ![x](https://evil.example/p.png) [x](javascript:alert(1))"
)
PARTS = "title title_link text pretext footer author_name author_link author_icon image_url thumb_url color fallback"
ALIVE = "script:not([src^='/static/']), img, iframe, [onerror], [href^='javascript']"


def test_hostile_text_is_inert_wherever_it_is_shown(desk, browser):
    """The page's own guard fails the test where a script runs or another address is asked."""
    action = {"id": "x", "name": HOSTILE, "type": "select", "options": [{"text": HOSTILE, "value": HOSTILE}]}
    parts = dict.fromkeys(PARTS.split(), HOSTILE)
    button = {"id": "y", "name": HOSTILE, "style": "javascript:alert(1)", "tooltip": HOSTILE}
    attach(desk, action, button, fields=[{"title": HOSTILE, "value": HOSTILE}], **parts)
    root_id = desk.post("bob", HOSTILE)
    desk.post("bob", HOSTILE, root_id=root_id)
    desk.call("bob", "PUT", f"/users/{desk.sandbox.id_of('bob')}/patch", {"first_name": HOSTILE, "last_name": HOSTILE})
    texts = dict.fromkeys(("header", "purpose", "display_name"), HOSTILE)
    desk.call("alice", "PUT", f"/channels/{desk.channel_id}/patch", texts)
    window = desk.open("alice", f"#/channels/escalations/thread/{root_id}")
    expect(window.get_by_role("complementary", name="Thread")).to_contain_text("1 reply")
    window.get_by_title("Act as somebody else").click()
    window.get_by_title("Write to somebody").click()
    expect(window.get_by_role("main")).to_contain_text("onerror=alert(1)")
    expect(window.locator(ALIVE)).to_have_count(0)


def test_hostile_words_in_an_address_are_inert(desk, browser):
    window = desk.open("alice", "#/channels/<img src=x onerror=alert(1)>/thread/<script>alert(1)</script>")
    expect(window.get_by_role("main")).to_contain_text("This is the start of")
