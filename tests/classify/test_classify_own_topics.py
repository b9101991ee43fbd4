from router.classify import PhraseClassifier
from router.core.topics import Routing


def test_a_tenth_topic_is_recognised_by_its_own_phrases(nine, topic):
    classifier = PhraseClassifier([*nine, topic("sponsorship", ["conference booth", "sponsor our meetup"])])
    verdict = classifier.classify("Would you sponsor our meetup?", "")
    assert (verdict.label, verdict.decision) == ("sponsorship", Routing.ESCALATE)
    assert verdict.evidence == ("sponsor our meetup",)


def test_a_tenth_topic_is_recognised_by_an_example(nine, topic):
    example = "Can your founders speak at our university about open collaboration next spring?"
    classifier = PhraseClassifier([*nine, topic("speaking", examples=[example])])
    verdict = classifier.classify("", "Next spring, could one of the founders speak at the university in Graz?")
    assert verdict.label == "speaking"


def test_an_example_is_not_recognised_by_a_few_of_its_words(topic):
    classifier = PhraseClassifier(
        [topic("speaking", examples=["Can your founders speak at our university next spring?"])]
    )
    assert classifier.classify("", "Next spring the server will be moved.").label is None


def test_own_phrases_add_to_the_shipped_ones(topic):
    classifier = PhraseClassifier([topic("licensing", ["Zebra clause"])])
    assert classifier.classify("What about the zebra clause?", "").label == "licensing"
    assert classifier.classify("AGPL question: may we resell it?", "").label == "licensing"


def test_own_phrases_may_be_chinese(topic):
    assert (
        PhraseClassifier([topic("sponsorship", ["赞助"])]).classify("", "你们能赞助我们的会议吗").label == "sponsorship"
    )


def test_signs_of_syntax_in_an_own_phrase_are_only_punctuation(topic):
    classifier = PhraseClassifier([topic("odd", ["c++ (beta|alpha", "???", "{x} ..."])])
    assert classifier.classify("", "c beta alpha").label == "odd"


def test_a_topic_without_a_shipped_file_or_phrases_is_never_proposed(topic):
    assert PhraseClassifier([topic("unheard-of")]).classify("Unheard of", "unheard-of").label is None


def test_a_shipped_file_is_not_used_for_a_topic_that_the_policy_lacks(topic):
    classifier = PhraseClassifier([topic("packaging")])
    assert classifier.classify("I found a remote code execution vulnerability", "").label is None


def test_the_files_of_counter_evidence_and_groups_are_no_topics(topic):
    classifier = PhraseClassifier([topic("none"), topic("groups"), topic("../none")])
    assert classifier.classify("Flaky lint warning", "").label is None


def test_without_topics_nothing_is_sensitive():
    assert PhraseClassifier([]).classify("Warrant canary", "").decision == Routing.NONE
