"""Readers of single values: text, durations, addresses, time zones and the names that Mattermost allows."""

import re
from collections.abc import Callable
from datetime import time
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from router.config.nodes import Node, near, quoted
from router.core.deadlines import Do, Duration, Unit, duration

_LONGEST_MONTHS = 120
_LONGEST_DAYS = 3650
_HIGHEST_COST = 100_000
_LONGEST_WAIT = 5
_DIGITS = 12
_DAYS = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
_HOURS = re.compile(
    rf"(?:{_DAYS})(?:-(?:{_DAYS}))?(?:, ?(?:{_DAYS})(?:-(?:{_DAYS}))?)* ([0-9]{{2}}:[0-9]{{2}})-([0-9]{{2}}:[0-9]{{2}})"
)


def text(node: Node) -> str | None:
    """Read any text, an empty one too."""
    if isinstance(node.value, str):
        return node.value
    node.expected("text", "Write a text in quotes.")
    return None


def words(node: Node) -> str | None:
    """Read a text that says something."""
    found = text(node)
    if found is None or found.strip():
        return found
    node.fault("there is nothing in the quotes", "Write something, or remove it.")
    return None


def flag(node: Node) -> bool | None:
    """Read true or false."""
    if isinstance(node.value, bool):
        return node.value
    node.expected("true or false", "Write true or false, without quotes.")
    return None


def number(node: Node) -> int | None:
    """Read a whole number from 1 up."""
    if isinstance(node.value, bool) or not isinstance(node.value, int):
        node.expected("a whole number", "Write a number without quotes, such as 3.")
        return None
    if node.value >= 1:
        return node.value
    node.fault("the number is below 1", "Write 1 or more.")
    return None


def _real(node: Node, low: float, high: float, remedy: str, *, closed: bool = False) -> float | None:
    """Read a number between two others, itself none of them; when `closed` it may be the higher one."""
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        node.expected("a number", remedy)
        return None
    if low < node.value < high or (closed and node.value == high):
        return float(node.value)
    node.fault(f"{str(node.value)[:_DIGITS]} is not between {low:g} and {high:g}", remedy)
    return None


def cost(node: Node) -> float | None:
    """Read what something costs, more than the look that is the unit."""
    return _real(node, 1, _HIGHEST_COST, "Write a number above 1 without quotes, such as 20 or 2.5.")


def share(node: Node) -> float | None:
    """Read a probability that is neither certainty."""
    return _real(node, 0, 1, "Write a number between 0 and 1 without quotes, such as 0.6.")


def seconds(node: Node) -> float | None:
    """Read for how long somebody may be kept waiting."""
    return _real(node, 0, _LONGEST_WAIT, "Write seconds without quotes, such as 2 or 0.5; 5 at most.", closed=True)


def span(node: Node) -> Duration | None:
    """Read a duration, of ten years at most (later moments leave the calendar)."""
    found = text(node)
    if found is None:
        return None
    try:
        length = duration(found)
    except ValueError:
        node.fault(
            f"{quoted(found)} is no duration",
            "Write a whole number and m, h, d or months, such as 30m, 4h, 2d or 6 months.",
        )
        return None
    if length.amount <= {Unit.MONTHS: _LONGEST_MONTHS, Unit.DAYS: _LONGEST_DAYS}.get(length.unit, length.amount):
        return length
    node.fault(f"{quoted(found)} is longer than ten years", "Write a shorter time.")
    return None


def web_fault(address: str) -> str:
    """Say what is wrong with a web address, nothing if it is fine. The message does not hold the address."""
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return "this is no web address"
    if parts.scheme not in {"http", "https"} or not named:
        return "this is no web address"
    if not address.isprintable() or " " in address:
        return "a web address has no blanks"
    return ""


def web_address(node: Node) -> str | None:
    """Read a web address; an empty one means that there is none."""
    found = text(node)
    problem = web_fault(found) if found else ""
    if not problem:
        return found
    node.fault(problem, "Write the whole address, such as https://example.com/page.")
    return None


