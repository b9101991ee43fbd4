"""How GitHub's deliveries are proved, and how one is made: its page "Validating webhook deliveries".

The signature is over the bytes as they were sent, be they JSON or a form. No time is signed.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

import msgspec

from router.core.errors import BadInput
from router.intake.bodies import decode, json_text
from router.intake.signatures import sha256_in_hex, signed_body
from router.intake.sources.github.events import EVENT, EVENTS, FORM_FIELD

_SIGNATURE = "X-Hub-Signature-256"
_KEYS = msgspec.json.Decoder(dict[str, msgspec.Raw])
# Which parts tell an event; an alert has nothing that tells one kind of it from another.
_TELLING = {name: {event.said, event.about} for name, event in EVENTS.items() if event.said != "alert"} | {
    "ping": {"zen", "hook"}
}

verify = signed_body(_SIGNATURE, sha256_in_hex)


def sign(
    headers: Mapping[str, str],
    body: bytes,
    secret: str,
    now: datetime,  # noqa: ARG001  (GitHub signs no time)
) -> dict[str, str]:
    """Make the headers with which GitHub would send that body. Raises BadInput where the event can't be told."""
    sent = {"content-type": "application/json", "x-github-delivery": str(uuid4())}
    sent |= {name.lower(): value for name, value in headers.items()}
    if EVENT.lower() not in sent:
        sent[EVENT.lower()] = _event_of(sent, body)
    return sent | {_SIGNATURE.lower(): sha256_in_hex(secret, body)}


def _event_of(headers: Mapping[str, str], body: bytes) -> str:
    """Tell the event by the parts that a body has; of several that fit, the one that explains most of them."""
    keys = decode(_KEYS, json_text(headers, body, FORM_FIELD)).keys()
    fitting = [name for name, needed in _TELLING.items() if needed <= keys]
    if not fitting:
        raise BadInput(f"header {EVENT}", "missing, and the body does not tell the event")
    return max(fitting, key=lambda name: len(_TELLING[name]))
