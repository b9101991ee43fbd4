"""What is only watched: it judges afterwards, it is compared, and it can neither delay nor break anything."""

from datetime import UTC, datetime

import pytest
from world import ManualClock, WordClassifier

from router.core.signals import Signal
from router.service.shadow import DIFFERING, KEPT, LONGEST_WAITING, MOST_WAITING, Shadow, compared
from router.storage import open_store

PLAIN, LICENSING = "thanks!", "[licensing] may we?"


class Broken:
    def classify(self, title, body, *, source="", kind=""):
        raise ZeroDivisionError


class Deaf:
    """Finds nothing sensitive."""

    def classify(self, title, body, *, source="", kind=""):
        return WordClassifier().classify("", "")


@pytest.fixture
def store():
    return open_store("memory://")


@pytest.fixture
def watch(store):
    """Return a maker of shadows over the store."""
    return lambda classifier, name="a": Shadow(classifier, name, store, ManualClock())


def note(shadow, *texts):
    """Have the active classifier judge."""
    for number, text in enumerate(texts):
        url = f"https://example.org/{number}"
        signal = Signal("github", "", "issue", str(number), "t", url, "", "", text, None, datetime.now(UTC))
        shadow.note(signal, WordClassifier().classify("", text))


def words(found):
    return {(active.label, shadow.label): count for (active, shadow), count in found.pairs.items()}


def test_what_both_judge_alike_is_only_counted(store, watch):
    shadow = watch(WordClassifier())
    note(shadow, PLAIN, LICENSING)
    shadow.catch_up()
    found = compared(store)
    assert (found.judged, found.different, found.latest) == (2, 0, [])


def test_what_they_judge_differently_is_kept_with_its_link_and_without_its_text(store, watch):
    shadow = watch(Deaf())
    note(shadow, PLAIN, LICENSING)
    shadow.catch_up()
    found = compared(store)
    assert (found.judged, found.different, words(found)) == (2, 1, {("licensing", None): 1})
    (one,) = found.latest
    assert (one.at, one.url, one.active.label, one.shadow.label) == (
        ManualClock().at,
        "https://example.org/1",
        "licensing",
        None,
    )
    assert "may we" not in "".join(store.registers(DIFFERING).values())


def test_the_latest_are_kept_and_the_oldest_go(store, watch):
    shadow = watch(Deaf())
    for _ in range(3):
        note(shadow, *[LICENSING] * 90)
        shadow.catch_up()
    found = compared(store)
    assert (found.different, len(found.latest)) == (270, KEPT)
    assert [one.url for one in found.latest[:2]] == ["https://example.org/89", "https://example.org/88"]


def test_more_at_once_than_are_kept_are_the_latest_of_them(store, watch):
    shadow = watch(Deaf())
    note(shadow, *[LICENSING] * (KEPT + 7))
    shadow.catch_up()
    assert [one.url for one in compared(store).latest[:: KEPT - 1]] == [
        f"https://example.org/{KEPT + 6}",
        "https://example.org/7",
    ]


def test_a_shadow_that_fails_is_counted_and_stops_nothing(store, watch, caplog):
    shadow = watch(Broken())
    note(shadow, PLAIN, LICENSING)
    shadow.catch_up()
    found = compared(store)
    assert (found.failed, found.judged) == (2, 0)
    assert caplog.messages == ["the shadow failed: 2 ZeroDivisionError"]


def test_what_is_too_much_at_once_is_passed_over_and_counted(store, watch):
    shadow = watch(Deaf())
    note(shadow, *[PLAIN] * (MOST_WAITING + 3))
    note(shadow, "x" * LONGEST_WAITING)
    shadow.catch_up()
    note(shadow, "x" * LONGEST_WAITING)
    shadow.catch_up()
    found = compared(store)
    assert (found.judged, found.skipped) == (MOST_WAITING + 1, 4)


def test_another_shadow_begins_anew(store, watch):
    for name in ("a", "a", "b"):
        shadow = watch(Deaf(), name)
        note(shadow, LICENSING)
        shadow.catch_up()
    found = compared(store)
    assert (found.different, len(found.latest)) == (1, 1)


def test_a_store_that_takes_nothing_is_told_to_the_log_alone(caplog):
    shadow = Shadow(Deaf(), "a", open_store("memory://", read_only=True), ManualClock())
    note(shadow, LICENSING)
    shadow.catch_up()
    assert "could not all be written down" in caplog.text
