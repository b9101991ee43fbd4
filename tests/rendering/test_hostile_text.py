"""Hostile text in every template: it mentions nobody, links nowhere, loads nothing, and stays in its quotation."""

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from core_builders import POLICY, actor
from hostile_texts import ADDRESSES, CORPUS
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering_builders import RENDERER, TEMPLATES, notice_of, reply_posts, responses, root_posts

from router.core.commands import usage
from router.core.kinds import table
from router.rendering import code, link, moment, neutral, quote, short
from router.sandbox.mentions import mentions_of

LONGEST = 16383  # Mattermost's model/post.go
VICTIMS = ["victim", "ann.mm", "bob.mm", "eve.mm", "fay.mm", "gus.mm", "dan.mm", "cat.mm", "stranger", "user"]
INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200c-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
ESCAPED = re.compile(r"\\[!-/:-@\[-`{-~]")
SPANS = re.compile(r"(?<!\\)`[^`]*`")
NAME_AFTER_AT = re.compile(r"@(?=[\w.\-])")


def judge(message, meant):
    """Say what is wrong with a post that should mention `meant` and nobody else."""
    told = mentions_of(message, {}, {*VICTIMS, *meant})
    bare = SPANS.sub("", message)
    plain = ESCAPED.sub("x", bare)
    faults = {
        "mentions": sorted(told.usernames) != sorted(meant),
        "everybody": told.everyone or told.here,
        "a name after @": len(NAME_AFTER_AT.findall(bare)) != len(meant),
        "a link, image or tag": any(one in plain for one in ("[", "]", "![")) or bool(re.search("<(?!\u200b)", plain)),
        "code or a table": "`" in plain or "|" in plain,
        "a mark at the start of a line": bool(
            re.search(r"^(?:> ?)*\s*(?:#|=|-|\+|~~~|\d{1,9}[.)])", plain, re.MULTILINE)
        ),
        "a second quotation": bool(re.search(r"(?<!^)>", plain, re.MULTILINE)),
        "hidden characters": bool(INVISIBLE.search(message)),
        "length": len(message) >= LONGEST,
    }
    return [name for name, wrong in faults.items() if wrong]


def meant_by_root(case):
    people = case.terms.managers if case.matter.topic is None else (*case.terms.approved, *case.terms.loop_in)
    return [*(POLICY.username(one) for one in dict.fromkeys(people)), *case.matter.followers]


def hostile(text):
    """Everything that comes from outside, with that text in it."""
    return {"body": text, "title": text, "headline": text, "author": text or None}


@pytest.mark.parametrize("name", CORPUS)
def test_a_hostile_text_is_harmless_in_every_root_post(name):
    for post, (case, rendered) in root_posts(**hostile(CORPUS[name])).items():
        meant = [] if post == "root-moved" else meant_by_root(case)
        assert judge(rendered.message, meant) == [], post


@pytest.mark.parametrize("name", CORPUS)
def test_a_hostile_text_is_harmless_in_every_reply(name):
    by = replace(actor("ann"), name=CORPUS[name], username=CORPUS[name] or "x")
    for post, (reply, rendered) in reply_posts(by=by, **hostile(CORPUS[name])).items():
        meant = [*(POLICY.username(one) for one in reply.people), *reply.usernames]
        assert judge(rendered.message, meant) == [], post


@pytest.mark.parametrize("name", CORPUS)
def test_a_hostile_text_is_harmless_in_a_notice(name):
    message = notice_of(CORPUS[name]).message.replace("\n- ", "\n")  # people are listed by the template
    assert judge(message, ["eve.mm"]) == []


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_hostile_address_is_harmless_in_every_post(name):
    said = {"url": ADDRESSES[name]}
    for post, (case, rendered) in root_posts(**said).items():
        meant = [] if post == "root-moved" else meant_by_root(case)
        assert judge(rendered.message, meant) == [], post
    for post, (reply, rendered) in reply_posts(**said).items():
        meant = [*(POLICY.username(one) for one in reply.people), *reply.usernames]
        assert judge(rendered.message, meant) == [], post


@pytest.mark.parametrize("name", CORPUS)
def test_the_first_lines_of_the_root_post_are_the_routers_own(name):
    for post, (case, rendered) in root_posts(**hostile(CORPUS[name])).items():
        if post == "root-moved":
            continue
        first, second = rendered.message.splitlines()[:2]
        assert first.startswith(f"**{case.id} · ")
        assert second == " ".join(f"@{one}" for one in meant_by_root(case)) or not meant_by_root(case)
        if case.deadline:
            assert moment(case.deadline) in first


