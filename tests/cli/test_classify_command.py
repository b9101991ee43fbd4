"""`escalation-router classify`: JSON Lines in, JSON Lines out."""

import json
import os
import re
import threading

import pytest
from world import eventually

SENSITIVE = {"id": "a", "source": "github", "kind": "issue", "title": "Does it phone home?", "body": "What telemetry?"}
ORDINARY = {"id": "b", "source": "github", "kind": "issue", "title": "A typo", "body": "It says teh."}
UNCERTAIN = {
    "id": "c",
    "source": "github",
    "kind": "issue",
    "title": "Data",
    "body": "Where is our personal data kept?",
}
TENTH = """
[[topics]]
id = "events"
title = "Events"
approved_responders = ["Manager"]
phrases = ["garden party"]
"""


def lines(*documents):
    return "".join(f"{json.dumps(one)}\n" for one in documents)


def answers(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_sensitive_text_gets_its_topic_and_the_words_that_decided(run):
    result = run("classify", given=lines(SENSITIVE))
    (answer,) = answers(result)
    assert list(answer) == ["id", "label", "decision", "confidence", "evidence"]
    assert (answer["id"], answer["label"], answer["decision"]) == ("a", "privacy-telemetry", "escalate")
    assert 0.5 < answer["confidence"] <= 1
    assert any("phone home" in quote for quote in answer["evidence"])
    assert (result.exit_code, result.stderr) == (0, "")


def test_the_label_of_an_ordinary_text_is_none(run):
    (answer,) = answers(run("classify", given=lines(ORDINARY)))
    assert (answer["id"], answer["label"], answer["decision"]) == ("b", "none", "none")


def test_the_label_of_an_uncertain_text_is_the_likeliest_topic(run):
    (answer,) = answers(run("classify", given=lines(UNCERTAIN)))
    assert (answer["label"], answer["decision"]) == ("product-regulation", "triage")


def test_answers_come_in_the_order_of_the_texts(run):
    found = answers(run("classify", given=lines(*({"id": number} for number in range(50)))))
    assert [one["id"] for one in found] == list(range(50))


@pytest.mark.parametrize("given", [{}, {"title": None, "body": None}, {"id": None, "more": {"a": [1]}, "label": 3}])
def test_what_is_missing_is_empty_and_what_is_more_is_passed_over(run, given):
    result = run("classify", given=lines(given))
    assert result.exit_code == 0
    (answer,) = answers(result)
    assert answer.pop("confidence") > 0.9
    assert answer == {"id": None, "label": "none", "decision": "none", "evidence": []}


def test_empty_lines_and_a_byte_order_mark_are_nothing(run):
    given = b"\xef\xbb\xbf" + lines(ORDINARY).encode() + b"\n  \r\n" + lines(SENSITIVE).rstrip().encode()
    assert [one["id"] for one in answers(run("classify", given=given))] == ["b", "a"]


def test_no_input_is_no_output(run):
    result = run("classify", given="")
    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize(
    ("damaged", "told"),
    [
        (b'{"id": "x"', "no JSON: Expecting ',' delimiter at column "),
        (b"nonsense", "no JSON: Expecting value at column 1"),
        (b"[]", "$: expected an object"),
        (b'"text"', "$: expected an object"),
        (b'{"title": 3}', "$.title: expected a text or null"),
        (b'{"body": ["a"]}', "$.body: expected a text or null"),
        (b'{"kind": false}', "$.kind: expected a text or null"),
        (b'{"id": NaN}', "$: NaN is no JSON"),
        (b'{"id": "\xff"}', "not UTF-8 at byte 8"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_damaged_line_is_named_after_the_answers_to_those_before(run, damaged, told):
    result = run("classify", given=lines(ORDINARY).encode() + b"\n" + damaged + b"\n" + lines(SENSITIVE).encode())
    assert result.exit_code == 1
    assert [one["id"] for one in answers(result)] == ["b"]
    assert result.stderr.startswith(f"Error: line 3: {told}")
    assert len(result.stderr.splitlines()) == 1


def test_half_a_character_passes_through(run):
    (answer,) = answers(run("classify", given=b'{"id": "\\ud800", "body": "telemetry \\ud800 phones home"}\n'))
    assert answer["id"] == "\ud800"


def test_a_file_may_be_named(run, tmp_path):
    (tmp_path / "texts.jsonl").write_text(lines(ORDINARY, SENSITIVE), encoding="utf-8")
    assert [one["id"] for one in answers(run("classify", "texts.jsonl"))] == ["b", "a"]


def test_a_tenth_topic_of_a_policy_file_is_recognised_by_its_phrases(run, tmp_path, small):
    (tmp_path / "ours.toml").write_text(small + TENTH, encoding="utf-8")
    given = lines({"id": 1, "body": "When is the next garden party?"})
    assert answers(run("classify", given=given))[0]["label"] == "none"
    (answer,) = answers(run("classify", "--policy", "ours.toml", given=given))
    assert (answer["label"], answer["evidence"]) == ("events", ["garden party"])


def test_the_policy_file_is_the_settings_else_the_one_that_is_here(run, tmp_path, small):
    given = lines({"id": 1, "body": "When is the next garden party?"})
    (tmp_path / "ours.toml").write_text(small + TENTH, encoding="utf-8")
    assert answers(run("classify", given=given, ROUTER_POLICY="ours.toml"))[0]["label"] == "events"
    (tmp_path / "ours.toml").rename(tmp_path / "responders.toml")
    assert answers(run("classify", given=given))[0]["label"] == "events"


def test_a_faulty_policy_file_is_refused_with_its_lines(run, tmp_path, small):
    (tmp_path / "ours.toml").write_text(small.replace('"7d"', '"a week"'), encoding="utf-8")
    result = run("classify", "--policy", "ours.toml", given=lines(SENSITIVE))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "ours.toml:28: escalation.close_after" in result.stderr


def test_a_policy_file_that_settings_name_must_be_there(run):
    result = run("classify", given=lines(SENSITIVE), ROUTER_POLICY="nowhere.toml")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nowhere.toml" in result.stderr


def test_every_answer_comes_before_the_next_text_is_needed(start):
    process = start("classify", "-")
    for one in (SENSITIVE, ORDINARY):
        process.stdin.write(lines(one).encode())
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == one["id"]
    process.stdin.close()
    assert process.wait(timeout=60) == 0


def test_nothing_but_answers_is_written_where_nobody_watches(start):
    process = start("classify")
    output, diagnostics = process.communicate(lines(*[SENSITIVE] * 20).encode(), timeout=60)
    assert (len(output.splitlines()), diagnostics) == (20, b"")


def test_somebody_who_types_is_told_how_to_end(at_terminal):
    assert "Ctrl-D ends them" in at_terminal("classify", typed=b"\x04")


def test_somebody_who_waits_is_told_how_far_it_is(at_terminal, tmp_path):
    """Texts come until that was told."""
    os.mkfifo(tmp_path / "slow.jsonl")
    seen, written = bytearray(), []

    def write():
        with (tmp_path / "slow.jsonl").open("w", encoding="utf-8") as pipe:

            def one_more():
                written.append(pipe.write(lines(ORDINARY)))
                pipe.flush()
                return re.search(rb"\r[\d,]+ classified, [\d,]+ a second", seen)

            eventually(one_more, "how far it is", 60)

    writer = threading.Thread(target=write)
    writer.start()
    shown = at_terminal("classify", "slow.jsonl", shown=("stderr",), seen=seen)
    writer.join()
    assert re.search(rf"\r{len(written):,} classified in \d+ seconds *\r\n$", shown)


def test_the_thresholds_are_those_of_the_policy_file(run, small, tmp_path):
    (tmp_path / "ours.toml").write_text(f"{small}{TENTH}\n[classifier]\nescalate_from = 0.99\n", encoding="utf-8")
    (answer,) = answers(run("classify", "--policy", "ours.toml", given=lines({"body": "A garden party"})))
    assert (answer["label"], answer["decision"]) == ("events", "triage")
