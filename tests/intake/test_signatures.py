"""Comparing signatures, whatever a source's header looks like."""

import pytest

from router.core.errors import ProofFailed, ProofFault
from router.intake.signatures import hmac_sha256, matching_secret


def check(given, *secrets):
    return matching_secret("X-Proof", given, secrets, lambda secret: f"v0={secret}")


def test_the_digest_is_that_of_the_vendors_test_vector():
    # GitHub's documentation, "Validating webhook deliveries".
    digest = hmac_sha256("It's a Secret to Everybody", b"Hello, World!")
    assert digest.hex() == "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_a_secret_that_is_not_utf_8_in_the_environment_can_be_used():
    assert hmac_sha256(b"caf\xe9".decode("utf-8", "surrogateescape"), b"") != hmac_sha256("café", b"")


@pytest.mark.parametrize(("given", "index"), [("v0=old", 0), ("v0=new", 1)])
def test_the_secret_that_matched_is_told(given, index):
    assert check(given, "old", "new") == index


def test_a_missing_header_is_told_from_a_wrong_one():
    with pytest.raises(ProofFailed) as refusal:
        check(None, "old")
    assert refusal.value.fault is ProofFault.MISSING


@pytest.mark.parametrize(
    "given",
    [
        "",
        "old",
        "v0=",
        "v0=olD",
        "V0=old",
        "v0=old ",
        " v0=old",
        "v0=old, v0=old",
        "v1=old",
        "v0=öld",
        "v0=\ud800",
        "\0",
    ],
)
def test_anything_but_the_exact_value_is_wrong(given):
    with pytest.raises(ProofFailed) as refusal:
        check(given, "old")
    assert refusal.value.fault is ProofFault.WRONG
    assert str(refusal.value) == "X-Proof: wrong"


@pytest.mark.parametrize("secrets", [(), ("",), ("", "old")])
def test_an_empty_secret_proves_nothing(secrets):
    with pytest.raises(ProofFailed):
        check("v0=", *secrets)
