from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from router.classify import classifier_for
from router.classify.classifier import TopicClassifier
from router.classify.texts import CHECK, labelled_texts
from router.core.recognition import Recognition
from router.core.topics import SUREST, Routing

SAID = "I found a remote code execution vulnerability"


def sensitive(verdict):
    """Give how likely a verdict holds the text to be sensitive, at least."""
    return verdict.confidence if verdict.label else 1 - verdict.confidence


@pytest.fixture(scope="module")
def judged(classifier):
    """Return many labelled texts with their verdicts."""
    texts = labelled_texts(CHECK)[::5]
    return [(text, classifier.classify(text.title or "", text.body or "", kind=text.kind)) for text in texts]


@pytest.fixture(scope="module")
def of_two(small, topic):
    """Return how to make a classifier of two topics with the small model."""
    return lambda **given: TopicClassifier(small, [topic("licensing"), topic("packaging")], Recognition(**given))


# ------------------------------------------------------------------------------------------- what is told


@pytest.mark.parametrize(
    ("title", "label"),
    [
        (SAID, "security-vulnerability"),
        ("Can we use the MIT build commercially?", "licensing"),
        ("Please make SSO free", "packaging"),
        ("Did you ever get a national security letter?", "government-request"),
    ],
)
def test_a_clear_short_text_escalates(classifier, title, label):
    verdict = classifier.classify(title, "")
    assert (verdict.label, verdict.decision) == (label, Routing.ESCALATE)


def test_a_guess_is_never_wholly_sure(classifier):
    verdict = classifier.classify(
        "May we rebrand and sell it under the AGPL?", "Can we sell it with our logo under AGPL?"
    )
    assert (verdict.label, verdict.confidence, verdict.sure) == ("licensing", SUREST, "99% sure")


def test_the_same_words_escalate_as_a_body_without_a_title(classifier):
    assert classifier.classify("", SAID).decision == Routing.ESCALATE


def test_a_mere_keyword_is_not_sensitive(classifier):
    verdict = classifier.classify("fix licence header lint", "")
    assert (verdict.label, verdict.decision) == (None, Routing.NONE)


@pytest.mark.parametrize("nothing", ["", " \n", "\u200b", "?!", "```\ncode\n```", "https://example.org/gdpr"])
def test_a_signal_that_says_nothing_is_not_sensitive_and_has_no_evidence(classifier, nothing):
    verdict = classifier.classify("", nothing)
    assert (verdict.label, verdict.decision, verdict.evidence) == (None, Routing.NONE, ())


def test_a_newsletter_is_marketing_whatever_law_is_named_beside_it(classifier):
    assert classifier.classify("Newsletter and GDPR", "").label == "marketing-regulation"


@pytest.mark.parametrize("wording", ["opt-out of TELEMETRY", "Opt out of telemetry", "opt out of te\u200blemetry"])
def test_hyphens_case_and_invisible_characters_make_no_difference(classifier, wording):
    assert sensitive(classifier.classify("", wording)) == sensitive(classifier.classify("", "opt out of telemetry"))


def test_accents_may_be_left_out_or_written_apart(classifier):
    likely = {
        sensitive(classifier.classify("", wording))
        for wording in (
            "désactiver la télémétrie",
            "desactiver la telemetrie",
            "de\u0301sactiver la te\u0301le\u0301me\u0301trie",
        )
    }
    assert len(likely) == 1


def test_a_pull_request_needs_more_than_an_issue(classifier):
    text = ("", "A question about telemetry")
    likely = {kind: sensitive(classifier.classify(*text, kind=kind)) for kind in ("pull_request", "issue")}
    assert likely["pull_request"] < likely["issue"]


def test_the_title_weighs_more_than_the_body(of_two):
    one, other = "Which licence?", "How expensive is the paid edition?"
    classifier = of_two(given_escalate_from=0.0, given_triage_from=0.0)
    first, second = classifier.classify(one, other), classifier.classify(other, one)
    assert second.label == "packaging"
    assert first.label == "licensing" or first.confidence < second.confidence


# ------------------------------------------------------------------------------------------- what follows


def test_the_label_of_an_escalation_is_a_topic_and_that_of_what_is_let_go_is_none(judged):
    assert {verdict.decision for _, verdict in judged} == set(Routing)
    assert all(verdict.label for _, verdict in judged if verdict.decision == Routing.ESCALATE)
    assert not any(verdict.label for _, verdict in judged if verdict.decision == Routing.NONE)


def test_triage_names_the_likeliest_topic_and_at_most_two_others(judged):
    unsure = [verdict for _, verdict in judged if verdict.decision == Routing.TRIAGE]
    assert unsure
    for verdict in unsure:
        assert 1 <= len(verdict.candidates) == len(set(verdict.candidates)) <= 3
        assert verdict.label in {None, verdict.candidates[0]}


