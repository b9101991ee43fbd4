"""What is learnt or sent elsewhere names nobody by number, address or handle, and opens no door."""

from time import process_time

import pytest
from hostile_texts import ADDRESSES, CORPUS
from hypothesis import example, given
from hypothesis import strategies as st

from router.core.masking import masked

PATIENCE = 3.0  # seconds of work for a text that takes a quarter of one

MASKED = {
    "mail jane.doe+x@mail.example.com!": "mail [e-mail]!",
    "jane (at) example.org": "[e-mail]",
    "ask @jane@bob or @jane@example.com": "ask [user] or @[e-mail]",
    "jane [at]example.co.uk, thanks": "[e-mail], thanks",
    "联系jane@example.com": "[e-mail]",
    "<mailto:jane@example.com>": "<mailto:[e-mail]>",
    "call +49 171 1234567 or 0049-30-123456": "call [phone] or [phone]",
    "(555) 123-4567": "[phone]",
    "tel. 555-123-4567.": "tel. [phone].",
    "030/1234567": "[phone]",
    "06 12 34 56 78": "[phone]",
    "(11) 91234-5678": "[phone]",
    "612 345 678": "[phone]",
    "手机13912345678,": "手机[phone],",
    "03-1234-5678": "[phone]",
    "from 203.0.113.7.": "from [address].",
    "192.168.1.0/24 and 10.0.0.1:8065": "[address]/24 and [address]:8065",
    "2001:db8::8a2e:370:7334 and ::1": "[address] and [address]",
    "00:1A:2b:3c:4d:5e": "[address]",
    "https://jane:pw@example.com/a?b=c#d": "https://example.com/a",
    "(see https://example.com/a?token=x).": "(see https://example.com/a).",
    "http://localhost:8065/x": "http://[host]:8065/x",
    "http://10.1.2.3/x": "http://[host]/x",
    "http://[fe80::1]:80/x": "http://[host]:80/x",
    "https://chat.corp.internal": "https://[host]",
    "postgres://mmuser:mostest@db:5432/mattermost?sslmode=disable": "postgres://[host]:5432/mattermost",
    "ping chat.intern.lan": "ping [host]",
    "cc @jane.doe. and @bob-b, @José": "cc [user]. and [user], [user]",
    "请@jane看": "请[user]看",
    "/home/jane/data C:\\Users\\Jane\\x": "/home/[user]/data C:\\Users\\[user]\\x",
    "password: hunter2": "password: [key]",
    "MM_DB_PASSWORD='hunter2'": "MM_DB_PASSWORD='[key]'",
    '{"clientSecret": "abc", "x": 1}': '{"clientSecret": "[key]", "x": 1}',
    "Authorization: Bearer abcdef.ghi-jkl": "Authorization: Bearer [key]",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln": "[key]",
    "ghp_abcdefghijkl and xoxb-123-abcdefgh": "[key] and [key]",
    "q8s7m1bdk3fx9jw2c5rz6v4nty": "[key]",
    "https://chat.example.com/hooks/q8s7m1bdk3fx9jw2c5rz6v4nty": "https://chat.example.com/hooks/[key]",
    "1a79a4d60de6718e8e5b326e338ae533 d": "[key] d",
    "3fa85f64-5717-4562-b3fc-2c963f66afa6": "[key]",
    "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- ok": "[key] ok",
    "-----BEGIN PRIVATE KEY-----\nabc": "[key]",
    "4111 1111 1111 1111": "[card]",
    "DE89 3704 0044 0532 0130 00 IS MINE": "[iban] IS MINE",
    "GB82WEST12345698765432": "[iban]",
}
KEPT = [
    "Does version 10.5.2 of Mattermost phone home?",
    "On 2024-01-15 at 12:30:45 it took 1234567 ms",
    "@channel @here @all",
    "npm i @mattermost/client",
    "std::string and a ratio of 3:4",
    "mattermost-team-edition-linux-enterprise-package",
    "SOME_VERY_LONG_NAME_OF_A_SETTING",
    "github.com/mattermost/mattermost/issues/27000",
    "https://docs.mattermost.com/about/license.html",
    "the keyboard token ring",
    "1234 5678 9012 3456",  # no card: its check digit is wrong
    "我们可以在商业产品中使用吗?",
    "",
]
RUNS = ["a", "1", "@", ".", "a.", "a@", "@a", "1.", "1 ", "+1", "-", "://", "a://", "=", "token", "token=", "[", "x:"]
LONG = [
    *("0:", ":", "::a", "AB12", "(1", "/home/", "bearer ", "-----BEGIN A-----", "eyJ.", "ghp_", "\\Users\\", " (at) "),
    *("￠", "＠", "é", "中", "\n", " ", "\ud800", "a-b_", "a1" * 9 + " ", "https://a@b:c/?", "00", "67 "),
]


@pytest.mark.parametrize("text", MASKED)
def test_what_points_at_somebody_or_opens_a_door_is_masked(text):
    assert masked(text) == MASKED[text]


@pytest.mark.parametrize("text", KEPT)
def test_ordinary_words_and_numbers_stay(text):
    assert masked(text) == text


@pytest.mark.parametrize("text", [*CORPUS.values(), *ADDRESSES.values(), *MASKED, *MASKED.values()])
def test_masking_what_is_masked_changes_nothing(text):
    assert masked(masked(text)) == masked(text)


@example("@a@b")
@example("@_::9")
@example("::9@a")
@example("=a://.#([+/#")
@given(st.text(st.sampled_from("aZ09 @.:/-+()[]?#=_\\'\n中"), max_size=60))
def test_whatever_is_masked_twice_is_masked_once(text):
    assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize("run", [*RUNS, *LONG])
def test_the_time_it_takes_is_bounded(run):
    text = (run * 50_000)[:50_000]
    start = process_time()
    masked(text)
    masked(f"{text}@")
    assert process_time() - start < PATIENCE
