"""Contexts, trigger ids, tokens: what is genuine passes, everything else is ProofFailed."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from router.core.cases import CaseId
from router.core.errors import BadInput, ProofFailed, ProofFault
from router.mattermost.proofs import CLOCK_SKEW, TRIGGER_LIFETIME, Proofs

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
USER, CLIENT_ID, CHANNEL = "u" * 26, "t" * 26, "c" * 26
PROOFS = Proofs(b"a secret key of the tests")
KEY = ec.generate_private_key(ec.SECP256R1())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def public(key):
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(key.public_key().public_bytes(*form)).decode()


SIGNING_KEY = public(KEY)


def trigger(user=USER, at=NOW, key=KEY, client_id=CLIENT_ID, ms=None):
    ms = int(at.timestamp() * 1000) if ms is None else ms
    signed = f"{client_id}:{user}:{ms}:"
    signature = base64.b64encode(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256()))).decode()
    return base64.b64encode((signed + signature).encode()).decode()


def fault_of(call, *given_):
    with pytest.raises(ProofFailed) as caught:
        call(*given_)
    return caught.value.fault


def fault_of_trigger(trigger_id, user=USER, signing_key=SIGNING_KEY, now=NOW):
    return fault_of(PROOFS.check_trigger, trigger_id, user, signing_key, now)


def test_a_context_comes_back_as_it_was_signed():
    context = PROOFS.context(CaseId("ESC-1"), "topic", "legal", CHANNEL)
    assert PROOFS.read_context(context, CHANNEL) == ("ESC-1", "topic", "legal")


def test_a_chosen_option_beside_the_context_changes_nothing():
    context = {**PROOFS.context(CaseId("ESC-1"), "claim", "", CHANNEL), "selected_option": "x"}
    assert PROOFS.read_context(context, CHANNEL) == ("ESC-1", "claim", "")


@pytest.mark.parametrize("key", ["case", "word", "argument", "mac"])
def test_a_context_changed_anywhere_is_wrong(key):
    context = PROOFS.context(CaseId("ESC-1"), "claim", "x", CHANNEL)
    changed = {**context, key: context[key] + "1"}
    assert fault_of(PROOFS.read_context, changed, CHANNEL) is ProofFault.WRONG


def test_a_context_of_another_channel_is_wrong():
    context = PROOFS.context(CaseId("ESC-1"), "claim", "", CHANNEL)
    assert fault_of(PROOFS.read_context, context, "d" * 26) is ProofFault.WRONG


def test_a_context_of_another_installation_is_wrong():
    context = Proofs(b"another key").context(CaseId("ESC-1"), "claim", "", CHANNEL)
    assert fault_of(PROOFS.read_context, context, CHANNEL) is ProofFault.WRONG


def test_word_and_argument_cannot_trade_letters():
    context = PROOFS.context(CaseId("ESC-1"), "topic", "legal", CHANNEL)
    moved = {**context, "word": "topicl", "argument": "egal"}
    assert fault_of(PROOFS.read_context, moved, CHANNEL) is ProofFault.WRONG


@pytest.mark.parametrize("key", ["case", "word", "argument", "mac"])
@pytest.mark.parametrize(
    ("value", "fault"), [(None, ProofFault.MISSING), (1, ProofFault.WRONG), ([], ProofFault.WRONG)]
)
def test_a_context_of_other_types_is_refused(key, value, fault):
    context = {**PROOFS.context(CaseId("ESC-1"), "claim", "", CHANNEL), key: value}
    assert fault_of(PROOFS.read_context, context, CHANNEL) is fault


@pytest.mark.parametrize("context", [None, "text", 1, [], {}])
def test_no_context_is_missing(context):
    assert fault_of(PROOFS.read_context, context, CHANNEL) is ProofFault.MISSING


@settings(deadline=None)
@given(JSON | st.fixed_dictionaries({"case": JSON, "word": JSON, "argument": JSON, "mac": JSON}), st.text())
def test_no_hostile_context_passes_or_breaks_anything(context, channel_id):
    with pytest.raises(ProofFailed):
        PROOFS.read_context(context, channel_id)


def test_half_a_surrogate_pair_in_a_context_is_wrong():
    context = dict.fromkeys(("case", "word", "argument", "mac"), "\ud800")
    assert fault_of(PROOFS.read_context, context, "\ud800") is ProofFault.WRONG


# ------------------------------------------------------------------------------------------- states of forms


def state(case="ESC-1", word="dismiss", user=USER, key=CLIENT_ID, until=NOW, proofs=PROOFS):
    return proofs.state(case, word, user, key, until)


@pytest.mark.parametrize("case", ["ESC-1", None])
def test_a_state_comes_back_as_it_was_signed(case):
    assert PROOFS.read_state(state(case), USER, NOW) == (case, "dismiss", CLIENT_ID)


def test_a_state_of_somebody_else_is_wrong():
    assert fault_of(PROOFS.read_state, state(), "v" * 26, NOW) is ProofFault.WRONG


def test_a_state_of_another_installation_is_wrong():
    assert fault_of(PROOFS.read_state, state(proofs=Proofs(b"another key")), USER, NOW) is ProofFault.WRONG


def test_a_state_expires():
    late = NOW + timedelta(milliseconds=1)
    assert fault_of(PROOFS.read_state, state(), USER, late) is ProofFault.EXPIRED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ESC-1:", "ESC-2:"),
        ("ESC-1:", ":"),
        ("dismiss", "topic"),
        (USER, "v" * 26),
        (CLIENT_ID, "s" * 26),
        (":17", ":18"),
    ],
)
def test_a_state_changed_anywhere_is_wrong(old, new):
    changed = state().replace(old, new, 1)
    assert changed != state()
    assert fault_of(PROOFS.read_state, changed, "v" * 26 if old == USER else USER, NOW) is ProofFault.WRONG


def test_a_state_is_no_context_and_a_context_no_state():
    """One key for each purpose: what proves one thing proves no other."""
    signed = state().rpartition(":")[0]
    context = {"case": "ESC-1", "word": "dismiss", "argument": "", "mac": state().rpartition(":")[2]}
    assert fault_of(PROOFS.read_context, context, CHANNEL) is ProofFault.WRONG
    mac = PROOFS.context(signed, "", "", "")["mac"]
    assert fault_of(PROOFS.read_state, f"{signed}:{mac}", USER, NOW) is ProofFault.WRONG


@pytest.mark.parametrize("given_", [None, "", 0, [], {}])
def test_no_state_is_missing(given_):
    assert fault_of(PROOFS.read_state, given_, USER, NOW) is ProofFault.MISSING


@settings(deadline=None)
@given(JSON | st.from_regex(r"ESC-1:dismiss:u{26}:t{26}:[0-9]{1,15}:[0-9a-f]{64}", fullmatch=True))
def test_no_hostile_state_passes_or_breaks_anything(given_):
    with pytest.raises(ProofFailed):
        PROOFS.read_state(given_, USER, NOW)


def test_a_pending_id_is_stable_and_of_its_effect_channel_and_installation():
    one = PROOFS.pending_id("k/1", CHANNEL)
    others = [
        PROOFS.pending_id("k/2", CHANNEL),
        PROOFS.pending_id("k/1", "d" * 26),
        Proofs(b"x").pending_id("k/1", CHANNEL),
    ]
    assert one == PROOFS.pending_id("k/1", CHANNEL)
    assert one not in others
    assert len(one) == 32
    assert one.isalnum()


def test_an_empty_secret_key_is_refused():
    with pytest.raises(BadInput):
        Proofs(b"")


def test_the_secret_key_is_not_shown():
    assert "secret" not in repr(Proofs(b"secret"))


def test_a_genuine_trigger_id_gives_its_client_trigger_id():
    assert PROOFS.check_trigger(trigger(), USER, SIGNING_KEY, NOW) == CLIENT_ID


@pytest.mark.parametrize("age", [TRIGGER_LIFETIME, -CLOCK_SKEW])
def test_a_trigger_id_is_fresh_up_to_its_lifetime_and_the_clocks_difference(age):
    assert PROOFS.check_trigger(trigger(), USER, SIGNING_KEY, NOW + age) == CLIENT_ID


@pytest.mark.parametrize("age", [TRIGGER_LIFETIME + timedelta(milliseconds=1), -CLOCK_SKEW - timedelta(milliseconds=1)])
def test_a_genuine_trigger_id_of_another_time_is_expired(age):
    assert fault_of_trigger(trigger(), now=NOW + age) is ProofFault.EXPIRED


def test_a_trigger_id_of_the_far_future_is_expired():
    assert fault_of_trigger(trigger(ms="9" * 15)) is ProofFault.EXPIRED


def test_a_trigger_id_of_somebody_else_is_wrong():
    assert fault_of_trigger(trigger(), user="v" * 26) is ProofFault.WRONG


def test_a_trigger_id_signed_by_another_server_is_wrong():
    assert fault_of_trigger(trigger(key=ec.generate_private_key(ec.SECP256R1()))) is ProofFault.WRONG


def test_a_forged_trigger_id_is_wrong_even_when_it_is_old():
    forged = trigger(key=ec.generate_private_key(ec.SECP256R1()), at=NOW - timedelta(days=1))
    assert fault_of_trigger(forged) is ProofFault.WRONG


def test_no_trigger_id_is_missing():
    assert fault_of_trigger("") is ProofFault.MISSING


@pytest.mark.parametrize(
    "hostile",
    [
        "é",
        "\ud800",
        "====",
        "x" * 1025,
        trigger()[:-8],
        trigger() + "\n",
        base64.b64encode(b"\xff\xfe").decode(),
        base64.b64encode(f"{CLIENT_ID}:{USER}:1".encode()).decode(),
        base64.b64encode(f"{CLIENT_ID}:{USER}:1:".encode()).decode(),
        base64.b64encode(f"{CLIENT_ID}:{USER}:1:x:y".encode()).decode(),
        base64.b64encode(f"{CLIENT_ID}:{USER}:1:AAAA".encode()).decode(),
        base64.b64encode(f"{CLIENT_ID}:{USER}:-1:AAAA".encode()).decode(),
        trigger(client_id="short"),
        trigger(ms="1" * 16),
        7,
        ["x"],
        b"x",
        {"a": 1},
    ],
)
def test_a_hostile_trigger_id_is_wrong(hostile):
    assert fault_of_trigger(hostile) is ProofFault.WRONG


@pytest.mark.parametrize("user", ["", "é", "\ud800", None, 7, ["u"]])
def test_a_trigger_id_of_no_user_is_wrong(user):
    assert fault_of_trigger(trigger(), user=user) is ProofFault.WRONG


@pytest.mark.parametrize(
    "signing_key",
    [
        "",
        "é",
        "====",
        "AAAA",
        SIGNING_KEY[:-8],
        public(ec.generate_private_key(ec.SECP384R1())),
        public(rsa.generate_private_key(65537, 2048)),
    ],
)
def test_a_signing_key_that_is_none_verifies_nothing(signing_key):
    assert fault_of_trigger(trigger(), signing_key=signing_key) is ProofFault.WRONG


@settings(deadline=None)
@given(st.text() | st.binary().map(lambda raw: base64.b64encode(raw).decode()), st.text(), st.text())
def test_no_hostile_trigger_id_passes_or_breaks_anything(trigger_id, user, signing_key):
    with pytest.raises(ProofFailed):
        PROOFS.check_trigger(trigger_id, user, signing_key, NOW)


@settings(deadline=None)
@given(st.text(alphabet="abcuvwt0123456789:=+/", max_size=200))
def test_no_text_of_the_right_letters_passes(inner):
    with pytest.raises(ProofFailed):
        PROOFS.check_trigger(base64.b64encode(f"{CLIENT_ID}:{USER}:{inner}".encode()).decode(), USER, SIGNING_KEY, NOW)


@pytest.mark.parametrize(("given_", "index"), [("old", 0), ("new", 1)])
def test_a_token_is_accepted_while_it_is_rotated(given_, index):
    assert PROOFS.check_token(given_, ["old", "new"]) == index


@pytest.mark.parametrize("given_", [None, "", 1, ["old"], b"old", {}])
def test_no_token_is_missing(given_):
    assert fault_of(PROOFS.check_token, given_, ["old"]) is ProofFault.MISSING


@pytest.mark.parametrize(
    ("given_", "accepted"), [("ol", ["old"]), ("öld", ["old"]), ("\ud800", ["old"]), ("x", []), ("x", [""])]
)
def test_another_token_is_wrong(given_, accepted):
    assert fault_of(PROOFS.check_token, given_, accepted) is ProofFault.WRONG


def test_what_was_sent_is_not_in_the_message():
    with pytest.raises(ProofFailed) as caught:
        PROOFS.check_token("what-was-sent", ["right-one"])
    assert str(caught.value) == "token: wrong"
