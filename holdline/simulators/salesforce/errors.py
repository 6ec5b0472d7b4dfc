"""Errors as Salesforce words them: a list, whose code says more than the status."""

from dataclasses import dataclass

from starlette.responses import JSONResponse, Response

CODES = {
    400: ("MALFORMED_QUERY", "unexpected token"),
    401: ("INVALID_SESSION_ID", "Session expired or invalid"),
    403: ("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id"),
    404: ("NOT_FOUND", "The requested resource does not exist"),
    405: ("METHOD_NOT_ALLOWED", "HTTP Method not allowed"),
    415: ("UNSUPPORTED_MEDIA_TYPE", "Content type not supported"),
    429: ("REQUEST_LIMIT_EXCEEDED", "Concurrent requests limit exceeded."),
    500: ("UNKNOWN_EXCEPTION", "An unexpected error occurred"),
    503: ("SERVER_UNAVAILABLE", "Too many requests waiting for connections"),
}


@dataclass
class SalesforceError(Exception):
    """A request that Salesforce refuses."""

    status: int
    code: str
    message: str
    fields: tuple[str, ...] = ()

    def response(self) -> Response:
        """Salesforce's error body."""
        error = {"message": self.message, "errorCode": self.code, "fields": list(self.fields)}
        return JSONResponse([error], status_code=self.status)


def standard(status: int) -> SalesforceError:
    """The usual error for a status."""
    code, message = CODES.get(status, ("UNKNOWN_EXCEPTION", f"HTTP {status}"))
    return SalesforceError(status, code, message)


def refusal(path: str, status: int, retry_after: int | None) -> Response:
    """An error for any path; the login speaks OAuth."""
    response = denied("invalid_grant", status) if path.endswith("/oauth2/token") else standard(status).response()
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def denied(error: str, status: int = 400) -> Response:
    """A login that is refused."""
    return JSONResponse({"error": error, "error_description": error.replace("_", " ")}, status_code=status)
