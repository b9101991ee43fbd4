"""Slack's syntax in integrations' answers: `<!channel>`, `<@userid>`, `<url|text>`."""

import re

from router.sandbox.state import State

_GROUP = re.compile(r"<!(channel|here|all)>")
_USER = re.compile(r"<@([a-z0-9]{26})>")
_LINK = re.compile(r"<([^<|]+)\|([^>]+)>")


def parse_slack(state: State, text: str) -> str:
    """Return the text with Slack's mentions and links turned into Mattermost's."""
    text = _GROUP.sub(lambda match: f"@{match[1]}", text)
    text = _USER.sub(lambda match: f"@{state.users[match[1]].username}" if match[1] in state.users else match[0], text)
    return parse_slack_links(text)


def parse_slack_links(text: str) -> str:
    """Return the text with Slack's links turned into Markdown's, its mentions as they stand."""
    return _LINK.sub(r"[\2](\1)", text)
