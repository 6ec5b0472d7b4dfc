"""Errors as Slack words them: nearly always 200 with `ok: false` and a code.

https://docs.slack.dev/reference/methods/chat.postMessage
"""

from dataclasses import dataclass

from starlette.responses import JSONResponse, Response

_CODES = {
    401: "invalid_auth",
    403: "access_denied",
    404: "unknown_method",
    405: "method_not_supported_for_channel_type",
    408: "request_timeout",
    429: "ratelimited",
    503: "service_unavailable",
}


@dataclass
class SlackError(Exception):
    """A request that Slack refuses. `retry_after` in seconds makes it an answer 429."""

    code: str
    needed: str = ""
    retry_after: int | None = None

    def response(self) -> Response:
        """Slack's error body."""
        body = {"ok": False, "error": self.code}
        if self.needed:
            body["needed"] = self.needed
        if self.retry_after is None:
            return JSONResponse(body)
        return JSONResponse(body, status_code=429, headers={"Retry-After": str(self.retry_after)})


def refusal(_: str, status: int, retry_after: int | None) -> Response:
    """An error with any status; one below 300 lies, and says inside that it failed."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    body = {"ok": False, "error": _CODES.get(status, "fatal_error")}
    return JSONResponse(body, status_code=status, headers=headers)
