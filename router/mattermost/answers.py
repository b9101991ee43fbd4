"""What Mattermost answers, read into the values of the ports. Pure; whatever has another shape is ChatUnavailable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

import msgspec

from router.mattermost.refusals import garbage
from router.ports import ChatChannel, ChatPost, ChatUser

KEY_PROP = "escalation_router"  # the post prop that is ours
DIRECT_TYPE = "D"  # of a channel with one other person; of several it is "G"
PRIVATE_TYPE = "P"

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Id = Annotated[str, msgspec.Meta(min_length=1)]
_Millis = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)]  # to the end of the year 9999


class _User(msgspec.Struct):
    id: _Id
    username: _Id
    first_name: str = ""
    last_name: str = ""
    nickname: str = ""
    roles: str = ""
    is_bot: bool = False
    delete_at: _Millis = 0


class _Post(msgspec.Struct):
    id: _Id
    channel_id: _Id
    user_id: _Id
    create_at: _Millis
    edit_at: _Millis = 0
    delete_at: _Millis = 0
    root_id: str = ""
    message: str = ""
    type: str = ""
    props: dict[str, Any] | None = None


class _Page(msgspec.Struct):
    order: list[str] | None = None
    posts: dict[str, _Post] | None = None
    prev_post_id: str = ""


class _Channel(msgspec.Struct):
    id: _Id
    type: str
    name: str = ""
    last_post_at: _Millis = 0
    delete_at: _Millis = 0


class _Identified(msgspec.Struct):
    id: _Id


class _Member(msgspec.Struct):
    user_id: _Id


class _Config(msgspec.Struct):
    signing_key: _Id = msgspec.field(name="AsymmetricSigningPublicKey")
    site_url: str = msgspec.field(name="SiteURL", default="")


@dataclass(frozen=True, slots=True)
class Page:
    """Posts of a channel, newest first; `older` is the id of the next older post, "" when there is none."""

    ids: tuple[str, ...]
    posts: tuple[ChatPost, ...]
    older: str


def user(answer: object, what: str) -> ChatUser:
    """Read an account."""
    return _user(_read(_User, answer, what))


def users(answer: object, what: str) -> Sequence[ChatUser]:
    """Read a list of accounts."""
    return [_user(one) for one in _read(list[_User], answer, what)]


def post(answer: object, what: str, *, changes: bool = False) -> ChatPost | None:
    """Read a post, None for a deleted one; `changes` when the request was to make it."""
    given = _read(_Post, answer, what, changes=changes)
    return None if given.delete_at else _post(given)


def page(answer: object, what: str) -> Page:
    """Read a page of a channel's posts; deleted ones keep their place, but are not among `posts`."""
    given = _read(_Page, answer, what)
    ids, posts = tuple(given.order or ()), given.posts or {}
    if not posts.keys() >= set(ids):
        raise garbage(what, "posts of the order are missing", changes=False)
    return Page(ids, tuple(_post(posts[one]) for one in ids if not posts[one].delete_at), given.prev_post_id)


def channel(answer: object, what: str) -> ChatChannel:
    """Read a channel."""
    return _channel(_read(_Channel, answer, what))


def channels(answer: object, what: str) -> Sequence[ChatChannel]:
    """Read a list of channels."""
    return [_channel(one) for one in _read(list[_Channel], answer, what)]


def members(answer: object, what: str) -> frozenset[str]:
    """Read the user ids of memberships."""
    return frozenset(one.user_id for one in _read(list[_Member], answer, what))


def identified(answer: object, what: str) -> str:
    """Read the id of anything."""
    return _read(_Identified, answer, what).id


def signing_key(answer: object, what: str) -> str:
    """Read the key that trigger ids are signed with out of the client's configuration."""
    return _read(_Config, answer, what).signing_key


def site_url(answer: object, what: str) -> str:
    """Read where people reach the server out of the same."""
    return _read(_Config, answer, what).site_url.rstrip("/")


def _read(kind: type[T], answer: object, what: str, *, changes: bool = False) -> T:
    try:
        return msgspec.convert(answer, kind)
    except msgspec.ValidationError as error:  # its text holds declared names and types, never a value
        raise garbage(what, str(error), changes=changes) from error


def _user(given: _User) -> ChatUser:
    name = f"{given.first_name} {given.last_name}".strip() or given.nickname or given.username
    guest = "system_guest" in given.roles.split()
    return ChatUser(given.id, given.username, name, given.is_bot, guest, active=not given.delete_at)


def _channel(given: _Channel) -> ChatChannel:
    direct, last = given.type == DIRECT_TYPE, _time(given.last_post_at)
    return ChatChannel(
        given.id, direct, last, given.name, archived=bool(given.delete_at), private=given.type == PRIVATE_TYPE
    )


def _post(given: _Post) -> ChatPost:
    props = given.props or {}
    return ChatPost(
        id=given.id,
        channel_id=given.channel_id,
        user_id=given.user_id,
        root_id=given.root_id,
        message=given.message,
        key=_key(props),
        from_webhook=props.get("from_webhook") in ("true", True),
        created_at=_time(given.create_at),
        kind=given.type,
        edited_at=_time(given.edit_at) if given.edit_at else None,
    )


def _time(millis: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=millis)


def _key(props: Mapping[str, object]) -> str | None:
    ours = props.get(KEY_PROP)
    key = ours.get("key") if isinstance(ours, dict) else None
    return key if isinstance(key, str) else None
