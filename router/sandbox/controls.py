"""The sandbox's own routes under `/sandbox`: faults, forgetting, and what a person's client would have shown."""

import re
from http import HTTPStatus

from router.sandbox.errors import bad_body, not_found
from router.sandbox.faults import Fault
from router.sandbox.records import Json
from router.sandbox.routing import OK, Call, Reply, Routes

_SETTABLE = frozenset({"kind", "method", "path", "times", "status", "error_id", "retry_after", "hold_seconds"})
_WAIT_SECONDS = 30

routes = Routes(prefix="/sandbox")


@routes.add("POST", "/faults", admin=True)
def add_fault(call: Call) -> Reply:
    """Switch a fault on; the keys are those of `Fault`."""
    fault = _fault_of(call.body)
    return Reply(call.server.faults.add(fault).json(), HTTPStatus.CREATED)


def _fault_of(body: Json) -> Fault:
    if not body.keys() <= _SETTABLE:
        raise bad_body("fault")
    try:
        return Fault(**body)
    except (ValueError, TypeError, re.error) as error:
        raise bad_body("fault") from error


@routes.add("GET", "/faults", admin=True)
def list_faults(call: Call) -> Reply:
    """Return the faults switched on, with what they hit and hold."""
    return Reply([fault.json() for fault in call.server.faults.all()])


@routes.add("DELETE", "/faults", admin=True)
def clear_faults(call: Call) -> Reply:
    """Switch every fault off and let the held requests go."""
    call.server.faults.clear()
    return OK


def _fault(call: Call) -> Fault:
    fault = call.server.faults.get(call.id("fault_id"))
    if fault is None:
        raise not_found("app.sandbox.fault.missing.app_error")
    return fault


@routes.add("GET", "/faults/{fault_id}/held", admin=True, locked=False)
def wait_for_held(call: Call) -> Reply:
    """Answer once the fault holds a request, or after `timeout` seconds, 30 at most."""
    fault = _fault(call)
    held = fault.wait_until_held(min(call.number("timeout", _WAIT_SECONDS), _WAIT_SECONDS))
    return Reply(fault.json() | {"is_held": held})


@routes.add("POST", "/faults/{fault_id}/release", admin=True)
def release_fault(call: Call) -> Reply:
    """Let the requests go that one fault holds."""
    _fault(call).release()
    return OK


@routes.add("POST", "/forget", admin=True)
def forget(call: Call) -> Reply:
    """Forget the pending post ids, as a restart does."""
    call.state.pending.forget()
    return OK


@routes.add("GET", "/requests", admin=True)
def list_requests(call: Call) -> Reply:
    """Return the log of requests, oldest first."""
    return Reply([record._asdict() for record in call.state.requests])


@routes.add("GET", "/ephemeral")
def list_ephemeral(call: Call) -> Reply:
    """Return the posts that only the caller's client has shown, oldest first."""
    return Reply(list(call.state.ephemeral.get(call.me.id, ())))


@routes.add("GET", "/dialogs")
def list_dialogs(call: Call) -> Reply:
    """Return the dialogs opened for the caller, oldest first: `trigger_id` (the client's), `url`, `dialog`."""
    return Reply(list(call.state.dialogs.get(call.me.id, ())))
