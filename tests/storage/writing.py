"""A program that stores numbered cases with several threads, and says each once it was acknowledged; to be killed."""

import sys
from itertools import count
from pathlib import Path
from threading import Lock, Thread

from storage.builders import LEASE, NOW, a_case, closed, move, opening

from router.core.units import Done, PostRef
from router.storage.tinydb_store import open_file

path, first = Path(sys.argv[1]), int(sys.argv[2])
store = open_file(path, gathered=4)
numbers, saying = count(first), Lock()


def say(*words: object) -> None:
    """Print a line whole."""
    with saying:
        sys.stdout.write(" ".join(map(str, words)) + "\n")
        sys.stdout.flush()


def work() -> None:
    """Store cases for ever; close every second one, so that the archive is at work too."""
    while True:
        number = next(numbers)
        case = a_case(f"ESC-{number}", thread=f"t:{number}")
        store.commit(opening(case, f"key {number}"))
        say("opened", number)
        if number % 2:
            store.commit(move(closed(case)))
            say("closed", number)
        for pending in store.take(NOW, 2, LEASE, "writer"):
            store.settle(pending.key, Done(PostRef(f"post {pending.key}", "channel", pending.effect.case)))
            say("settled", f"post {pending.key}".replace(" ", "_"))


threads = [Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
