"""Proofs of who calls: signed contexts, states and trigger ids, tokens; and ids that nobody can guess. No I/O.

Every purpose has a subkey of its own, derived from the one secret key. What was sent is never in a message, and hostile
input of any kind is a ProofFailed and nothing else. Single use of a trigger id is the store's to see to.
"""

import base64
import binascii
import functools
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from router.core.cases import CaseId
from router.core.errors import BadInput, ProofFailed, ProofFault

TRIGGER_LIFETIME = timedelta(seconds=30)  # OutgoingIntegrationRequestsTimeout, Mattermost's own measure
CLOCK_SKEW = timedelta(seconds=5)  # how far ahead the server's clock may be

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_TRIGGER = 1024  # genuine ones have about 220 characters
_CLAIMS = re.compile(r"(?P<signed>(?P<id>[a-z0-9]{26}):(?P<user>[a-z0-9]{26}):(?P<at>[0-9]{1,15}):)(?P<signature>.+)")
_ALGORITHM = ec.ECDSA(SHA256())
_STATE = re.compile(
    r"(?P<signed>(?P<case>[A-Z0-9-]{0,32}):(?P<word>[a-z-]{1,32}):(?P<user>[a-z0-9]{26}):(?P<key>[a-z0-9]{26})"
    r":(?P<until>[0-9]{1,15})):(?P<mac>[0-9a-f]{64})"
)
_CONTEXT = "button context"
_FORM = "state of a form"
_TRIGGER = "trigger id"
_TOKEN = "token"  # noqa: S105  (what it is called, not one)


class Proofs:
    """Makes and checks the proofs of one installation."""

    __slots__ = ("_context_key", "_pending_key", "_state_key")

    def __init__(self, secret_key: bytes) -> None:
        if not secret_key:
            raise BadInput("ROUTER_SECRET_KEY", "expected a key, found nothing")
        self._context_key = _subkey(secret_key, "button context")
        self._pending_key = _subkey(secret_key, "pending post id")
        self._state_key = _subkey(secret_key, "state of a form")

    def context(self, case: CaseId, word: str, argument: str, channel_id: str) -> dict[str, str]:
        """Make the context of a button: what it does, signed together with the channel it stands in."""
        mac = _mac(self._context_key, case, word, argument, channel_id)
        return {"case": case, "word": word, "argument": argument, "mac": mac}

    def read_context(self, context: object, channel_id: str) -> tuple[CaseId, str, str]:
        """Give case, word and argument of a genuine context of that channel; other keys of it prove nothing.

        Raises ProofFailed.
        """
        case, word, argument, mac = (_text_at(context, key) for key in ("case", "word", "argument", "mac"))
        if not _same(mac, _mac(self._context_key, case, word, argument, channel_id)):
            raise ProofFailed(ProofFault.WRONG, _CONTEXT)
        return CaseId(case), word, argument

    def state(self, case: CaseId | None, word: str, user_id: str, key: str, until: datetime) -> str:
        """Make the state of a form: what it is for, who may send it in, until when; `key` is used once."""
        signed = f"{case or ''}:{word}:{user_id}:{key}:{(until - _EPOCH) // timedelta(milliseconds=1)}"
        return f"{signed}:{_mac(self._state_key, signed)}"

    def read_state(self, state: object, user_id: str, now: datetime) -> tuple[CaseId | None, str, str]:
        """Give case, word and key of a genuine state of that person's; the rest of a submission proves nothing.

        Raises ProofFailed.
        """
        if not state:
            raise ProofFailed(ProofFault.MISSING, _FORM)
        claims = _STATE.fullmatch(state) if isinstance(state, str) else None
        if claims is None or not _same(claims["mac"], _mac(self._state_key, claims["signed"])):
            raise ProofFailed(ProofFault.WRONG, _FORM)
        if not _same(claims["user"], user_id):
            raise ProofFailed(ProofFault.WRONG, _FORM)
        if now > _EPOCH + timedelta(milliseconds=int(claims["until"])):
            raise ProofFailed(ProofFault.EXPIRED, _FORM)
        return CaseId(claims["case"]) if claims["case"] else None, claims["word"], claims["key"]

    def pending_id(self, effect_key: str, channel_id: str) -> str:
        """Make the `pending_post_id` of an effect: the server remembers them for everybody, so nobody may guess one."""
        return _mac(self._pending_key, effect_key, channel_id)[:32]

    def check_trigger(self, trigger_id: str, user_id: str, signing_key: str, now: datetime) -> str:
        """Give the client trigger id of a genuine and fresh trigger id of that user; it may be used once.

        Its form: base64 of `clientTriggerId:user_id:ms:signature`, the signature being base64 of ECDSA P-256 with
        SHA-256 in DER over all that stands before it. `signing_key`: `AsymmetricSigningPublicKey`, base64 of DER.
        Found on a running 11.6 server (Mattermost documents none of it). Raises ProofFailed.
        """
        if not trigger_id:
            raise ProofFailed(ProofFault.MISSING, _TRIGGER)
        claims = _CLAIMS.fullmatch(_decoded(trigger_id).decode("ascii", "replace"))
        if claims is None or not isinstance(user_id, str) or not _same(claims["user"], user_id):
            raise ProofFailed(ProofFault.WRONG, _TRIGGER)
        _verify(signing_key, _decoded(claims["signature"]), claims["signed"].encode())
        age = now - _EPOCH - timedelta(milliseconds=int(claims["at"]))
        if not -CLOCK_SKEW <= age <= TRIGGER_LIFETIME:
            raise ProofFailed(ProofFault.EXPIRED, _TRIGGER)
        return claims["id"]

    def check_token(self, given: object, accepted: Sequence[str]) -> int:
        """Say which of the accepted tokens, by its index, this is; several while one is being rotated.

        An empty one proves nothing. Raises ProofFailed.
        """
        if not isinstance(given, str) or not given:
            raise ProofFailed(ProofFault.MISSING, _TOKEN)
        matches = [_same(given, token) for token in accepted]
        if True not in matches:
            raise ProofFailed(ProofFault.WRONG, _TOKEN)
        return matches.index(True)


