"""The grammar: what is a command, what is one with something wrong, and what is talk."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.core.commands import DESK_ROWS, Malformed, Parsed, parse, said_directly, said_in_thread, usage
from router.core.escalations import ROWS
from router.core.kinds import kinds, table

ROWS_BY_WORD = table()
BOT = "escalations"


def slash(text):
    return parse(text, ROWS_BY_WORD)


def thread(text, bot=BOT):
    said = said_in_thread(text, bot, ROWS_BY_WORD)
    return None if said is None else parse(said, ROWS_BY_WORD)


# ------------------------------------------------------------------------------------------- slash


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("claim ESC-1", Parsed("claim", "ESC-1", "")),
        ("CLAIM esc-12", Parsed("claim", "ESC-12", "")),
        ("  claim   ESC-1  ", Parsed("claim", "ESC-1", "")),
        ("claim", Parsed("claim", None, "")),
        ("claim ESC-1.", Parsed("claim", "ESC-1", "")),
        ("note ESC-1: they wrote again", Parsed("note", "ESC-1", "they wrote again")),
        ("assign ESC-1 @user", Parsed("assign", "ESC-1", "@user")),
        ("assign @user", Parsed("assign", None, "@user")),
        ("loop-in ESC-1 @user", Parsed("loop-in", "ESC-1", "@user")),
        ("topic ESC-1 none", Parsed("topic", "ESC-1", "none")),
        ("topic Illicit use", Parsed("topic", None, "Illicit use")),
        ("note ESC-1 two\nlines  here", Parsed("note", "ESC-1", "two\nlines  here")),
        ("dismiss ESC-1 not sensitive at all", Parsed("dismiss", "ESC-1", "not sensitive at all")),
        ("answered ESC-1 https://example.org", Parsed("answered", "ESC-1", "https://example.org")),
        ("close ESC-1", Parsed("close", "ESC-1", "")),
        ("reopen ESC-1", Parsed("reopen", "ESC-1", "")),
        ("release ESC-1", Parsed("release", "ESC-1", "")),
        ("list", Parsed("list", None, "")),
        ("list open", Parsed("list", None, "open")),
        ("show ESC-1", Parsed("show", "ESC-1", "")),
        ("show", Parsed("show", None, "")),
        ("who licensing", Parsed("who", None, "licensing")),
        ("raise ESC-1 is wrong", Parsed("raise", None, "ESC-1 is wrong")),
        ("raise https://example.org --topic law", Parsed("raise", None, "https://example.org --topic law")),
        ("help", Parsed("help", None, "")),
        ("help claim", Parsed("help", None, "claim")),
        ("", Parsed("help", None, "")),
        (" \n ", Parsed("help", None, "")),
    ],
)
def test_a_command_is_word_case_and_the_rest(text, parsed):
    assert slash(text) == parsed


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("claims", "there is no command “claims”; “help” lists them"),
        ("x" * 99, f"there is no command “{'x' * 40}”; “help” lists them"),
        ("claim ESC-1 now", "“claim” takes nothing after the id"),
        ("close it", "“close” takes nothing after the id"),
        ("assign ESC-1", "“assign” needs more: assign [ID] @user"),
        ("topic", "“topic” needs more: topic [ID] TOPIC"),
        ("note ESC-1", "“note” needs more: note [ID] TEXT"),
        ("dismiss", "“dismiss” needs more: dismiss [ID] REASON [TEXT]"),
        ("answered", "“answered” needs more: answered [ID] URL"),
        ("raise", "“raise” needs more: raise TEXT-or-URL [--topic TOPIC]"),
        ("who", "“who” needs more: who TOPIC"),
    ],
)
def test_a_command_with_something_wrong_says_what_and_what_would_be_right(text, problem):
    read = slash(text)
    assert isinstance(read, Malformed)
    assert read.problem == problem


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("dismiss ESC-1", Parsed("dismiss", "ESC-1", "")),
        ("raise", Parsed("raise", None, "")),
        ("claims", None),
        ("close it", None),
    ],
)
def test_a_command_that_lacks_only_its_argument_is_told_apart(text, lacking):
    assert slash(text).lacking == lacking


@pytest.mark.parametrize("text", ["UTF-8 is broken", "GPL-3 again", "SHA-256 too", "RFC-2119 says MUST", "AES-128"])
def test_a_remark_that_begins_like_an_id_is_a_remark(text):
    """Only ids of a kind of case are ids."""
    assert slash(f"note {text}") == Parsed("note", None, text)


# ------------------------------------------------------------------------------------------- thread


@pytest.mark.parametrize(
    "text",
    [
        "claim",
        "Claim",
        "CLAIM",
        " claim ",
        "claim!",
        "claim.",
        "claim…",
        "*claim*",
        "`claim`",
        "“claim”",
        "claim\n",
        "!claim",
    ],
)
def test_the_whole_message_claim_is_a_command(text):
    assert thread(text) == Parsed("claim", None, "")


TALK = """
release is planned for Friday
Release is planned for Friday!
release
close
Close this please
close, but no cigar
reopen
note
Note that we changed it
note: the docs say so
dismiss
dismiss it
answered
answered below
topic
topic none
assign @ann
assign it to me
loop-in @ann
I claim this
claim it
claim ESC-1
claims
reclaim
they claim that it leaks
claim, then answer
disclaim
help
help me
list
show
show me
who
who knows?
raise
raise the limit
!important
!
!!
!!!
! important
!=
!claims
!noted
-!note
see !note
please !claim
@ann claim
@ann release
@all claim
@escalations.bot claim
@escalations.bot
@escalations-bot release
@escalations_bot release
@escalationsbot release
@escalations2 release
@escalations.de.x release
thanks @escalations
hey @escalations release
escalations release
/escalation claim
> release
https://example.org/claim
""".strip().splitlines()


@pytest.mark.parametrize("text", [*TALK, "", "   ", "\n", "claim\nand more", "well\nclaim", "!\u200bnote x"])
def test_talk_does_nothing(text):
    assert thread(text) is None


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("!release", Parsed("release", None, "")),
        ("!RELEASE", Parsed("release", None, "")),
        ("! release", Parsed("release", None, "")),
        ("!note that it leaks", Parsed("note", None, "that it leaks")),
        ("!note\nit leaks", Parsed("note", None, "it leaks")),
        ("!assign ESC-2 @user", Parsed("assign", "ESC-2", "@user")),
        ("!help", Parsed("help", None, "")),
        ("@escalations release", Parsed("release", None, "")),
        ("@Escalations RELEASE", Parsed("release", None, "")),
        ("@escalations: release", Parsed("release", None, "")),
        ("@escalations, !release", Parsed("release", None, "")),
        ("@escalations. release", Parsed("release", None, "")),
        ("@escalations\nrelease", Parsed("release", None, "")),
        ("@escalations", Parsed("help", None, "")),
        ("@escalations claim ESC-3", Parsed("claim", "ESC-3", "")),
    ],
)
def test_a_mark_or_the_bots_name_makes_it_a_command(text, parsed):
    assert thread(text) == parsed


@pytest.mark.parametrize("text", ["!note", "!close enough", "@escalations thanks", "@escalations assign"])
def test_a_marked_command_with_something_wrong_is_answered(text):
    assert isinstance(thread(text), Malformed)


@pytest.mark.parametrize("text", ["@ noon works for me", "@", "@ release"])
def test_before_the_bots_name_is_known_an_at_sign_is_talk(text):
    assert thread(text, "") is None


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_unmarked_text_is_talk_whatever_it_is(text):
    said = text.strip().lower()
    if said.startswith(("!", "@")) or "claim" in said:
        return
    assert thread(text) is None


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_no_text_can_break_the_grammar(text):
    assert isinstance(slash(text), Parsed | Malformed)
    assert isinstance(thread(f"!{text}"), Parsed | Malformed | None)
    assert isinstance(thread(f"@escalations {text}"), Parsed | Malformed)


# ------------------------------------------------------------------------------------------- the table


def test_the_one_table_has_the_desks_rows_and_those_of_every_kind():
    assert list(table()) == [row.word for row in (*DESK_ROWS, *ROWS)]


def test_no_word_stands_for_two_commands():
    words = [row.word for row in (*DESK_ROWS, *(row for kind in kinds().values() for row in kind.ROWS))]
    assert len(words) == len(set(words))


def test_kinds_are_found_by_name():
    assert [(name, kind.PREFIX) for name, kind in kinds().items()] == [("escalation", "ESC")]


def test_every_row_has_a_sentence_of_help_and_a_usage():
    assert all(row.help and usage(row).startswith(row.word) for row in table().values())


@pytest.mark.parametrize(
    ("word", "written"),
    [("claim", "claim [ID]"), ("list", "list [mine|open|overdue|TOPIC]"), ("show", "show ID"), ("help", "help")],
)
def test_usage_shows_the_id_where_there_is_one(word, written):
    assert usage(table()[word]) == written


# ------------------------------------------------------------------------------------------- direct messages


@pytest.mark.parametrize(
    "text",
    [
        "claim ESC-1",
        "!claim ESC-1",
        "/escalation claim ESC-1",
        "@escalations claim ESC-1",
        "  @Escalations: !claim ESC-1",
    ],
)
def test_a_direct_message_is_a_command_with_or_without_what_begins_one_elsewhere(text):
    assert slash(said_directly(text, BOT)) == Parsed("claim", "ESC-1", "")


@pytest.mark.parametrize("text", ["", "  ", "!", "@escalations", "/escalation"])
def test_a_direct_message_that_asks_for_nothing_asks_for_help(text):
    assert slash(said_directly(text, BOT)) == Parsed("help", None, "")


@pytest.mark.parametrize("text", ["/escalations list", "@escalations-two list", "hello there"])
def test_a_direct_message_that_is_no_command_stays_as_it_was(text):
    assert said_directly(text, BOT) == text
