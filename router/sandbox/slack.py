"""Slack's link syntax in integrations' answers: `<!channel>`, `<@userid>`, `<url|text>`."""

import re

from router.sandbox.state import State

_GROUP = re.compile(r"<!(channel|here|all|everyone)(?:\|[^>]*)?>")
_USER = re.compile(r"<@([a-z0-9]{26})(?:\|[^>]*)?>")
_LINK = re.compile(r"<((?:https?|mailto)[^|>\s]*)(?:\|([^>]*))?>")


def parse_slack(state: State, text: str) -> str:
    """Return the text with Slack's mentions and links turned into Mattermost's."""
    text = _GROUP.sub(lambda match: "@" + match[1].replace("everyone", "all"), text)
    text = _USER.sub(lambda match: f"@{state.users[match[1]].username}" if match[1] in state.users else match[0], text)
    return _LINK.sub(lambda match: f"[{match[2]}]({match[1]})" if match[2] else match[1], text)
