"""What every store promises, once per backend: the docstrings of the Protocol, as sentences."""

from dataclasses import replace

import pytest
from storage.builders import NOW, a_case, an_entry, closed, later, move, moved, opening

from router.core.effects import DirectMessage
from router.core.errors import BadInput, CaseNotFound, KeySeen, StaleCase, StoreUnavailable
from router.core.units import Key, Register, Unit


def ids(cases) -> list[str]:
    return [case.id for case in cases]


def test_a_stored_case_is_read_as_it_was_stored(store):
    case = a_case()
    store.commit(opening(case))
    assert store.get(case.id) == case


def test_a_case_that_nobody_stored_is_not_found(store):
    for read in (store.get, store.timeline, store.root_of):
        with pytest.raises(CaseNotFound, match="ESC-7"):
            read("ESC-7")


def test_ids_rise_by_prefix_and_are_never_given_twice(store):
    assert [store.new_id("ESC"), store.new_id("ESC"), store.new_id("INC")] == ["ESC-1", "ESC-2", "INC-1"]


def test_an_id_comes_after_those_that_are_stored(store):
    store.commit(opening(a_case("ESC-41")))
    assert store.new_id("ESC") == "ESC-42"


def test_the_timeline_is_read_oldest_first(store):
    case = a_case()
    store.commit(opening(case))
    store.commit(move(moved(case)))
    assert [entry.seq for entry in store.timeline(case.id)] == [1, 2]


def test_an_entry_alone_is_added_to_its_case(store):
    case = a_case()
    store.commit(opening(case))
    store.commit(Unit(entries=((case.id, an_entry(2)),)))
    assert len(store.timeline(case.id)) == 2
    assert store.get(case.id).version == 1


def test_an_entry_of_a_case_that_nobody_stored_is_refused(store):
    with pytest.raises(CaseNotFound):
        store.commit(Unit(entries=(("ESC-9", an_entry()),), keys=(Key("k"),)))
    store.commit(Unit(keys=(Key("k"),)))


def test_a_thread_gives_all_its_cases_oldest_first_closed_ones_too(store):
    first, other, second = (a_case(f"ESC-{n}", thread=t) for n, t in ((9, "t:1"), (2, "t:2"), (1, "t:1")))
    for case in (first, other, second):
        store.commit(opening(case))
    store.commit(move(closed(first)))
    assert ids(store.in_thread("t:1")) == ["ESC-9", "ESC-1"]
    assert store.in_thread("t:3") == []


def test_a_case_that_moves_to_another_thread_is_found_there_only(store):
    case = a_case(thread="t:1")
    store.commit(opening(case))
    store.commit(move(moved(case, matter=replace(case.matter, thread="t:2"))))
    assert (store.in_thread("t:1"), ids(store.in_thread("t:2"))) == ([], ["ESC-1"])


def test_live_cases_are_those_that_are_not_closed_oldest_first(store):
    cases = [a_case(f"ESC-{n}") for n in (3, 1, 2)]
    for case in cases:
        store.commit(opening(case))
    store.commit(move(closed(cases[1])))
    assert ids(store.live()) == ["ESC-3", "ESC-2"]
    assert ids(store.closed()) == ["ESC-1"]


def test_a_reopened_case_is_live_in_its_old_place(store):
    first, second = a_case("ESC-1"), a_case("ESC-2")
    for case in (first, second):
        store.commit(opening(case))
    shut = closed(first)
    store.commit(move(shut))
    store.commit(move(moved(shut, state="open")))
    assert ids(store.live()) == ["ESC-1", "ESC-2"]
    assert store.closed() == []


def test_due_are_live_cases_up_to_and_including_now_the_most_overdue_first(store):
    for case_id, minutes in (("ESC-1", 5), ("ESC-2", 1), ("ESC-3", 6)):
        store.commit(opening(a_case(case_id, deadline=later(minutes=minutes))))
    done = a_case("ESC-4", deadline=NOW)
    store.commit(opening(done))
    store.commit(move(closed(done)))
    assert store.due(later(minutes=5)) == ["ESC-2", "ESC-1"]


