"""Take out of a text what points at a person or opens a door, before the text is learnt from or sent elsewhere.

Only forms are recognised: a name in a sentence stays. What looks like a secret and is none (a commit, a serial number)
goes, too. Every pattern begins at the start of a run of characters and takes it possessively, so the time is
proportional to the length of the text, whatever it says.
"""

import re
from collections.abc import Callable
from ipaddress import AddressValueError, IPv6Address

ADDRESS, CARD, EMAIL, HOST = "[address]", "[card]", "[e-mail]", "[host]"
IBAN, KEY, PHONE, USER = "[iban]", "[key]", "[phone]", "[user]"

_Replacement = str | Callable[[re.Match[str]], str]
_Rule = tuple[re.Pattern[str], _Replacement]

_PRIVATE = (".local", ".localdomain", ".internal", ".intranet", ".lan", ".corp", ".home")
# A word that has one of these in its first forty characters names a secret, as MM_DB_PASSWORD does.
_CONFIDENTIAL = (
    r"(?=[\w-]{0,40}(?:passw|passphrase|pwd|secret|token|credential|(?:api|access|private|licen[cs]e)[_-]?key))[\w-]++"
)
_KEY_BEGINNINGS = r"gh[pousr]_|github_pat_|glpat-|xox[a-z]-|sk[-_]|whsec_|AKIA|AIza"
_NO_NUMBER_BEFORE = r"(?<![\w.,:/+-])"
_SHORTEST_KEY = 16
_EVERYBODY = {"all", "channel", "everyone", "here"}


def masked(text: str) -> str:
    """Replace e-mail addresses, phone and account numbers, network addresses, handles, secrets; shorten web addresses.

    Masking what is masked changes nothing.
    """
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def _web_address(found: re.Match[str]) -> str:
    """Keep scheme, host, port and path: not who signs in, nor what is asked. A private host is not named."""
    whole = found["rest"].rstrip(").,;:!")
    closing = found["rest"][len(whole) :]
    place, slash, path = re.split(r"[?#]", whole, maxsplit=1)[0].partition("/")
    name = place.rpartition("@")[2]
    end = name.find(":", name.find("]") + 1)
    host, port = (name, "") if end < 0 else (name[:end], name[end:])
    return f"{found['scheme']}://{HOST if _hidden(host) else host}{port}{slash}{path}{closing}"


def _hidden(host: str) -> bool:
    """Whether a host is one of a private network: an address, a word without a dot, or a name that only it knows."""
    host = host.strip(".")
    return "." not in host or host.lower().endswith(_PRIVATE) or host.replace(".", "").isdigit()


def _private_host(found: re.Match[str]) -> str:
    return HOST if found[0].lower().endswith(_PRIVATE) else found[0]


def _card(found: re.Match[str]) -> str:
    """Mask what has the check digit of a card (Luhn)."""
    digits = [int(one) for one in found[0] if one.isdigit()]
    doubled = sum(sum(divmod(2 * one, 10)) for one in digits[-2::-2])
    return CARD if (sum(digits[-1::-2]) + doubled) % 10 == 0 else found[0]


def _ipv6(found: re.Match[str]) -> str:
    try:
        IPv6Address(found[0])
    except AddressValueError:
        return found[0]
    return ADDRESS


def _handle(found: re.Match[str]) -> str:
    name = found["name"].rstrip(".-@\uff20")
    return found[0] if name in _EVERYBODY else f"{USER}{found['name'][len(name) :]}"


def _key(found: re.Match[str]) -> str:
    """Mask a run of which one piece is long and has letters and digits, as no word has."""
    pieces = re.split(r"[^A-Za-z0-9]+", found[0])
    odd = any(len(one) >= _SHORTEST_KEY and not one.isalpha() and not one.isdigit() for one in pieces)
    return KEY if odd else found[0]


def _rule(pattern: str, replacement: _Replacement, flags: re.RegexFlag = re.NOFLAG) -> _Rule:
    return re.compile(pattern, flags), replacement


_ASCII, _ANY_CASE = re.ASCII, re.IGNORECASE
_HANDLE = _rule(
    r"(?<![\w@./])[@\uff20](?P<name>[A-Za-z0-9_\u00c0-\u024f][\w.@\uff20\u00c0-\u024f-]*+)(?!/)", _handle, _ASCII
)
_RULES: tuple[_Rule, ...] = (
    _rule(r"-----BEGIN [A-Z0-9 ]{1,40}-----(?:(?!-----END).)*+(?:-----END [A-Z0-9 ]{1,40}-----)?", KEY, re.DOTALL),
    _rule(r"(?<![A-Za-z0-9+.-])(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*+)://(?P<rest>[^\s<>\"'`]++)", _web_address),
    _rule(r"(?<![\w-])eyJ[\w-]++\.[\w-]++(?:\.[\w-]*+)?+", KEY),
    _rule(rf"(?<![A-Za-z0-9])(?:{_KEY_BEGINNINGS})[\w+/=-]{{8,}}+", KEY),
    _rule(r"(?<!\w)(bearer|basic) +[\w.~+/=-]{8,}+", rf"\1 {KEY}", _ANY_CASE),
    _rule(rf"(?<![\w-])({_CONFIDENTIAL}[\"']?\s{{0,3}}[:=]\s{{0,3}}[\"']?)[^\s\"',;&]++", rf"\1{KEY}", _ANY_CASE),
    _rule(r"(?<![\w-])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-])", KEY, _ANY_CASE),
    _rule(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?!\w)", IBAN, _ASCII),
    _rule(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])", _card, _ASCII),
    _rule(r"(?<![\w.+%-])[\w.+%-]++(?:[@\uff20]|\s?[\[(] ?at ?[\])]\s?)[\w-]++(?:\.[\w-]++)++", EMAIL),
    _HANDLE,
    _rule(r"(?<![\w:.-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![\w:-])", ADDRESS, _ANY_CASE),
    _rule(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\w)", ADDRESS, _ASCII),
    _rule(r"(?<![\w:.])(?=[0-9a-f]{0,4}:[0-9a-f]{0,4}:)[0-9a-f:]{3,39}+(?![\w:])", _ipv6, _ANY_CASE | _ASCII),
    _rule(r"(?<![\w.])(?:\+|00) ?\d(?:[ ./()-]{0,2}\d){6,13}(?!\w)", PHONE, _ASCII),
    _rule(r"(?<![\w.])\(\d{2,5}\) ?\d(?:[ -]?\d){5,9}(?!\w)", PHONE, _ASCII),
    _rule(rf"{_NO_NUMBER_BEFORE}0\d(?:[ ./-]{{0,2}}\d){{6,11}}(?!\w)", PHONE, _ASCII),
    _rule(rf"{_NO_NUMBER_BEFORE}\d{{3}}[ .-]\d{{3}}[ .-]\d{{4}}(?!\w)", PHONE, _ASCII),  # North America
    _rule(rf"{_NO_NUMBER_BEFORE}[67]\d\d(?:[ .-]\d{{3}}){{2}}(?!\w)", PHONE, _ASCII),  # Spain
    _rule(rf"{_NO_NUMBER_BEFORE}1[3-9]\d{{9}}(?!\w)", PHONE, _ASCII),  # China
    _HANDLE,  # once more, as one may follow an address: ::1@jane
    _rule(r"(/home/|/Users/|\\Users\\)[^\s/\\:\"']++", rf"\1{USER}"),
    _rule(r"(?<![\w.-])[\w-]++(?:\.[\w-]++)++", _private_host),
    _rule(r"(?<![A-Za-z0-9_+=-])[A-Za-z0-9_+=-]{16,}+", _key),
)