@pytest.mark.parametrize("name", CORPUS)
def test_what_is_quoted_stays_in_its_quotation(name):
    text = "\n".join(f"zzz{line}" for line in re.split("[\n\r\u2028\u2029]", CORPUS[name]))
    _, rendered = root_posts(body=text)["root-open"]
    inside = [line for line in rendered.message.split("\n") if "zzz" in line]
    assert inside
    assert all(line.startswith("> ") for line in inside)


@pytest.mark.parametrize("name", CORPUS)
def test_a_hostile_text_is_harmless_in_every_response(name):
    for template, facts in responses(CORPUS[name]).items():
        message = RENDERER.answer(template, facts).replace("\n1. ", "\n")  # entries are numbered by the template
        assert judge(message, []) == [], template


def test_every_response_is_among_them():
    assert {path.name.removesuffix(".md.j2") for path in (TEMPLATES / "responses").iterdir()} == set(responses(""))


def test_help_shows_every_usage_as_it_is_typed():
    rows = [SimpleNamespace(usage=usage(row), help=row.help, who=row.who.value) for row in table().values()]
    message = RENDERER.answer("help", {"rows": rows, "policy_url": "https://example.org"})
    assert all(f"`{usage(row)}`" in message for row in table().values())
    assert not mentions_of(message, {}, VICTIMS).usernames


def test_template_syntax_in_a_text_is_text():
    _, rendered = root_posts(**hostile("{{ 7*7 }}"))["root-open"]
    assert "49" not in rendered.message
    assert rendered.message.count("7\\*7") == 3


@settings(derandomize=True, max_examples=400, deadline=None)
@given(
    st.text(
        alphabet=st.one_of(st.sampled_from("@ackl hn[]()!<>`*_~#|\\\n \t-+=1.\u200b&;:/"), st.characters()), max_size=80
    )
)
def test_any_text_is_harmless_within_a_line_and_as_a_quotation(text):
    assert judge(f"x {neutral(text)}", []) == []
    assert judge(quote(text), []) == []
    assert "\n" not in neutral(text) + short(text)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(alphabet=st.one_of(st.sampled_from("@ackl hn[]()!<>`*_~#|\\\n?/.:%"), st.characters()), max_size=60))
def test_any_address_is_harmless(text):
    shown = link(f"https://example.org/{text}")
    assert mentions_of(f"see {shown} now", {}, VICTIMS) == mentions_of("", {}, VICTIMS)
    assert len(shown.splitlines()) == 1


# ------------------------------------------------------------------------------------------- the filters


@pytest.mark.parametrize("address", [ADDRESSES["plain"], "http://localhost:8065/x"])
def test_a_plain_address_is_shown_as_it_is(address):
    assert link(address) == address


@pytest.mark.parametrize("name", ["script", "data", "mention", "brackets", "angles", "no-host", "ideographic", "user"])
def test_an_odd_address_is_shown_in_code_where_it_is_no_link(name):
    shown = link(ADDRESSES[name])
    assert (shown[0], shown[-1], shown.count("`")) == ("`", "`", 2)


@pytest.mark.parametrize("post", ["reply-joined"])
def test_a_signal_without_an_address_shows_no_empty_code(post):
    message = reply_posts(url="")[post.removeprefix("reply-")][1].message
    assert "``" not in message


def test_a_long_text_is_cut_and_says_so():
    assert len(short("x" * 500)) == 140
    assert short("x" * 500).endswith("…")
    assert quote("x" * 5000).endswith("\n> …")
    assert len(quote("line\n" * 500).splitlines()) == 25


def test_a_text_that_just_fits_is_not_said_to_be_cut():
    """1,200 characters are quoted whole."""
    assert "…" not in quote("x" * 1200)


def test_a_text_of_24_lines_is_quoted_whole():
    assert len(quote("line\n" * 24).splitlines()) == 24


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("see https://example.org/a_b_c?d=e#f_g.", "see https://example.org/a_b_c?d=e#f_g."),
        ("[the *docs*](https://example.org/a_b)", r"\[the \*docs\*\](https://example.org/a_b)"),
        ("(https://example.org/x)", "(https://example.org/x)"),
        ("https://example.org/`x`", r"https://example.org/ \`x\`"),
        ("https://example.org@victim", "https://example.org @\u200bvictim"),
    ],
)
def test_an_address_within_a_text_leads_where_it_reads(written, shown):
    assert neutral(written) == shown


@pytest.mark.parametrize("written", [r"C:\temp\new", "a < b", "f(x)", "x = y"])
def test_what_does_nothing_is_shown_as_it_was_written(written):
    """Mattermost's clients leave a backslash standing where it escapes nothing that they know."""
    assert neutral(written).replace("\u200b", "") == written


def test_words_of_other_scripts_survive():
    assert quote("Привет, 世界! שלום") == "> Привет, 世界\\! שלום"


def test_no_deadline_is_said_in_words():
    assert moment(None) == "no deadline"
    assert code("a`b") == "a'b"
