"""Errors as ServiceNow words them: one object for all of them, and a page while the instance sleeps."""

from dataclasses import dataclass

from starlette.responses import HTMLResponse, JSONResponse, Response

MESSAGES = {
    400: ("Bad Request", None),
    401: ("User Not Authenticated", "Required to provide Auth information"),
    403: ("Operation Failed", "ACL Exception Update Failed due to security constraints"),
    404: ("No Record found", "Record doesn't exist or ACL restricts the record retrieval"),
    405: ("Method not supported", None),
    406: ("Response type not supported", None),
    415: ("Unsupported media type", None),
    429: ("Rate limit exceeded", "Rejected by large REST API rate limit"),
    500: ("Transaction cancelled: maximum execution time exceeded", None),
    503: ("Service Unavailable", None),
}

ASLEEP = (
    "<!doctype html><html><head><title>Instance Hibernating page</title></head>"
    "<body><h1>Your instance is hibernating</h1></body></html>"
)


@dataclass
class ServiceNowError(Exception):
    """A request that ServiceNow refuses."""

    status: int
    message: str
    detail: str | None = None

    def response(self) -> Response:
        """ServiceNow's error body."""
        error = {"message": self.message, "detail": self.detail}
        return JSONResponse({"error": error, "status": "failure"}, status_code=self.status)


def standard(status: int) -> ServiceNowError:
    """The usual error for a status."""
    message, detail = MESSAGES.get(status, (f"HTTP {status}", None))
    return ServiceNowError(status, message, detail)


def refusal(_: str, status: int, retry_after: int | None) -> Response:
    """An error for any path; it says when to come back only where it is told to."""
    response = standard(status).response()
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def asleep(status: int) -> Response:
    """The page of an instance that hibernates: a success by its status."""
    return HTMLResponse(ASLEEP, status_code=status)
