"""The desk as people use it in a browser: raise, claim, reply, be mentioned, be refused."""

import re

from playwright.sync_api import expect

COMPOSER = "Write to Community Escalations"


def card(window, case):
    """The root post of a case."""
    return window.locator("main .post:not(.ephemeral)").filter(has_text=re.compile(rf"{case}\b"))


def send(window, text, label=COMPOSER):
    box = window.get_by_role("combobox", name=label)
    box.fill(text)
    box.press("Enter")
    expect(box).to_have_value("")


def test_a_matter_raised_by_slash_command_becomes_a_post_with_buttons(scene):
    window = scene.open("matt.harper")
    send(window, "/escalation raise Somebody asks about the licence --topic licensing")
    post = card(window, "ESC-1")
    expect(post).to_contain_text("Somebody asks about the licence")
    expect(post.locator("header")).to_contain_text("escalations")
    expect(post.get_by_role("button", name="Claim", exact=True)).to_be_enabled()


def test_a_press_of_claim_changes_the_post_for_everybody_who_looks(scene):
    scene.world.post("[licensing] May I?")
    mine, other = scene.open("jason.blais"), scene.open("matt.harper")
    expect(card(other, "ESC-1")).to_be_visible()
    card(mine, "ESC-1").get_by_role("button", name="Claim", exact=True).click()
    for window in (mine, other):
        expect(card(window, "ESC-1")).to_contain_text("claimed by Jason Blais")
        expect(card(window, "ESC-1").get_by_role("button", name="Claimed")).to_be_disabled()


def test_claim_as_a_reply_in_the_thread_claims(scene):
    scene.world.post("[licensing] May I?")
    window = scene.open("jason.blais")
    card(window, "ESC-1").hover()
    card(window, "ESC-1").get_by_title("Reply").click()
    thread = window.get_by_role("complementary", name="Thread")
    expect(thread.get_by_role("combobox")).to_be_focused()
    send(window, "claim", "Reply to this thread")
    expect(thread).to_contain_text("claimed by Jason Blais")
    expect(card(window, "ESC-1")).to_contain_text("1 reply")
    expect(thread.get_by_role("button", name=re.compile("white_check_mark"))).to_be_visible()


def test_a_refusal_is_seen_by_its_person_alone(scene):
    scene.world.post("[licensing] May I?")
    refused, other = scene.open("tim.quock"), scene.open("jason.blais")
    card(refused, "ESC-1").get_by_role("button", name="Claim", exact=True).click()
    notice = refused.get_by_role("dialog", name="Nothing was done")
    expect(notice).to_contain_text("Only approved responders may claim ESC-1")
    notice.get_by_role("button", name="OK").click()
    expect(notice).to_have_count(0)
    card(other, "ESC-1").get_by_role("button", name="Claim", exact=True).click()
    expect(card(other, "ESC-1")).to_contain_text("claimed by")
    expect(other.locator("body")).not_to_contain_text("approved responder")


def test_whoever_is_mentioned_sees_how_often_and_the_count_goes_when_the_channel_is_seen(scene):
    window = scene.open("jason.blais", "#/channels/town-square")
    entry = window.get_by_role("link", name="Community Escalations")
    expect(entry.locator(".badge")).to_have_count(0)
    scene.world.post("[licensing] One", 1)
    scene.world.post("[licensing] Two", 2)
    expect(entry.locator(".badge")).to_have_text("2")
    expect(window).to_have_title(re.compile(r"^\(2\) "))
    entry.click()
    expect(card(window, "ESC-2").locator(".mention.me")).to_have_text("@jason.blais")
    expect(entry.locator(".badge")).to_have_count(0)
    member = scene.world.member("jason.blais")
    assert member.mention_count(scene.world.places()[1]) == 0


def test_being_somebody_else_is_one_click_and_shows_what_waits_for_each(scene):
    scene.world.post("[licensing] May I?")
    window = scene.open("matt.harper")
    expect(card(window, "ESC-1")).to_be_visible()
    window.get_by_role("button", name="Matt Harper").click()
    jason = window.get_by_role("link", name=re.compile("Jason Blais"))
    expect(jason.locator(".badge")).to_have_text("1")
    jason.click()
    expect(window.get_by_role("button", name="Jason Blais")).to_be_visible()
    expect(card(window, "ESC-1").locator(".mention.me")).to_have_text("@jason.blais")


