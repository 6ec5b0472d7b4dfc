"""Errors as Jira words them: sentences, and one for each field."""

from dataclasses import dataclass, field

from starlette.responses import JSONResponse, Response

MESSAGES = {
    401: "Client must be authenticated to access this resource.",
    403: "You do not have permission to do this in this project.",
    404: "Issue does not exist or you do not have permission to see it.",
    429: "Rate limit exceeded.",
}


@dataclass
class JiraError(Exception):
    """A request that is refused; `errors` are sentences by field."""

    status: int
    messages: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """The error body."""
        said = self.messages or ([] if self.errors else [MESSAGES.get(self.status, f"HTTP {self.status}")])
        return JSONResponse({"errorMessages": said, "errors": self.errors}, status_code=self.status)


def refusal(_: str, status: int, retry_after: int | None) -> Response:
    """An error for any path."""
    response = JiraError(status).response()
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
