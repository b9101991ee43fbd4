"""The team that a test run makes on a server, and the channel that each test has in it."""

import json
import secrets
import string
from functools import partial

from mattermost_clients import Person
from mattermost_servers import PASSWORD, done
from world import eventually

PERMISSIONS = "api.context.permissions.app_error"
UNKNOWN = "x" * 26  # the shape of an id, and nobody's


def refused(answer):
    """Return status and error id of an answer."""
    return answer.status_code, answer.json().get("id")


def _suffix():
    """Make a name one of many, without a `w`, as whether a name with one is found depends on what is around it."""
    return "".join(secrets.choice((string.ascii_lowercase + string.digits).replace("w", "")) for _ in range(8))


class Place:
    """A team with a random name on a server, and everybody made for the tests.

    alice and bob work in the channel of each test with the bot `router`; carol is in the team and in no channel but the
    default ones, dora administers the team, erin is in no team.
    """

    def __init__(self, server):
        self.server, self.admin = server, server.admin
        self._people, self._user_ids, self._team_ids = [], [], []
        self.team_name = f"contract-{_suffix()}"
        self.team_id = self.new_team(self.team_name)["id"]
        self.alice, self.bob, self.carol, self.dora = (
            self.new_person(name) for name in ("alice", "bob", "carol", "dora")
        )
        self.erin = self.new_person("erin", in_team=False)
        self.router = self.new_bot("router")
        path = f"/teams/{self.team_id}/members/{self.dora.id}/schemeRoles"
        done(self.admin.put(path, {"scheme_admin": True, "scheme_user": True}))

    def new_team(self, name):
        team = done(self.admin.post("/teams", {"name": name, "display_name": name, "type": "O"}))
        self._team_ids.append(team["id"])
        return team

    def new_person(self, name, *, in_team=True):
        """Make an account and log it in; the username begins with `name`."""
        username = f"{name}-{_suffix()}"
        body = {"username": username, "email": f"{username}@example.org", "password": PASSWORD}
        user = done(self.admin.post("/users", body))
        return self._known(user, self.server.token_for(user), in_team)

    def new_bot(self, name, *, in_team=True):
        """Make a bot that belongs to the admin."""
        bot = done(self.admin.post("/bots", {"username": f"{name}-{_suffix()}", "display_name": name.title()}))
        token = done(self.admin.post(f"/users/{bot['user_id']}/tokens", {"description": "contract"}))["token"]
        return self._known({"id": bot["user_id"], "username": bot["username"]}, token, in_team)

    def _known(self, user, token, in_team):
        self._user_ids.append(user["id"])
        person = self.client(token, user["id"], user["username"])
        if in_team:
            done(self.admin.post(f"/teams/{self.team_id}/members", {"team_id": self.team_id, "user_id": user["id"]}))
        return person

    def client(self, token, user_id="", username=""):
        """Return a client with any token."""
        self._people.append(Person(self.server.url, token, user_id, username))
        return self._people[-1]

    def close(self):
        """Delete what was made, and tell of all that could not be."""
        for person in self._people:
            person.close()
        made = [(self.server.forget_team, team_id) for team_id in self._team_ids]
        made += [(self.server.forget_user, user_id) for user_id in self._user_ids]
        left = []
        for forget, its_id in made:
            try:
                forget(its_id)
            except AssertionError as error:
                left.append(str(error))
        assert not left, "left on the server: " + "; ".join(left)


class Desk:
    """A fresh public channel with alice, bob and the bot `router` in it, nothing unread."""

    def __init__(self, place):
        self.place, self.server = place, place.server
        self.admin, self.team_id, self.team_name = place.admin, place.team_id, place.team_name
        self.alice, self.bob, self.carol, self.dora = place.alice, place.bob, place.carol, place.dora
        self.erin, self.router = place.erin, place.router
        self.channel = self.new_channel()
        self.channel_id, self.channel_name = self.channel["id"], self.channel["name"]

    def new_channel(self, kind="O", members=None):
        """Make a channel, by the admin, who leaves it; `members` are alice, bob and the bot unless told."""
        members = [self.alice, self.bob, self.router] if members is None else members
        name = f"desk-{_suffix()}"
        body = {"team_id": self.team_id, "name": name, "display_name": name.title(), "type": kind}
        channel = done(self.admin.post("/channels", body))
        if members:
            body = {"user_ids": [person.id for person in members]}
            done(self.admin.post(f"/channels/{channel['id']}/members", body))
        for person in members:
            told = partial(self.mentions, person, channel["id"])
            eventually(told, "the line that says who was added, which mentions them and comes later")
            person.post("/channels/members/me/view", {"channel_id": channel["id"]})
        admin_id = channel["creator_id"]
        done(self.admin.delete(f"/channels/{channel['id']}/members/{admin_id}"))
        return channel

    def try_post(self, who, message="", channel_id=None, **fields):
        return who.post("/posts", {"channel_id": channel_id or self.channel_id, "message": message, **fields})

    def say(self, who, message="", channel_id=None, **fields):
        """Write a post."""
        return done(self.try_post(who, message, channel_id, **fields))

    def button(self, url, *, action_id="claim", context=None, channel_id=None, **fields):
        """Post a case with one button, as the bot."""
        action = {"id": action_id, "name": "Claim", "type": "button", **fields}
        action["integration"] = {"url": url, "context": context or {"item": "42"}}
        props = {"attachments": [{"text": "t", "actions": [action]}]}
        return self.say(self.router, "a case", channel_id, props=props)

    def mentions(self, who, channel_id=None):
        """Return how many mentions somebody has unread in the channel."""
        return done(who.get(f"/channels/{channel_id or self.channel_id}/members/me"))["mention_count"]

    def posts(self, who=None, channel_id=None, **query):
        """Return the channel's posts that people wrote, newest first."""
        listed = done((who or self.alice).get(f"/channels/{channel_id or self.channel_id}/posts", **query))
        posts = [listed["posts"][post_id] for post_id in listed["order"]]
        return [post for post in posts if not post["type"].startswith("system_")]

    def direct(self, one, other):
        """Return the direct channel of two people."""
        return done(one.post("/channels/direct", [one.id, other.id]))

    def command(self, url, **more):
        """Make a slash command with a trigger of its own."""
        trigger = f"esc{_suffix()}"
        body = {"team_id": self.team_id, "trigger": trigger, "url": url, "method": "P", **more}
        return done(self.admin.post("/commands", body))

    def execute(self, who, text, channel_id=None, **more):
        """Type a slash command."""
        return who.post("/commands/execute", {"channel_id": channel_id or self.channel_id, "command": text, **more})

    def hook(self, url, **more):
        """Make an outgoing webhook on the channel, without words."""
        body = {"team_id": self.team_id, "channel_id": self.channel_id, "callback_urls": [url]}
        body |= {"content_type": "application/json", **more}
        return done(self.admin.post("/hooks/outgoing", body))


def post_in(event):
    """Return the post that an event tells of."""
    return json.loads(event["data"]["post"])
