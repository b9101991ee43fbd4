"""A person on the demo's server, who sees and does what Mattermost lets that person see and do, over REST."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

TIMEOUT = 35  # seconds; an integration may take 30
_CASE = re.compile(r"\b([A-Z]{2,5}-[0-9]+)\b")


@dataclass(frozen=True, slots=True)
class Seen:
    """A post as a member of the channel sees it."""

    id: str
    root_id: str
    author: str
    text: str
    buttons: tuple[tuple[str, str], ...]
    created_at: int

    @property
    def case(self) -> str | None:
        """The case a root post is about: the first id of its first line."""
        found = _CASE.search(self.text.partition("\n")[0])
        return found[1] if found and not self.root_id else None


class Member:
    """Somebody's own token, and what can be done with it."""

    def __init__(self, url: str, token: str, username: str) -> None:
        self.username = username
        self._url = f"{url}/api/v4"
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._names: dict[str, str] = {}

    def close(self) -> None:
        """Let the connections go."""
        self._session.close()

    def channel(self, team: str, name: str) -> tuple[str, str]:
        """Ids of a team and of its channel."""
        team_id = self._get(f"/teams/name/{team}")["id"]
        return team_id, self._get(f"/teams/{team_id}/channels/name/{name}")["id"]

    def posts(self, channel_id: str) -> list[Seen]:
        """All posts of a channel, oldest first."""
        found: list[Seen] = []
        for page in range(1000):
            answer = self._get(f"/channels/{channel_id}/posts", {"page": page, "per_page": 200})
            found += [self._seen(answer["posts"][one]) for one in answer["order"]]
            if len(answer["order"]) < 200:  # noqa: PLR2004  (a page)
                break
        return sorted(found, key=lambda post: post.created_at)

    def mention_count(self, channel_id: str) -> int:
        """How often this person was mentioned in the channel."""
        return int(self._get(f"/channels/{channel_id}/members/me")["mention_count"])

    def direct_messages(self, team_id: str) -> list[Seen]:
        """What the bot told this person alone."""
        channels = [one for one in self._get(f"/users/me/teams/{team_id}/channels") if one["type"] == "D"]
        return [post for one in channels for post in self.posts(one["id"]) if post.author != self.username]

    def command(self, team_id: str, channel_id: str, command: str, root_id: str = "") -> str:
        """Type a slash command; answers what is shown to this person alone."""
        body = {"team_id": team_id, "channel_id": channel_id, "command": command, "root_id": root_id}
        return str(self._post("/commands/execute", body).get("text", ""))

    def say(self, channel_id: str, text: str, root_id: str = "") -> str:
        """Write in the channel, or in a thread; answers the post's id."""
        return str(self._post("/posts", {"channel_id": channel_id, "message": text, "root_id": root_id})["id"])

    def press(self, post_id: str, action_id: str) -> None:
        """Press a button."""
        self._post(f"/posts/{post_id}/actions/{action_id}", {})

    def reactions(self, post_id: str) -> list[str]:
        """Names of the emoji on a post."""
        return [one["emoji_name"] for one in self._get(f"/posts/{post_id}/reactions") or []]

    def _seen(self, post: Mapping[str, Any]) -> Seen:
        attachments = post.get("props", {}).get("attachments") or []
        actions = [action for one in attachments for action in one.get("actions") or []]
        return Seen(
            post["id"],
            post.get("root_id", ""),
            self._name(post["user_id"]),
            post["message"],
            tuple((action["id"], action["name"]) for action in actions),
            post["create_at"],
        )

    def _name(self, user_id: str) -> str:
        if user_id not in self._names:
            self._names[user_id] = self._get(f"/users/{user_id}")["username"]
        return self._names[user_id]

    def _get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        return self._answered(self._session.get(self._url + path, params=params, timeout=TIMEOUT))

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._answered(self._session.post(self._url + path, json=body, timeout=TIMEOUT))

    def _answered(self, response: requests.Response) -> Any:
        if not response.ok:
            raise requests.HTTPError(response.json().get("message", response.reason), response=response)
        return response.json()
