"""Errors as Azure DevOps words them, and the page of its door."""

from dataclasses import dataclass

from starlette.responses import HTMLResponse, JSONResponse, Response

MESSAGES = {
    400: ("TF401320: Rule Error for a field. Error code: Required, InvalidEmpty.", "RuleValidationException"),
    403: ("TF401027: You need the 'Edit work items in this node' permission.", "AccessDeniedException"),
    404: ("VS800075: The project does not exist, or you do not have permission.", "ProjectDoesNotExistException"),
    409: ("TF26071: This work item has been changed by someone else.", "WorkItemRevisionMismatchException"),
    429: ("TF400733: The request has been canceled: Request was blocked.", "ThrottledException"),
}
SIGN_IN = "<!DOCTYPE html><html><head><title>Azure DevOps Services | Sign In</title></head><body>Sign in</body></html>"


@dataclass
class AzureError(Exception):
    """A request that is refused."""

    status: int
    message: str = ""
    key: str = ""

    def response(self) -> Response:
        """The error body."""
        message, key = MESSAGES.get(self.status, (f"HTTP {self.status}", "VssServiceException"))
        body = {"$id": "1", "innerException": None, "message": self.message or message, "typeKey": self.key or key}
        return JSONResponse({**body, "errorCode": 0, "eventId": 3000}, status_code=self.status)


def sign_in() -> Response:
    """What a token that is not accepted gets: a success by its status."""
    return HTMLResponse(SIGN_IN, status_code=203)


def refusal(_: str, status: int, retry_after: int | None) -> Response:
    """An error for any path."""
    response = AzureError(status).response()
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
