"""Typed lines: anybody's slash commands and replies.

katie.wiersgalla: claim ESC-4        the slash command /escalation claim ESC-4
katie.wiersgalla > ESC-4: claim      a reply in the thread of ESC-4
"""

import re
import time

import requests

from router.cli.demo.furnishing import everybody
from router.cli.demo.member import Member
from router.cli.demo.stage import Stage

_REPLY = re.compile(r"@?(?P<who>[\w.-]+)\s*>\s*(?P<case>[A-Za-z]{2,5}-\d+)\s*:\s*(?P<text>.+)")
_SLASH = re.compile(r"@?(?P<who>[\w.-]+)\s*:\s*(?P<text>.+)")
PATIENCE = 1.5  # seconds that an answer to a reply may take
USAGE = "type `name: claim ESC-4` for a slash command, `name > ESC-4: claim` for a reply in its thread"


class Typist:
    """Carries out typed lines on the demo's server."""

    def __init__(self, stage: Stage, channels: list[str], team_id: str) -> None:
        self._stage = stage
        self._channels = channels
        self._team_id = team_id
        self._members: dict[str, Member] = {}

    def type(self, line: str) -> str:
        """Do what a line says; answers what its author alone is shown ("" when there is nothing to show)."""
        try:
            if found := _REPLY.fullmatch(line.strip()):
                return self._reply(found["who"], found["case"].upper(), found["text"])
            if found := _SLASH.fullmatch(line.strip()):
                words = found["text"].removeprefix("/escalation").strip()
                return self._member(found["who"]).command(self._team_id, self._channels[0], f"/escalation {words}")
        except KeyError as unknown:
            return f"there is nobody called {unknown}; there are: {', '.join(self._everybody())}"
        except requests.RequestException as error:
            return str(error)
        return USAGE

    def close(self) -> None:
        """Let the connections go."""
        for member in self._members.values():
            member.close()

    def _reply(self, who: str, case: str, text: str) -> str:
        member = self._member(who)
        for channel in self._channels:
            root = next((post for post in reversed(member.posts(channel)) if post.case == case), None)
            if root is not None:
                return self._heard(member, channel, text, root.id)
        return f"there is no {case} in the channel"

    def _heard(self, member: Member, channel: str, text: str, root_id: str) -> str:
        """Reply, and give what answers it: a direct message, or a reaction; ordinary talk has neither."""
        before = len(member.direct_messages(self._team_id))
        post_id = member.say(channel, text, root_id)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            told = member.direct_messages(self._team_id)[before:]
            reactions = member.reactions(post_id)
            if told or reactions:
                return told[0].text if told else f":{reactions[0]}:"
            time.sleep(PATIENCE / 30)
        return ""

    def _member(self, who: str) -> Member:
        if who not in self._everybody():
            raise KeyError(who)
        if who not in self._members:
            self._members[who] = self._stage.member(who)
        return self._members[who]

    def _everybody(self) -> list[str]:
        return everybody(self._stage.policy)
