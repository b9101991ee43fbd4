"""`escalation-router train`: what it learns from, and which models it writes. Whole runs are in tests/process/."""

from dataclasses import replace

import click
import pytest
from teaching import CHECK, going_by, mistaught, model, texts

from router.classify.classifier import TopicClassifier
from router.classify.learning import train as learn
from router.classify.model import load
from router.classify.texts import NONE
from router.cli.train import _decisions, _examples, _told, adopt, in_use
from router.config import examine_policy_file, read_settings
from router.core.recognition import Recognition
from router.core.topics import Routing
from router.core.units import Unit

EXAMPLES = ("Would you sponsor our meetup?", "Could you speak at our university?")


@pytest.fixture
def learnt_from(url):
    """Return what is learnt from that store."""
    return lambda: list(_decisions(read_settings({"ROUTER_DATABASE_URL": url})))


@pytest.fixture
def trained(policy, tmp_path):
    """Return a policy that goes by a small model."""
    return going_by(policy, model(tmp_path))


# ------------------------------------------------------------------------------------------- which file


def test_it_has_to_be_told_which_file_to_write(run):
    result = run("train")
    assert result.exit_code == 2
    assert "name a file with --output, and the same as model under [classifier]" in result.stderr


def test_a_file_that_can_not_be_written_ends_it_before_anything_is_learnt(run):
    result = run("train", "--output", "nowhere/own.model")
    assert result.exit_code == 1
    assert result.stderr == "Error: nowhere/own.model can't be written: No such file or directory\n"


def test_a_policy_file_that_is_faulty_ends_it_before_anything_is_learnt(run, tmp_path):
    (tmp_path / "bad.toml").write_text("[classifier]\nmodel = 'nowhere.model'\n")
    result = run("train", "--policy", "bad.toml")
    assert result.exit_code == 1
    assert "there is no file" in result.stderr


def test_without_scikit_learn_it_says_what_to_install(start, tmp_path):
    (tmp_path / "absent").mkdir()
    (tmp_path / "absent/sklearn.py").write_text("raise ModuleNotFoundError('no sklearn', name='sklearn')")
    process = start("train", "--output", "own.model", PYTHONPATH=tmp_path / "absent")
    _, told = process.communicate(timeout=60)
    assert process.returncode == 1
    assert told.decode() == "Error: training needs scikit-learn: pip install 'escalation-router[train]'\n"
    assert not (tmp_path / "own.model").exists()


# ------------------------------------------------------------------------------------------- better or worse


def test_a_model_that_is_as_good_is_written_and_compared(trained, tmp_path, capsys):
    path = tmp_path / "new.model"
    adopt(learn(texts(), texts(CHECK)), path, trained, texts(CHECK), in_use(trained, texts(CHECK)))
    assert load(path).version == load(tmp_path / "small.model").version
    first, macro, *rest = capsys.readouterr().out.splitlines()
    assert first.split() == ["CHECK", "SET,", "14", "TEXTS", "IN", "USE", "NEW"]
    *name, before, after = macro.split()
    assert (name, before) == (["macro", "F1"], after)
    assert any(line.startswith("F1 of licensing") for line in rest)


def test_a_model_that_does_worse_is_refused_and_nothing_is_written(trained, tmp_path, capsys):
    path = tmp_path / "new.model"
    path.write_bytes(b"what was there")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(click.ClickException, match=r"does worse on the check set: .*new\.model was not written"):
        adopt(learn(mistaught(), texts(CHECK)), path, trained, texts(CHECK), in_use(trained, texts(CHECK)))
    assert path.read_bytes() == b"what was there"
    assert sorted(tmp_path.iterdir()) == before
    assert "macro F1" in capsys.readouterr().out


def test_a_model_that_does_better_takes_the_place_of_the_one_in_use(policy, tmp_path):
    path = model(tmp_path, learnt=mistaught())
    trained = going_by(policy, path)
    better = learn(texts(), texts(CHECK))
    adopt(better, path, trained, texts(CHECK), in_use(trained, texts(CHECK)))
    assert path.read_bytes() == better


def test_a_model_in_use_that_cannot_be_read_is_told_of_and_replaced(policy, tmp_path, capsys):
    path = tmp_path / "older.model"
    path.write_bytes(b"of another version")
    assert in_use(going_by(policy, path), texts(CHECK)) is None
    assert "nothing to compare with" in capsys.readouterr().err
    better = learn(texts(), texts(CHECK))
    adopt(better, path, policy, texts(CHECK), None)
    assert path.read_bytes() == better


# ------------------------------------------------------------------------------------------- what it learns from


def test_the_examples_of_the_policy_file_are_learnt_under_their_topics(small, tmp_path):
    (tmp_path / "own.toml").write_text(
        small.replace('id = "licensing"', f'id = "sponsorship"\nexamples = {list(EXAMPLES)}', 1)
    )
    policy, _ = examine_policy_file(tmp_path / "own.toml").accepted()
    found = list(_examples(policy))
    assert [(text.label, text.body) for text in found] == [("sponsorship", one) for one in EXAMPLES]
    assert _told(found) == "2 of your own (sponsorship 2)"


def test_without_examples_or_decisions_nothing_is_ones_own(policy, learnt_from):
    assert [*_examples(policy), *learnt_from()] == []
    assert _told([]) == "0 of your own"


def test_what_people_decided_is_learnt_masked_and_with_its_source(office, learnt_from):
    office.commanded(office.opened(title="For jane@example.com"), "topic", topic="packaging")
    (text,) = learnt_from()
    assert (text.label, text.title, text.body) == ("packaging", "For [e-mail]", "We would like to know.")
    assert (text.source, text.kind) == ("github", "issue")


def test_what_people_dismissed_is_learnt_as_not_sensitive(office, dismissed, learnt_from):
    dismissed(office)
    assert [text.label for text in learnt_from()] == [NONE]


def test_a_case_that_nobody_decided_on_teaches_nothing(office, learnt_from):
    office.opened()
    assert learnt_from() == []


def test_a_decision_is_forgotten_when_its_text_was_erased(office, learnt_from):
    case = office.commanded(office.opened(), "topic", topic="packaging")
    assert len(learnt_from()) == 1
    (heard,) = case.matter.signals
    erased = replace(case.matter, signals=(replace(heard, title="", text=""),))
    office.store.commit(Unit(cases=(replace(case, version=case.version + 1, matter=erased),)))
    assert learnt_from() == []


def test_a_decision_changes_what_is_said_of_such_a_signal(office, learnt_from, tmp_path, policy):
    title = "Who moderates the bazaar on Thursdays?"
    office.commanded(office.opened(title=title), "topic", topic="packaging")
    likely = []
    for own in ([], learnt_from() * 3):
        learnt = load(model(tmp_path, f"{len(own)}.model", [*texts(), *own]))
        classifier = TopicClassifier(
            learnt, [policy.topics["packaging"]], Recognition(given_escalate_from=0.0, given_triage_from=0.0)
        )
        verdict = classifier.classify(title, "We would like to know.", kind="issue")
        assert verdict.decision == Routing.ESCALATE
        likely.append(verdict.confidence)
    assert likely[1] > 2 * likely[0]
