"""Who is mentioned: every form that was tried on a running server."""

import pytest

from router.sandbox.mentions import mentions_of

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
    "first.@{}",
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


def _names(message="", **props):
    found = mentions_of(message, props, {"alice", "bob"})
    return set(found.usernames) | ({"channel"} if found.everyone else set()) | ({"here"} if found.here else set())


@pytest.mark.parametrize("name", ["alice", "channel", "here"])
@pytest.mark.parametrize("text", NOTIFIES)
def test_a_name_in_the_open_notifies(text, name):
    assert name in _names(text.format(name))


@pytest.mark.parametrize("name", ["alice", "channel", "here"])
@pytest.mark.parametrize("text", DOES_NOT_NOTIFY)
def test_a_covered_name_does_not_notify(text, name):
    assert _names(text.format(name, name)) == set()


@pytest.mark.parametrize("text", ["@Alice", "@ALICE", "@aLiCe."])
def test_the_case_of_a_name_does_not_matter(text):
    assert _names(text) == {"alice"}


def test_all_is_another_word_for_channel():
    assert _names("@all") == {"channel"}


def test_a_name_with_dots_is_found_whole_before_it_is_cut():
    found = mentions_of("@alice.b. hello", {}, {"alice", "alice.b"})
    assert found.usernames == {"alice.b"}


@pytest.mark.parametrize(
    "attachment",
    [{"pretext": "@alice"}, {"text": "@alice"}, {"fields": [{"title": "x", "value": "@alice"}]}],
)
def test_the_texts_of_an_attachment_are_read(attachment):
    assert _names(attachments=[attachment]) == {"alice"}


@pytest.mark.parametrize("key", ["title", "footer", "author_name", "fallback", "title_link", "author_link"])
def test_the_trimmings_of_an_attachment_are_not_read(key):
    assert _names(attachments=[{key: "@alice"}]) == set()


def test_titles_of_fields_numbers_and_button_names_are_not_read():
    attachment = {"fields": [{"title": "@alice", "value": 1}], "actions": [{"name": "@alice"}]}
    assert _names(attachments=[attachment]) == set()


def test_a_fence_opened_in_one_text_does_not_cover_the_next():
    assert _names("```\n@bob", attachments=[{"pretext": "`", "text": "@alice`"}]) == {"alice"}


def test_attachments_of_another_shape_are_passed_over():
    assert _names("@bob", attachments=[None, 1, {"fields": "x", "text": 3}]) == {"bob"}


def test_a_text_too_long_to_scan_mentions_nobody():
    assert _names("@alice " + "x" * 131_072) == set()
