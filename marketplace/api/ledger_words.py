"""What the ledger says of itself, in Dutch beside the English it is stored in."""

from typing import Any

from marshmallow import fields
from marshmallow.utils import get_value

from marketplace.commissions.wording import dutch


def in_dutch(name: str) -> fields.Function:
    """The field of that name in Dutch; null for what somebody wrote themselves."""

    def said(shown: Any) -> str | None:
        text = get_value(shown, name)
        return dutch(text) if text else ""

    return fields.Function(said, metadata={"type": "string", "nullable": True})