def _subkey(secret_key: bytes, purpose: str) -> bytes:
    return hmac.digest(secret_key, f"escalation-router 1 {purpose}".encode(), "sha256")


def _mac(key: bytes, *parts: str) -> str:
    """Sign the parts; as a JSON list, so that no two lists of parts look the same."""
    return hmac.new(key, json.dumps(parts).encode(), "sha256").hexdigest()


def _same(given: str, right: str) -> bool:
    """Compare in constant time, on bytes: `compare_digest` raises TypeError for text that isn't ASCII."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))


def _text_at(context: object, key: str) -> str:
    value = context.get(key) if isinstance(context, Mapping) else None
    if value is None:
        raise ProofFailed(ProofFault.MISSING, _CONTEXT)
    if not isinstance(value, str):
        raise ProofFailed(ProofFault.WRONG, _CONTEXT)
    return value


def _decoded(encoded: object) -> bytes:
    """Decode base64 of bounded length."""
    if not isinstance(encoded, str) or len(encoded) > _LONGEST_TRIGGER:
        raise ProofFailed(ProofFault.WRONG, _TRIGGER)
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError as error:  # text that isn't ASCII, and binascii.Error
        raise ProofFailed(ProofFault.WRONG, _TRIGGER) from error


def _verify(signing_key: str, signature: bytes, signed: bytes) -> None:
    try:
        _public_key(signing_key).verify(signature, signed, _ALGORITHM)
    except InvalidSignature as error:
        raise ProofFailed(ProofFault.WRONG, _TRIGGER) from error


@functools.lru_cache(maxsize=4)
def _public_key(signing_key: str) -> ec.EllipticCurvePublicKey:
    """Parse a server's key, once; whatever is no key of the right curve verifies nothing."""
    try:
        key = load_der_public_key(base64.b64decode(signing_key, validate=True))
    except (TypeError, ValueError, UnsupportedAlgorithm, binascii.Error) as error:
        raise ProofFailed(ProofFault.WRONG, "signing key") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ProofFailed(ProofFault.WRONG, "signing key")
    return key