def test_a_version_that_is_not_the_next_is_stale_and_leaves_no_trace(store):
    case = a_case()
    store.commit(opening(case, effects=()))
    for version in (1, 3):
        unit = replace(move(replace(moved(case), version=version), "k"), registers=(Register("r", "k", "v"),))
        with pytest.raises(StaleCase, match="ESC-1"):
            store.commit(unit)
    assert (store.get(case.id), len(store.timeline(case.id))) == (case, 1)
    assert store.register("r", "k") is None
    store.commit(move(moved(case), "k"))


def test_a_new_case_of_a_later_version_is_stale(store):
    with pytest.raises(StaleCase):
        store.commit(opening(a_case(version=2)))


def test_a_key_that_is_taken_refuses_the_whole_unit_and_is_named(store):
    store.commit(opening(a_case("ESC-1", thread="t:1"), "free", "taken", effects=()))
    second = a_case("ESC-2", thread="t:1")
    with pytest.raises(KeySeen) as refusal:
        store.commit(replace(opening(second, "new", "taken", "free"), registers=(Register("r", "k", "v"),)))
    assert refusal.value.key == "taken"
    assert ids(store.in_thread("t:1")) == ids(store.live()) == ["ESC-1"]
    assert (store.backlog(), store.register("r", "k")) == (0, None)
    store.commit(opening(second, "new"))


def test_a_key_twice_in_one_unit_is_refused(store):
    with pytest.raises(KeySeen):
        store.commit(Unit(keys=(Key("k"), Key("k"))))
    store.commit(Unit(keys=(Key("k"),)))


def test_a_duplicate_is_a_duplicate_whatever_its_case_has_become(store):
    case = a_case()
    store.commit(opening(case, "seen"))
    with pytest.raises(KeySeen):
        store.commit(opening(case, "seen"))


def test_keys_are_forgotten_when_their_time_has_passed_and_not_before(store):
    store.commit(Unit(keys=(Key("short", later(hours=1)), Key("long", later(hours=2)), Key("ever"))))
    store.commit(opening(a_case(), Key("short of a case", later(hours=1)), Key("ever of a case")))
    store.forget(later(hours=1))
    store.commit(Unit(keys=(Key("short"), Key("short of a case"))))
    for name in ("long", "ever", "ever of a case"):
        with pytest.raises(KeySeen):
            store.commit(Unit(keys=(Key(name),)))


def test_a_key_past_its_time_is_taken_until_it_is_forgotten(store):
    store.commit(Unit(keys=(Key("k", NOW),)))
    store.commit(Unit(entries=(), keys=(Key("other", later(days=1)),)))
    with pytest.raises(KeySeen):
        store.commit(Unit(keys=(Key("k", later(days=9)),)))


def test_registers_are_read_one_by_one_and_by_name_and_deleted_by_none(store):
    store.commit(
        Unit(registers=(Register("away", "ada", "1"), Register("away", "ben", "2"), Register("x", "ada", "3")))
    )
    store.commit(Unit(registers=(Register("away", "ada", None), Register("away", "eve", None))))
    assert store.registers("away") == {"ben": "2"}
    assert (store.register("x", "ada"), store.register("away", "ada"), store.registers("none")) == ("3", None, {})


def test_a_unit_of_several_cases_is_refused_whole(store):
    case = a_case("ESC-1")
    store.commit(opening(case))
    with pytest.raises(StaleCase):
        store.commit(Unit(cases=(a_case("ESC-2"), replace(case, version=3))))
    assert ids(store.live()) == ["ESC-1"]


def test_an_effect_of_a_refused_unit_is_never_taken(store):
    store.commit(Unit(keys=(Key("k"),)))
    with pytest.raises(KeySeen):
        store.commit(Unit(effects=(DirectMessage("u", "hello", "dm"),), keys=(Key("k"),)))
    assert (store.backlog(), store.next_effect()) == (0, None)


def test_a_text_that_is_no_text_is_refused_as_bad_input(store):
    with pytest.raises(BadInput, match="surrogate"):
        store.commit(opening(a_case(text="half \ud83d")))
    assert store.live() == []


def test_an_unknown_post_belongs_to_no_case(store):
    store.commit(opening(a_case()))
    assert (store.by_post("nobody"), store.root_of("ESC-1")) == (None, None)


def test_a_closed_store_refuses_to_write(store):
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        store.commit(opening(a_case()))


def test_the_installation_has_an_id(store):
    assert store.installation
