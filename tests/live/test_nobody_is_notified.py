"""Hostile texts in every template, posted for real: nobody's own mention count moves."""

import secrets
from collections.abc import Iterator

import pytest
from hostile_texts import CORPUS
from live.place import Place
from rendering_builders import RENDERER, notice_of, reply_posts, responses, root_posts, unreached_posts
from world import eventually

from router.core.cases import CaseId
from router.mattermost.client import MattermostClient
from router.mattermost.proofs import Proofs
from router.ports import Rendered

PROOFS = Proofs(b"a secret key of the tests")


class Room:
    """A channel with a victim and a bystander in it, who both see it as any member does."""

    def __init__(self, place: Place) -> None:
        tag = secrets.token_hex(3)
        self.place = place
        self.victim = f"victim-{tag}"
        self.bystander = f"bystander-{tag}"
        people = [self.victim, self.bystander, f"writer-{tag}"]
        for username in people:
            place.make(username, "Some Body")
        team = {"name": f"hostile-{tag}", "display_name": "Hostile", "type": "I"}
        place.teams.append(team["name"])
        self.team_id = place.admin("POST", "/teams", team)["id"]
        channel = {"team_id": self.team_id, "name": "room", "display_name": "Room", "type": "O"}
        self.channel_id = place.admin("POST", "/channels", channel)["id"]
        for username in people:
            user = {"team_id": self.team_id, "user_id": place.users[username]}
            place.admin("POST", f"/teams/{self.team_id}/members", user)
            place.admin("POST", f"/channels/{self.channel_id}/members", user)
        self._readers = [place.member(one) for one in people[:2]]
        self._writer = MattermostClient(place.url, place.token_of(people[2]), "http://127.0.0.1:9/x", PROOFS)

    def say(self, rendered: Rendered, root_id: str = "") -> str:
        """Post it as the router does."""
        key = secrets.token_hex(8)
        return self._writer.create_post(self.channel_id, rendered, key=key, pending_id=key, root_id=root_id).id

    def mentions(self) -> list[int]:
        """Own counts of the victim and the bystander."""
        return [one.mention_count(self.channel_id) for one in self._readers]

    def close(self) -> None:
        self._writer.close()
        for one in self._readers:
            one.close()
        self.place.leave()


@pytest.fixture(scope="module")
def room(place: Place) -> Iterator[Room]:
    made = Room(place)
    yield made
    made.close()


@pytest.mark.parametrize("name", CORPUS)
def test_a_hostile_text_in_any_post_notifies_nobody(room: Room, name: str) -> None:
    text = CORPUS[name].replace("victim", room.victim)
    said = {"body": text, "title": text, "headline": text, "author": text or None}
    before = room.mentions()
    roots = [room.say(rendered) for _, rendered in root_posts(**said).values()]
    for _, rendered in reply_posts(**said).values():
        room.say(rendered, roots[0])
    for template, facts in responses(text).items():
        room.say(Rendered(RENDERER.answer(template, facts)))
    for rendered in (*unreached_posts(**said).values(), notice_of(text)):
        room.say(rendered)
    room.say(Rendered(f"@{room.bystander}"))
    eventually(lambda: room.mentions()[1] > before[1], "the mention of the bystander, who is counted last")
    assert room.mentions() == [before[0], before[1] + 1]


def test_somebody_who_is_meant_is_notified(room: Room) -> None:
    """The count would show it."""
    before = room.mentions()
    room.say(Rendered(f"@{room.victim}: ESC-1 is yours now", (), CaseId("ESC-1")))
    assert eventually(lambda: room.mentions() != before and room.mentions(), "a mention") == [before[0] + 1, before[1]]
