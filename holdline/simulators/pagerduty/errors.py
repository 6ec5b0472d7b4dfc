"""Errors as PagerDuty words them: one shape for the Events API, another for REST."""

from dataclasses import dataclass, field

from starlette.responses import JSONResponse, Response

EVENTS_PATH = "/v2/"

REST_CODES = {
    400: (2001, "Invalid Input Provided"),
    401: (2006, "Authentication failed"),
    403: (2010, "Access Denied"),
    404: (2100, "Not Found"),
    405: (2100, "Method Not Allowed"),
    429: (2020, "Rate Limit Exceeded"),
    500: (2000, "Internal Server Error"),
}


@dataclass
class RestError(Exception):
    """A request that the REST API refuses."""

    status: int
    errors: list[str] = field(default_factory=list)
    code: int | None = None
    message: str | None = None

    def response(self) -> Response:
        """The REST API's error body."""
        code, message = REST_CODES.get(self.status, REST_CODES[500])
        error = {"message": self.message or message, "code": self.code or code, "errors": self.errors}
        return JSONResponse({"error": error}, status_code=self.status)


def invalid_event(complaints: list[str]) -> Response:
    """The Events API's 400."""
    body = {"status": "invalid event", "message": "Event object is invalid", "errors": complaints}
    return JSONResponse(body, status_code=400)


def throttled() -> Response:
    """The Events API's 429; it names no time to come back."""
    message = "Requests for this service are arriving too quickly. Please retry later."
    return JSONResponse({"status": "throttle exceeded", "message": message}, status_code=429)


def refusal(path: str, status: int, retry_after: int | None) -> Response:
    """An error in the shape that belongs to the path."""
    if not path.startswith(EVENTS_PATH):
        response = RestError(status).response()
    elif status == 429:
        response = throttled()
    elif status == 400:
        response = invalid_event([])
    else:
        response = JSONResponse({"status": "error", "message": f"HTTP {status}"}, status_code=status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
