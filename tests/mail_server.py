"""A real SMTP server on loopback that keeps what it is given."""

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from serving import free_port


@dataclass
class Post:
    """What the server was given; the next so many it answers otherwise."""

    mails: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's
        if self.answers:
            return self.answers.pop(0)
        parsed = email.message_from_bytes(
            envelope.content, _class=EmailMessage, policy=email.policy.default
        )
        assert envelope.rcpt_tos == [parsed["To"]]
        assert (
            b"\nList-Unsubscribe: =?" not in envelope.content
        )  # no program reads that
        self.mails.append(parsed)
        return "250 taken"


@contextmanager
def mail_server() -> Iterator[tuple[Post, str]]:
    """What it was given, and its SMTP_URL."""
    box = Post()
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()
