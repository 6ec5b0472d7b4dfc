"""What a new message must look like before Twilio takes it."""

import re
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from holdline.simulators.settings import TwilioSettings
from holdline.simulators.twilio.errors import TwilioError

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
LONGEST_BODY = 1600


async def form(request: Request) -> dict[str, str]:
    """The fields of a form body."""
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def checked(fields: dict[str, str], settings: TwilioSettings) -> dict[str, str]:
    """The fields of an acceptable message. Raises TwilioError with the vendor's number."""
    check_recipient(fields.get("To", ""))
    check_sender(fields.get("From", ""), fields.get("MessagingServiceSid", ""), settings)
    check_body(fields.get("Body", ""))
    check_callback(fields.get("StatusCallback", ""))
    return fields


def check_recipient(to: str) -> None:
    """21604 without one, 21211 for one that is not E.164."""
    if not to:
        raise TwilioError(21604, "A 'To' phone number is required.")
    if not E164.fullmatch(to):
        raise TwilioError(21211, f"Invalid 'To' Phone Number: {masked(to)}")


def check_sender(sender: str, service: str, settings: TwilioSettings) -> None:
    """21603 without any, 21212 for one that is not E.164, 21606 for one that is not ours."""
    if service and service not in settings.messaging_services:
        raise TwilioError(21701, "The Messaging Service does not exist.", 404)
    if service and not sender:
        return
    if not sender:
        raise TwilioError(21603, "A 'From' phone number is required.")
    if not E164.fullmatch(sender):
        raise TwilioError(21212, f"Invalid 'From' Phone Number: {masked(sender)}")
    if sender not in settings.numbers:
        message = "The 'From' number is not a Twilio phone number or short code of this account."
        raise TwilioError(21606, message)


def check_body(body: str) -> None:
    """21602 without one, 21617 for one that is too long."""
    if not body:
        raise TwilioError(21602, "Message body is required.")
    if len(body) > LONGEST_BODY:
        raise TwilioError(21617, f"The concatenated message body exceeds the {LONGEST_BODY} character limit.")


def check_callback(url: str) -> None:
    """21609 for a status callback that is no absolute http(s) URL."""
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise TwilioError(21609, "The 'StatusCallback' URL is not a valid URL.")


def masked(number: str) -> str:
    """A number as Twilio repeats it in an error: its end hidden."""
    return f"{number[:4]}XXXX"
