"""Handing e-mail to a server: one message at a time, briefly, and never half.

`SMTP_URL` names the server: ``smtp://user:password@host:587`` (STARTTLS where the
server has it, and always before a password) or ``smtps://host:465`` (TLS from the
start).
"""

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import SplitResult, unquote, urlsplit

SECONDS = 20.0
LONGEST_LINE = 998  # RFC 5322, 2.1.1
PORTS = {"smtp": 587, "smtps": 465}


class MailNotTaken(Exception):
    """The server did not take it. `for_good`: it never will; else later it may."""

    def __init__(self, text: str, *, for_good: bool) -> None:
        super().__init__(text)
        self.for_good = for_good


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message to one address, as text and as HTML.

    `message_id`: the same each time one letter is tried, so that whoever gets it twice
    can see that it is one.
    """

    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    message_id: str
    written_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()


def send(smtp_url: str, letter: Letter) -> None:
    """Hand it over; MailNotTaken if the server has not taken responsibility for it."""
    message = _message(letter)
    parts = urlsplit(smtp_url)
    try:
        with _connection(parts) as server:
            _log_in(server, parts)
            server.send_message(message)
    except smtplib.SMTPResponseException as error:
        raise MailNotTaken(
            f"{error.smtp_code} {_said(error.smtp_error)}",
            for_good=500 <= error.smtp_code < 600 and error.smtp_code != 535,
        ) from error
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise MailNotTaken(f"{code} {_said(said)}", for_good=code >= 500) from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailNotTaken(type(error).__name__, for_good=False) from error


def _said(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.split())[:200]


def _connection(parts: SplitResult) -> smtplib.SMTP:
    host = parts.hostname or ""
    port = parts.port or PORTS[parts.scheme]
    if parts.scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    return smtplib.SMTP(host, port, timeout=SECONDS)


def _log_in(server: smtplib.SMTP, parts: SplitResult) -> None:
    server.ehlo_or_helo_if_needed()
    if parts.scheme == "smtp" and server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
    elif parts.scheme == "smtp" and parts.username:
        raise smtplib.SMTPNotSupportedError("no STARTTLS, so no password is told")
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))


def _message(letter: Letter) -> EmailMessage:
    # Folded, an address in a header would be an encoded word, which no program follows.
    message = EmailMessage(policy.default.clone(max_line_length=LONGEST_LINE))
    message["From"] = letter.sender
    message["To"] = letter.recipient
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(letter.written_at)
    message["Message-ID"] = letter.message_id
    for name, value in letter.headers.items():
        message[name] = value
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    for each in letter.attachments:
        kind, _, subtype = each.content_type.partition("/")
        message.add_attachment(
            each.content, maintype=kind, subtype=subtype, filename=each.name
        )
    return message
