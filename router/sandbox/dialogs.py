"""Interactive dialogs: opened by an integration with a trigger id, submitted by a person's client."""

import json
from http import HTTPStatus

from router.sandbox import announcements
from router.sandbox.errors import ACTION_INTEGRATION, ApiError, bad_body, bad_request, forbidden
from router.sandbox.outbound import Answer, CallFailedError
from router.sandbox.outbound import call as call_integration
from router.sandbox.records import Json
from router.sandbox.routing import OK, Call, Reply, Routes, text_of

_CLOSING = frozenset({"", "ok", "navigate"})
_KINDS = frozenset({"dialog_submission", "refresh", "dialog_lookup"})

routes = Routes()


@routes.add("POST", "/actions/dialogs/open", public=True)
def open_dialog(call: Call) -> Reply:
    """Open a dialog for whom the trigger id names: that is the permission, no token is needed, and it may be reused.

    A dialog that is no good is accepted as well; a missing URL is not.
    """
    if not text_of(call.body, "url", ""):
        raise bad_body("url")
    client_id, user_id = call.state.signer.open(text_of(call.body, "trigger_id", ""), call.state.now())
    opened = {"trigger_id": client_id, "url": call.body["url"], "dialog": call.body.get("dialog")}
    call.state.show_dialog(user_id, opened)
    announcements.dialog_opened(call.state, user_id, opened)
    return OK


@routes.add("POST", "/actions/dialogs/submit", locked=False)
def submit_dialog(call: Call) -> Reply:
    """Pass a submission on. Only `user_id` is the server's; the rest is as the client says, the URL too."""
    url = text_of(call.body, "url", "")
    with call.state.lock:
        payload = _payload(call)
    try:
        answer = call_integration(
            "POST", url, {"Content-Type": "application/json"}, json.dumps(payload), call.state.way
        )
    except CallFailedError as error:
        raise bad_request(ACTION_INTEGRATION) from error
    return Reply(_judge(answer))


def _payload(call: Call) -> Json:
    """Return what the integration gets; the submitter must be able to read the channel and be in the team."""
    body = call.body
    channel_id, team_id = text_of(body, "channel_id", ""), text_of(body, "team_id", "")
    channel, team = call.state.channel(channel_id), call.state.team(team_id)
    call.state.require_read(call.me, channel)
    if not call.me.is_admin and call.me.id not in team.members:
        raise forbidden()
    kind = text_of(body, "type", "")
    submission = body.get("submission")
    return {
        "type": kind if kind in _KINDS else "dialog_submission",
        "callback_id": text_of(body, "callback_id", ""),
        "state": text_of(body, "state", ""),
        "user_id": call.me.id,
        "channel_id": channel_id,
        "team_id": team_id,
        "submission": submission if isinstance(submission, dict) else {},
        "cancelled": body.get("cancelled") is True,
    }


def _judge(answer: Answer) -> Json:
    """Return the answer that the client gets: errors keep the dialog open, a form is its next step."""
    if answer.status != HTTPStatus.OK:
        raise bad_request(ACTION_INTEGRATION)
    if not answer.body:
        return {}
    try:
        said = json.loads(answer.body)
    except ValueError as error:
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "app.submit_interactive_dialog.json_error") from error
    if not isinstance(said, dict):
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "app.submit_interactive_dialog.json_error")
    kind, form = said.get("type", ""), said.get("form")
    if (kind == "form") != isinstance(form, dict) or (kind != "form" and kind not in _CLOSING):
        raise bad_request("app.submit_interactive_dialog.invalid_response")
    return {name: said[name] for name in ("error", "errors", "type", "form") if name in said}
