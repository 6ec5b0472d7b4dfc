"""Errors as Azure words them: a code and a sentence."""

from dataclasses import dataclass

from starlette.responses import JSONResponse, Response

_CODES = {
    400: "InvalidRequestContent",
    401: "Unauthorized",
    403: "Forbidden",
    404: "WorkflowNotFound",
    405: "MethodNotAllowed",
    413: "RequestEntityTooLarge",
    429: "TooManyRequests",
}


@dataclass
class TeamsError(Exception):
    """A request that a workflow's trigger refuses."""

    status: int
    message: str
    retry_after: int | None = None

    def response(self) -> Response:
        """Azure's error body."""
        error = {"code": _CODES.get(self.status, "InternalServerError"), "message": self.message}
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return JSONResponse({"error": error}, status_code=self.status, headers=headers)


def refusal(_: str, status: int, retry_after: int | None) -> Response:
    """An error with any status."""
    return TeamsError(status, "The request could not be completed.", retry_after).response()
