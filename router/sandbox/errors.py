"""Refusals in the shape of Mattermost's error JSON: `{id, message, detailed_error, request_id, status_code}`.

Clients branch on the id; the message is only for people.
"""

from http import HTTPStatus

PERMISSIONS = "api.context.permissions.app_error"
SESSION_EXPIRED = "api.context.session_expired.app_error"
ACTION_INTEGRATION = "api.post.do_action.action_integration.app_error"


class ApiError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, error_id: str, message: str = "") -> None:
        super().__init__(error_id)
        self.status = status
        self.error_id = error_id
        self.message = message or error_id


def forbidden() -> ApiError:
    """Return the refusal for a missing permission."""
    return ApiError(HTTPStatus.FORBIDDEN, PERMISSIONS, "You do not have the appropriate permissions.")


def unauthorised() -> ApiError:
    """Return the one refusal for a missing, wrong or revoked token and for a disabled account."""
    return ApiError(HTTPStatus.UNAUTHORIZED, SESSION_EXPIRED, "Invalid or expired session, please login again.")


def not_found(error_id: str) -> ApiError:
    """Return a 404 with its id."""
    return ApiError(HTTPStatus.NOT_FOUND, error_id)


def bad_request(error_id: str) -> ApiError:
    """Return a 400 with its id."""
    return ApiError(HTTPStatus.BAD_REQUEST, error_id)


def bad_body(name: str) -> ApiError:
    """Return the refusal for a body whose part `name` is missing or wrong."""
    return ApiError(
        HTTPStatus.BAD_REQUEST,
        "api.context.invalid_body_param.app_error",
        f"Invalid or missing {name} in request body.",
    )


def bad_url(name: str) -> ApiError:
    """Return the refusal for a path or query part `name` that is not valid."""
    return ApiError(
        HTTPStatus.BAD_REQUEST,
        "api.context.invalid_url_param.app_error",
        f"Invalid or missing {name} parameter in request URL.",
    )
