"""Errors as Genesys words them: the platform's error body, and the OAuth shape of the login host."""

from dataclasses import dataclass, field
from uuid import uuid4

from starlette.responses import JSONResponse, Response

LOGIN_PATH = "/oauth/"

CODES = {
    400: ("bad.request", "The request could not be understood by the server due to malformed syntax."),
    401: ("bad.credentials", "Invalid login credentials."),
    403: ("not.authorized", "You are not authorized to perform the requested action."),
    404: ("not.found", "The requested resource was not found."),
    405: ("method.not.allowed", "The request method is not allowed for this resource."),
    409: ("general.conflict", "The request conflicts with the current state of the resource."),
    413: ("request.entity.too.large", "The request is over the size limit. Maximum bytes: 512000"),
    415: ("unsupported.media.type", "The media type of the request is not supported."),
    429: ("too.many.requests.retry.after", "Rate limit exceeded the maximum."),
    500: ("internal.server.error", "The server encountered an unexpected condition."),
    503: ("service.unavailable", "The service is currently unavailable."),
    504: ("request.timeout", "The request timed out."),
}


@dataclass
class GenesysError(Exception):
    """A request that the platform API refuses; `params` fill the message's template."""

    status: int
    code: str
    message: str
    params: dict[str, str] = field(default_factory=dict)
    retry_after: int | None = None

    def response(self, correlation: str) -> Response:
        """The platform's error body; `correlation` is also in the `ININ-Correlation-Id` header."""
        body = {
            "message": self.message,
            "code": self.code,
            "status": self.status,
            "messageParams": self.params,
            "contextId": correlation,
            "details": [],
            "errors": [],
        }
        retry = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        headers = {"ININ-Correlation-Id": correlation, **retry}
        return JSONResponse(body, status_code=self.status, headers=headers)


def bad_request(message: str, code: str = "bad.request") -> GenesysError:
    """A 400 with a sentence of its own."""
    return GenesysError(400, code, message)


def not_found(kind: str, id: str) -> GenesysError:
    """A 404 for an entity."""
    return GenesysError(404, "not.found", f"Unable to find the {kind} with id {id}.", {"id": id})


def standard(status: int, retry_after: int | None) -> GenesysError:
    """The platform's usual error for a status."""
    code, message = CODES.get(status, ("internal.server.error", f"HTTP {status}"))
    if status == 429 and retry_after is not None:
        message = f"{message} Retry the request in [{retry_after}] seconds"
    return GenesysError(status, code, message, retry_after=retry_after)


def login_error(status: int, error: str, description: str, retry_after: int | None = None) -> Response:
    """The OAuth shape of the login host."""
    body = {"error": error, "description": description, "error_description": description}
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return JSONResponse(body, status_code=status, headers=headers)


def refusal(path: str, status: int, retry_after: int | None) -> Response:
    """An error in the shape that belongs to the path."""
    if path.startswith(LOGIN_PATH):
        return login_error(status, "server_error", f"HTTP {status}", retry_after)
    return standard(status, retry_after).response(str(uuid4()))