def time_zone(node: Node) -> str | None:
    """Read a time zone by its name in the tz database."""
    found = text(node)
    if found is None:
        return None
    try:
        ZoneInfo(found)
    except (ValueError, OSError, LookupError):
        meant = near(found, available_timezones())
        remedy = f"Did you mean {quoted(meant)}?" if meant else "Write it like Europe/Berlin or America/Los_Angeles."
        node.fault(f"{quoted(found)} is no time zone", remedy)
        return None
    return found


def working_hours(node: Node) -> str | None:
    """Read "Mon-Fri 09:00-17:00", several days with commas between, or "always"."""
    found = text(node)
    if found is None or found == "always" or _is_week(found):
        return found
    node.fault(f"{quoted(found)} are no working hours", 'Write them like "Mon-Fri 09:00-17:00", or "always".')
    return None


def _is_week(written: str) -> bool:
    found = _HOURS.fullmatch(written)
    if not found:
        return False
    try:
        start, end = (time.fromisoformat(moment) for moment in found.groups())
    except ValueError:
        return False
    return start < end


def _matching(pattern: str, what: str, remedy: str) -> Callable[[Node], str | None]:
    """Make the reader of a text of a given form."""
    form = re.compile(pattern)

    def read(node: Node) -> str | None:
        found = text(node)
        if found is None or form.fullmatch(found):
            return found
        node.fault(f"{quoted(found)} is no {what}", remedy)
        return None

    return read


holidays = _matching(
    r"[A-Z]{2}(-[A-Z0-9]{1,3})?", "holiday calendar", 'Write a country, or a country and its part: "DE" or "DE-BE".'
)
username = _matching(
    r"[a-z0-9._-]{1,64}",
    "Mattermost username",
    "Write it as in Mattermost, without the @: small letters, digits and . _ - (at most 64).",
)
team = _matching(
    r"[a-z0-9][a-z0-9-]{0,62}[a-z0-9]",
    "team name",
    "Write it as in the team's address: small letters, digits and - (2 to 64).",
)
channel = _matching(
    r"[a-z0-9][a-z0-9_-]{0,63}",
    "channel name",
    "Write it as in the channel's address, after /channels/: small letters, digits, - and _ (at most 64).",
)
topic_id = _matching(
    r"[a-z0-9][a-z0-9-]{0,63}", "id", 'Write small letters, digits and - (at most 64), such as "licensing".'
)
organisation = _matching(
    r"([A-Za-z0-9][A-Za-z0-9-]{0,38})?", "GitHub organisation", 'Write the name in its address, such as "mattermost".'
)
repository = _matching(
    r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9_.-]{1,100}",
    "GitHub repository",
    'Write owner and name, such as "mattermost/mattermost".',
)
template = _matching(
    r"(?!.*\.\.)[A-Za-z0-9_-][A-Za-z0-9_./-]*\.j2",
    "template",
    'Write its path within templates/, such as "responses/licensing.md.j2".',
)
folder = _matching(
    r"(?!.*\.\.)[A-Za-z0-9_.-][A-Za-z0-9_. /-]*",
    "folder",
    'Write its path from here, such as "community/vendor-technical-contacts".',
)
# The forms of public account names, by key of a person.
ACCOUNTS = {
    "github": _matching(
        r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}", "GitHub account", "Write the name in the profile's address, without the @."
    ),
    "x": _matching(
        r"[A-Za-z0-9_]{1,15}|id:[0-9]{1,19}",
        "X account",
        "Write the name in the profile's address, without the @, or the account's number as in id:1700000000000000003.",
    ),
    "forum": _matching(r"[\w.-]{1,60}", "forum account", "Write the username on the forum, without the @."),
    "slack": _matching(
        r"[UW][A-Z0-9]{2,31}", "Slack account", "Write the member's id, such as U024BE7LH: events do not tell names."
    ),
}


def step(allowed: tuple[Do, ...]) -> Callable[[Node], Do | None]:
    """Make the reader of what a chase step does."""
    choices = [str(one) for one in allowed]

    def read(node: Node) -> Do | None:
        found = text(node)
        if found is None or found in choices:
            return None if found is None else Do(found)
        meant = near(found, choices)
        known = f"{quoted(found)} is no step of {node.place[-3]}"
        node.fault(known, f"Did you mean {quoted(meant)}?" if meant else f"Write one of {', '.join(choices)}.")
        return None

    return read
