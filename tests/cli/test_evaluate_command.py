"""`escalation-router evaluate`: how right verdicts on labelled texts are, for people and for scripts."""

import json

import pytest
from teaching import CHECK, SETS, model, texts

FIGURES = {"escalated", "found", "false_alarms", "needless_triage", "right"}
THRESHOLDS = ["0.5", "0.7", "0.8", "0.9", "0.95", "0.98"]


@pytest.fixture
def look(run, tmp_path):
    """Evaluate labelled texts with a small model."""

    def look(*arguments, given=None):
        rows = given or [
            {"label": text.label, "title": text.title, "body": text.body, "kind": text.kind, "lang": "en"}
            for text in texts(CHECK)
        ]
        (tmp_path / "texts.jsonl").write_text("\n".join(map(json.dumps, rows)))
        return run("evaluate", "texts.jsonl", "--model", model(tmp_path), *arguments)

    return look


def test_everything_is_told_in_tables(look):
    result = look()
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "14 texts; in brackets, where the true figure lies in 95 of 100 cases"
    assert lines[1].startswith("macro F1 ")
    headers = ("LABEL  ", "LABEL / ANSWERED", "THRESHOLDS", "GROUP")
    assert [line.split("  ")[0] for line in lines if line.startswith(headers)] == [one.strip() for one in headers]
    for name in (*SETS, "language en", "kind issue", "plain, none", "plain, sensitive"):
        assert any(line.startswith(f"{name} ") for line in lines), name


def test_a_label_that_is_no_topic_is_pointed_out(look):
    result = look(given=[{"label": "lisensing", "body": "May we sell it?"}])
    assert (result.exit_code, result.stderr) == (
        0,
        "no topic of the policy file: lisensing; such texts can't be told\n",
    )
    assert any(line.split()[-1] == "-" for line in result.stdout.splitlines() if line.startswith("none "))


def test_thresholds_are_those_of_the_policy_file_and_others_to_choose_from(look, small, tmp_path):
    (tmp_path / "own.toml").write_text(f"{small}\n[classifier]\nescalate_from = 0.6\ntriage_from = 0.2\n")
    lines = look("--policy", "own.toml").stdout.splitlines()
    assert any(line.startswith("from 0.60, 0.20 (this policy file)") for line in lines)
    for threshold in THRESHOLDS:
        assert any(line.startswith(f"from {float(threshold):.2f} ") for line in lines)


def test_json_is_one_document_with_everything(look):
    document = json.loads(look("--json").stdout)
    assert document["texts"] == 14
    assert set(document["labels"]) >= set(SETS)
    assert {name: one["texts"] for name, one in document["labels"].items() if one["texts"]} == {
        label: len(given) for label, given in CHECK.items()
    }
    assert sum(one["count"] for one in document["confusion"]) == 14
    assert set(document["operating"]) == FIGURES
    assert list(document["escalate_from"]) == THRESHOLDS
    assert set(document["groups"]) == {"kind issue", "language en", "plain, none", "plain, sensitive"}
    low, high = document["macro_f1"]["interval"]
    assert 0 <= low <= document["macro_f1"]["value"] <= high <= 1


def test_the_surer_it_must_be_the_less_is_escalated(look):
    points = json.loads(look("--json").stdout)["escalate_from"]
    for figure in ("escalated", "false_alarms"):
        values = [points[threshold][figure]["value"] for threshold in THRESHOLDS]
        assert values == sorted(values, reverse=True)


def test_equal_texts_give_equal_figures(look):
    assert look("--json").stdout == look("--json").stdout


def test_a_defensible_topic_counts_half(look):
    rows = [{"label": "licensing", "also": ["packaging"], "body": text} for text in SETS["packaging"]]
    plain = [{key: value for key, value in row.items() if key != "also"} for row in rows]
    right, wrong = (
        json.loads(look("--json", given=given).stdout)["escalate_from"]["0.5"]["right"] for given in (rows, plain)
    )
    assert right["of"] == wrong["of"] > 0
    assert right["value"] == wrong["value"] + 0.5


def test_without_a_model_named_the_shipped_one_judges(run, tmp_path):
    (tmp_path / "texts.jsonl").write_text('{"label": "security-vulnerability", "title": "Remote code execution found"}')
    document = json.loads(run("evaluate", "texts.jsonl", "--json").stdout)
    assert document["labels"]["security-vulnerability"]["recall"]["value"] == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"label": "none"}\n{"label": 3}', "texts.jsonl:2: Expected `str`, got `int`"),
        ('{"label": "none"', "texts.jsonl:1: "),
        ('{"title": "May we?"}', 'texts.jsonl: text 1: names no "label"'),
        ("\n", "texts.jsonl holds no texts"),
    ],
)
def test_a_bad_file_is_told_in_one_line(run, tmp_path, content, told):
    (tmp_path / "texts.jsonl").write_text(content)
    result = run("evaluate", "texts.jsonl")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert told in result.stderr


def test_a_file_that_is_no_model_is_told_in_one_line(run, tmp_path):
    (tmp_path / "texts.jsonl").write_text('{"label": "none"}')
    (tmp_path / "no.model").write_text("no model")
    result = run("evaluate", "texts.jsonl", "--model", "no.model")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "no.model: is no model" in result.stderr


def test_a_file_that_is_not_there_is_a_usage_error(run):
    assert run("evaluate", "nowhere.jsonl").exit_code == 2
