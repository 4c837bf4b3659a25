"""Answers kept under an Idempotency-Key."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.orm import Model


class KeptAnswer(Model):
    """The first answer to a POST with a key; while it is being made, `status` is 0.

    `scope`: whose key it is. `request_hash`: SHA-256 of method, path and body.
    `sealed_body`: the body, encrypted, because answers hold tokens.
    """

    __tablename__ = "kept_answers"

    scope: Mapped[str] = mapped_column(String(80), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    content_type: Mapped[str] = mapped_column(String(100))
    sealed_body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(index=True)
