"""Signed trigger ids, as button presses and slash commands carry them.

A trigger id is base64 of `clientTriggerId:user_id:ms:base64(signature)`, the signature being ECDSA P-256 with
SHA-256 in ASN.1 DER over `clientTriggerId:user_id:ms:`. Clients only ever see the bare client trigger id.
"""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from router.sandbox.errors import ApiError, bad_request
from router.sandbox.records import new_id

LIFETIME_MS = 30_000  # ServiceSettings.OutgoingIntegrationRequestsTimeout by default
_PARTS = 4
_ALGORITHM = ec.ECDSA(hashes.SHA256())


class TriggerSigner:
    """The server's signing key."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public_key(self) -> str:
        """The `AsymmetricSigningPublicKey` of `GET /config/client`: base64 of the DER form."""
        der = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(der).decode()

    def sign(self, user_id: str, at_ms: int) -> tuple[str, str]:
        """Return a new client trigger id and the trigger id made from it."""
        client_id = new_id()
        signed = f"{client_id}:{user_id}:{at_ms}:"
        signature = base64.b64encode(self._key.sign(signed.encode(), _ALGORITHM)).decode()
        return client_id, base64.b64encode((signed + signature).encode()).decode()

    def open(self, trigger_id: str, now_ms: int) -> tuple[str, str]:
        """Return client trigger id and user id of a genuine, fresh trigger id; raises `ApiError`, a 400, otherwise."""
        try:
            decoded = base64.b64decode(trigger_id, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError, ValueError) as error:
            raise _refusal("base64_decode_failed") from error
        parts = decoded.split(":")
        if len(parts) != _PARTS or not parts[2].isdigit():
            raise _refusal("missing_data")
        client_id, user_id, at_ms, signature = parts
        if now_ms - int(at_ms) > LIFETIME_MS:
            raise _refusal("expired")
        self._verify(f"{client_id}:{user_id}:{at_ms}:", signature)
        return client_id, user_id

    def _verify(self, signed: str, signature: str) -> None:
        try:
            raw = base64.b64decode(signature, validate=True)
        except (binascii.Error, ValueError) as error:
            raise _refusal("base64_decode_failed_signature") from error
        try:
            self._key.public_key().verify(raw, signed.encode(), _ALGORITHM)
        except InvalidSignature as error:
            raise _refusal("verify_signature_failed") from error


def _refusal(why: str) -> ApiError:
    return bad_request(f"interactive_message.decode_trigger_id.{why}")
