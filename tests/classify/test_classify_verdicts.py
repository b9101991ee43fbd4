from concurrent.futures import ThreadPoolExecutor

import pytest

from router.classify import PhraseClassifier
from router.core.topics import Routing


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("Is telemetry GDPR compliant?", "product-regulation"),
        ("I found a remote code execution vulnerability", "security-vulnerability"),
        ("Can we use the MIT build commercially?", "licensing"),
        ("Please make SSO free", "packaging"),
        ("Did you ever get a national security letter?", "government-request"),
    ],
)
def test_a_strong_phrase_in_a_short_text_escalates(classifier, title, label):
    verdict = classifier.classify(title, "")
    assert (verdict.label, verdict.decision) == (label, Routing.ESCALATE)


def test_the_same_words_escalate_as_a_body_without_a_title(classifier):
    assert classifier.classify("", "I found a remote code execution vulnerability").decision == Routing.ESCALATE


def test_a_mere_keyword_is_not_sensitive(classifier):
    verdict = classifier.classify("fix licence header lint", "")
    assert (verdict.label, verdict.decision) == (None, Routing.NONE)


def test_an_empty_signal_is_surely_not_sensitive_and_has_no_evidence(classifier):
    verdict = classifier.classify("", "")
    assert (verdict.label, verdict.confidence, verdict.evidence) == (None, 1.0, ())


def test_a_lone_ambiguous_word_goes_to_triage_with_its_label_first(classifier):
    verdict = classifier.classify("", "We have a question about telemetry.")
    assert verdict.decision == Routing.TRIAGE
    assert verdict.candidates[0] == verdict.label == "privacy-telemetry"


def test_triage_names_at_most_three_topics(classifier):
    verdict = classifier.classify("", "telemetry, pricing, licensing, security, newsletter, hiring")
    assert verdict.decision == Routing.TRIAGE
    assert 1 < len(verdict.candidates) <= 3


def test_a_clear_verdict_names_the_second_topic_but_not_itself(classifier):
    verdict = classifier.classify("Subpoena for user data", "Is handing it over a GDPR violation?")
    assert verdict.decision == Routing.ESCALATE
    assert verdict.label not in verdict.candidates
    assert {verdict.label, *verdict.candidates} == {"government-request", "product-regulation"}


def test_gdpr_with_a_newsletter_is_marketing_and_gdpr_alone_is_the_product(classifier):
    assert classifier.classify("Newsletter and GDPR", "").label == "marketing-regulation"
    assert classifier.classify("GDPR request", "").label == "product-regulation"


def test_evidence_is_quoted_as_it_stands_in_the_text(classifier):
    verdict = classifier.classify("", "Is there a Warrant\n  Canary for the cloud?")
    assert "Warrant Canary" in verdict.evidence


def test_evidence_is_short_and_little(classifier):
    body = "\n\n".join(f"gdpr {'-' * n} compliant. Subpoena, FISA, NSL, CLOUD Act, court order, FBI." for n in (5, 500))
    verdict = classifier.classify("Warrant canary", body)
    assert 0 < len(verdict.evidence) <= 5
    assert all(0 < len(quote) <= 80 for quote in verdict.evidence)


def test_evidence_of_a_positive_verdict_names_only_what_speaks_for_it(classifier):
    verdict = classifier.classify("Remote code execution vulnerability", "The flaky unit test is unrelated.")
    assert "flaky" not in verdict.evidence


@pytest.mark.parametrize("wording", ["opt-out of TELEMETRY", "Opt out of telemetry", "opt out of te\u200blemetry"])
def test_hyphens_case_and_invisible_characters_make_no_difference(classifier, wording):
    assert classifier.classify("", wording).label == "privacy-telemetry"


def test_accents_may_be_left_out_or_written_apart(classifier):
    for wording in (
        "désactiver la télémétrie",
        "desactiver la telemetrie",
        "de\u0301sactiver la te\u0301le\u0301me\u0301trie",
    ):
        assert classifier.classify("", wording).label == "privacy-telemetry"


def test_the_title_weighs_more_than_the_body(classifier):
    in_title = classifier.classify("A question about telemetry", "")
    in_body = classifier.classify("", "A question about telemetry")
    assert in_title.confidence > in_body.confidence


def test_a_pull_request_needs_more_than_an_issue(classifier):
    text = ("", "A question about telemetry")
    assert classifier.classify(*text, kind="pull_request").decision == Routing.NONE
    assert classifier.classify(*text, kind="issue").decision == Routing.TRIAGE


def test_thresholds_decide_what_follows(nine):
    text = ("", "A question about telemetry")
    assert PhraseClassifier(nine, escalate_from=0.1, triage_from=0.05).classify(*text).decision == Routing.ESCALATE
    assert PhraseClassifier(nine, escalate_from=0.99, triage_from=0.95).classify(*text).decision == Routing.NONE


def test_many_threads_get_the_verdicts_of_one(classifier):
    texts = [("Warrant canary", ""), ("Make LDAP free", ""), ("Search is slow", "It takes long")] * 20
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(lambda text: classifier.classify(*text), texts))
    assert at_once == [classifier.classify(*text) for text in texts]