def test_in_triage_no_topic_is_the_label_while_not_sensitive_is_likelier(of_two):
    classifier = of_two(given_escalate_from=1.0, given_triage_from=0.0)
    for text, label in (("How expensive is the paid edition?", "packaging"), ("The search flickers", None)):
        verdict = classifier.classify("", text)
        assert (verdict.label, verdict.decision) == (label, Routing.TRIAGE)
        assert verdict.candidates


def test_an_escalation_names_a_second_likely_topic_but_not_itself(of_two):
    verdict = of_two(given_escalate_from=0.3).classify("", "The licence of the paid edition")
    assert verdict.decision == Routing.ESCALATE
    assert {verdict.label, *verdict.candidates} == {"licensing", "packaging"}
    assert len(verdict.candidates) == 1


def test_what_is_let_go_names_no_topic(judged):
    assert not any(verdict.candidates for _, verdict in judged if verdict.decision == Routing.NONE)


def test_thresholds_decide_what_follows(of_two):
    text = ("", "The licence of the paid edition")
    let_go = of_two(given_escalate_from=1.0, given_triage_from=0.9999).classify(*text)
    likely = sensitive(let_go)
    assert (let_go.label, let_go.decision) == (None, Routing.NONE)
    below, above = likely - 0.01, likely + 0.01
    decided = [
        of_two(given_escalate_from=escalate, given_triage_from=triage).classify(*text).decision
        for escalate, triage in ((below, 0.0), (above, below), (1.0, above))
    ]
    assert decided == [Routing.ESCALATE, Routing.TRIAGE, Routing.NONE]


# ------------------------------------------------------------------------------------------- why


def test_evidence_is_quoted_as_it_stands_in_the_text(classifier):
    verdict = classifier.classify("", "Is there a Warrant\n  Canary for the cloud?")
    assert any("Warrant Canary" in quote for quote in verdict.evidence)


def test_evidence_stands_in_the_text_and_is_short_and_little(judged):
    for text, verdict in judged:
        words = "".join(f"{text.title or ''}\n{text.body or ''}".split())
        assert 0 < len(verdict.evidence) <= 3
        assert all(0 < len(quote) <= 80 for quote in verdict.evidence)
        assert "`" in words or "http" in words or all("".join(one.split()) in words for one in verdict.evidence), text


def test_evidence_of_a_long_text_is_short_and_little(classifier):
    body = "\n\n".join(f"gdpr {'-' * n} compliant. Subpoena, FISA, NSL, CLOUD Act, court order, FBI." for n in (5, 500))
    verdict = classifier.classify("Warrant canary", body)
    assert 0 < len(verdict.evidence) <= 3
    assert all(0 < len(quote) <= 80 for quote in verdict.evidence)


def test_no_quote_of_the_evidence_stands_in_another(judged):
    for _, verdict in judged:
        folded = [quote.casefold() for quote in verdict.evidence]
        assert not any(one in other for one in folded for other in folded if one is not other)


def test_what_is_let_go_has_its_reason_too(classifier):
    assert classifier.classify("Fix a typo in the readme", "").evidence


def test_evidence_speaks_for_the_topic_in_triage_and_against_all_of_what_is_let_go(make, topic):
    text = ("", "A bazaar is on Thursday. The sidebar flickers after the update")
    own = [topic("bazaar", phrases=["bazaar"])]
    in_triage = make(own, given_escalate_from=1.0).classify(*text)
    assert (in_triage.decision, in_triage.evidence[0]) == (Routing.TRIAGE, "bazaar")
    let_go = make(own, given_escalate_from=1.0, given_triage_from=0.999).classify(*text)
    assert let_go.decision == Routing.NONE
    assert "bazaar" not in let_go.evidence


# ------------------------------------------------------------------------------------------- many at once


def test_many_threads_get_the_verdicts_of_one(classifier):
    texts = [("Warrant canary", ""), ("Make LDAP free", ""), ("Search is slow", "It takes long")] * 20
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(lambda text: classifier.classify(*text), texts))
    assert at_once == [classifier.classify(*text) for text in texts]


@pytest.mark.parametrize("title", ["May I resell it?", "The build is red"])
def test_one_that_is_not_thorough_judges_alike_and_quotes_only_what_is_sensitive(nine, title):
    thorough, quick = (classifier_for(nine, Recognition(), thorough=one) for one in (True, False))
    whole, short = thorough.classify(title, "See above."), quick.classify(title, "See above.")
    assert whole.evidence
    assert short == replace(whole, evidence=() if whole.decision is Routing.NONE else whole.evidence)
