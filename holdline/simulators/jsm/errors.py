"""Errors as Opsgenie and the integration events of Jira Service Management word them."""

from dataclasses import dataclass, field
from uuid import uuid4

from starlette.responses import JSONResponse, Response

MESSAGES = {
    401: "Could not authenticate",
    403: "You are not authorized",
    404: "Not found",
    405: "Method not allowed",
    422: "Request body is not processable. Please check the errors.",
    429: "You are making too many requests!",
}


@dataclass
class JsmError(Exception):
    """A request that is refused; `errors` name the fields."""

    status: int
    message: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """The error body."""
        body = {"message": self.message or MESSAGES.get(self.status, f"HTTP {self.status}")}
        named = {"errors": self.errors} if self.errors else {}
        return JSONResponse({**body, **named, "took": 0.001, "requestId": str(uuid4())}, status_code=self.status)


def refusal(_: str, status: int, retry_after: int | None) -> Response:
    """An error for any path."""
    response = JsmError(status).response()
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