def test_a_case_is_dismissed_in_its_dialog_which_says_what_is_missing(scene):
    scene.world.post("[licensing] May I?")
    window = scene.open("jason.blais")
    card(window, "ESC-1").get_by_role("button", name="Dismiss").click()
    dialog = window.get_by_role("dialog", name="Dismiss ESC-1")
    dialog.get_by_role("button", name="Dismiss").click()
    expect(dialog).to_contain_text("This field is required")
    dialog.get_by_label("No answer is due").check()
    dialog.get_by_label("Remark").fill("asked and answered")
    dialog.get_by_role("button", name="Dismiss").click()
    expect(dialog).to_have_count(0)
    expect(card(window, "ESC-1")).to_contain_text("closed: no-answer-due")
    assert scene.world.events("ESC-1")[-1] == "dismiss"


def test_an_owner_is_chosen_in_a_dialog_and_mentioned_in_the_thread(scene):
    scene.world.post("[licensing] May I?")
    window = scene.open("jason.blais")
    card(window, "ESC-1").get_by_role("button", name="Assign").click()
    dialog = window.get_by_role("dialog", name="Assign ESC-1")
    dialog.get_by_label("New owner").select_option("Katie Wiersgalla")
    dialog.get_by_role("button", name="Assign").click()
    expect(card(window, "ESC-1")).to_contain_text("owner Katie Wiersgalla")
    katie = scene.open("katie.wiersgalla", "#/channels/town-square")
    expect(katie.get_by_role("link", name="Threads").locator(".badge")).to_have_text("1")


def test_an_urgent_matter_is_labelled(scene):
    scene.world.post("[security-vulnerability] Look")
    window = scene.open("daniel.schalla")
    expect(card(window, "ESC-1").locator(".priority")).to_have_text("urgent")


def test_everything_can_be_done_by_keyboard(scene):
    scene.world.post("[licensing] May I?")
    window = scene.open("jason.blais")
    expect(card(window, "ESC-1")).to_be_visible()
    claim = card(window, "ESC-1").get_by_role("button", name="Claim", exact=True)
    window.get_by_role("combobox", name=COMPOSER).focus()
    tab_until(window, claim, "Shift+Tab")
    window.keyboard.press("Enter")
    expect(card(window, "ESC-1")).to_contain_text("claimed by Jason Blais")
    release = card(window, "ESC-1").get_by_role("button", name="Release")
    tab_until(window, release, "Tab")
    window.get_by_role("combobox", name=COMPOSER).focus()
    window.keyboard.type("/esc")
    expect(window.get_by_role("option", name="escalation")).to_be_visible()
    window.keyboard.press("Tab")
    window.keyboard.type("list")
    window.keyboard.press("Enter")
    expect(window.locator(".post.ephemeral")).to_contain_text("ESC-1")
    window.keyboard.press("Alt+ArrowDown")
    expect(window.get_by_role("heading", name="Off-Topic").first).to_be_visible()
    window.get_by_role("button", name="Jason Blais").focus()
    window.keyboard.press("Enter")
    expect(window.get_by_role("link", name=re.compile("Jason Blais"))).to_be_focused()
    window.keyboard.press("ArrowUp")
    window.keyboard.press("Enter")
    expect(window.get_by_role("button", name="Daniel Schalla")).to_be_visible()


def tab_until(window, target, key):
    """Go on by one key until something has the focus; it must be reached within the page's length."""
    for _ in range(60):
        if target.evaluate("(node) => node === document.activeElement"):
            return
        window.keyboard.press(key)
    raise AssertionError(f"{key} never led there")


def test_at_a_phone_s_width_nothing_is_wider_than_the_screen(scene):
    scene.world.post("[licensing] " + "https://example.com/" + "a" * 300, title="A question " * 20)
    window = scene.open("jason.blais", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    expect(card(window, "ESC-1")).to_be_visible()
    assert window.evaluate("document.documentElement.scrollWidth") == 390
    assert window.locator(".channel .scroll").evaluate("(node) => node.scrollWidth - node.clientWidth") == 0
    window.get_by_role("button", name="Channels").tap()
    window.get_by_role("link", name="Town Square").tap()
    expect(window.get_by_role("heading", name="Town Square").first).to_be_visible()
    window.get_by_role("button", name="Channels").tap()
    window.get_by_role("link", name="Community Escalations").tap()
    card(window, "ESC-1").get_by_role("button", name="Claim", exact=True).tap()
    expect(card(window, "ESC-1")).to_contain_text("claimed by Jason Blais")
