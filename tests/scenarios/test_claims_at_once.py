"""Two claims in the same instant, by two doors: one wins, the other is told who."""

import threading
from collections.abc import Callable
from itertools import combinations, cycle, islice

from world import World, eventually

ROUNDS = 200
FIRST, SECOND = "katie.wiersgalla", "ian.tien"
NAMES = {"katie-wiersgalla": "Katie Wiersgalla", "ian-tien": "Ian Tien"}


def slash(desk: World, username: str, case: str) -> Callable[[], str]:
    team_id, channel_id = desk.places()
    return lambda: desk.member(username).command(team_id, channel_id, f"/escalation claim {case}")


def button(desk: World, username: str, case: str) -> Callable[[], str]:
    root = desk.root(case)
    action = next(action for action, name in root.buttons if name == "Claim")

    def press() -> str:
        before = len(desk.whispers(username)), len(desk.notices(username))
        desk.member(username).press(root.id, action)
        return " ".join((*desk.whispers(username)[before[0] :], *desk.notices(username)[before[1] :]))

    return press


def thread(desk: World, username: str, case: str) -> Callable[[], str]:
    root = desk.root(case)
    _, channel_id = desk.places()

    def reply() -> str:
        before = len(desk.told(username))
        post_id = desk.member(username).say(channel_id, "claim", root.id)

        def answered() -> str:
            told = desk.told(username)[before:]
            return told[0] if told else " ".join(desk.member(username).reactions(post_id))

        return eventually(answered, "an answer to the reply")

    return reply


DOORS = (slash, button, thread)
PAIRS = [*combinations(DOORS, 2), *((second, first) for first, second in combinations(DOORS, 2))]


def race(claims: list[Callable[[], str]]) -> list[str]:
    """Let all claim at once; gives their answers in order."""
    barrier = threading.Barrier(len(claims))
    answers = [""] * len(claims)

    def run(place: int) -> None:
        barrier.wait()
        answers[place] = claims[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(claims))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return answers


def test_one_of_two_claims_wins_and_the_loser_is_told_who(desk: World) -> None:
    for number, doors in enumerate(islice(cycle(PAIRS), ROUNDS)):
        case = desk.post("[licensing] may we?", number=20_000 + number)["escalation"]
        answers = race([door(desk, name, case) for door, name in zip(doors, (FIRST, SECOND), strict=True)])
        desk.settle()
        winner = desk.case(case).owner
        loser = answers[1] if winner == "katie-wiersgalla" else answers[0]
        assert desk.events(case).count("claim") == 1, (number, answers)
        assert f"claimed by {NAMES[winner]} already" in loser, (number, answers)
