"""Errors as Twilio words them: a number of their own beside the HTTP status."""

from dataclasses import dataclass

from starlette.responses import JSONResponse, Response

CODES = {
    400: (20001, "Bad request"),
    401: (20003, "Authenticate"),
    403: (20403, "Forbidden"),
    404: (20404, "The requested resource was not found"),
    405: (20004, "Method not allowed"),
    429: (20429, "Too Many Requests"),
    500: (20500, "Internal Server Error"),
    503: (20503, "Service Unavailable"),
}


@dataclass
class TwilioError(Exception):
    """A request that Twilio refuses."""

    code: int
    message: str
    status: int = 400

    def response(self) -> Response:
        """Twilio's error body."""
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        body = {"code": self.code, "message": self.message, "more_info": more, "status": self.status}
        return JSONResponse(body, status_code=self.status)


def standard(status: int) -> TwilioError:
    """The usual error for a status."""
    code, message = CODES.get(status, CODES[500])
    return TwilioError(code, message, status)


def refusal(_: str, status: int, retry_after: int | None) -> Response:
    """An error for any path; 429 says when to come back only where it is told to."""
    response = standard(status).response()
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
