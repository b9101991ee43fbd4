from router.core.topics import Routing


def test_a_tenth_topic_is_recognised_by_its_own_phrases(make, nine, topic):
    classifier = make([*nine, topic("sponsorship", ["conference booth", "sponsor our meetup"])])
    verdict = classifier.classify("Would you sponsor our meetup?", "")
    assert (verdict.label, verdict.decision) == ("sponsorship", Routing.ESCALATE)
    assert verdict.evidence == ("sponsor our meetup",)


def test_a_tenth_topic_is_recognised_by_an_example(make, nine, topic):
    example = "Can your founders speak at our university about open collaboration next spring?"
    classifier = make([*nine, topic("speaking", examples=[example])])
    verdict = classifier.classify("", "Next spring, could one of the founders speak at the university in Graz?")
    assert verdict.label == "speaking"


def test_an_example_is_not_recognised_by_a_few_of_its_words(make, topic):
    classifier = make([topic("speaking", examples=["Can your founders speak at our university next spring?"])])
    assert classifier.classify("", "Next spring the server will be moved.").label is None


def test_own_phrases_add_to_the_shipped_ones(make, topic):
    classifier = make([topic("licensing", ["Zebra clause"])])
    assert classifier.classify("What about the zebra clause?", "").label == "licensing"
    assert classifier.classify("AGPL question: may we resell it?", "").label == "licensing"


def test_own_phrases_may_be_chinese(make, topic):
    assert make([topic("sponsorship", ["赞助"])]).classify("", "你们能赞助我们的会议吗").label == "sponsorship"


def test_signs_of_syntax_in_an_own_phrase_are_only_punctuation(make, topic):
    classifier = make([topic("odd", ["c++ (beta|alpha", "???", "{x} ..."])])
    assert classifier.classify("", "c beta alpha").label == "odd"


def test_a_topic_that_the_model_and_the_policy_file_say_nothing_of_is_never_proposed(make, topic):
    assert make([topic("unheard-of")]).classify("Unheard of", "unheard-of").label is None


def test_what_is_about_a_topic_that_the_policy_lacks_is_not_sensitive(make, topic):
    classifier = make([topic("packaging")])
    assert classifier.classify("I found a remote code execution vulnerability", "").label is None


def test_without_topics_nothing_is_sensitive(make):
    assert make([]).classify("Warrant canary", "").decision == Routing.NONE
