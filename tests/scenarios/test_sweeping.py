"""Keys that only had to be remembered for a while are forgotten in the end, those of signals never."""

from datetime import timedelta

from world import ManualClock, world

from router.core.errors import KeySeen
from router.core.units import Key, Unit


def test_old_request_keys_are_forgotten_and_signals_are_not() -> None:
    real = ManualClock()
    with world(real=real) as desk:
        store = desk.router.desk.store
        store.commit(Unit(keys=(Key("request/old", real.at + timedelta(days=7)), Key("signal/old"))))
        real.at += timedelta(days=8)
        desk.advance(seconds=1)
        store.commit(Unit(keys=(Key("request/old"),)))
        assert taken(store, "signal/old")


def taken(store, name: str) -> bool:
    try:
        store.commit(Unit(keys=(Key(name),)))
    except KeySeen:
        return True
    return False
