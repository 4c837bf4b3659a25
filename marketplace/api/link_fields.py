"""What is said of a link when it is made and when it is changed."""

from typing import Any

from marshmallow import ValidationError, fields
from marshmallow.validate import OneOf

from marketplace.accounts import LONGEST_URL
from marketplace.api.fields import Body, Moment, Text
from marketplace.campaigns import UTM_NAMES
from marketplace.tracking.link_rules import LONGEST_SLUG

_SHORT = {name.removeprefix("utm_"): name for name in UTM_NAMES}


class Utm(fields.Dict):
    """UTM parameters by name, ``utm_term`` or just ``term``; loads to the former."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            keys=Text(validate=OneOf([*UTM_NAMES, *_SHORT])),
            values=Text(longest=200),
            **options,
        )

    def _deserialize(self, *args: Any, **kwargs: Any) -> dict[str, str]:
        # marshmallow's own is untyped.
        said = super()._deserialize(*args, **kwargs)  # type: ignore[no-untyped-call]
        named = {_SHORT.get(name, name): text for name, text in said.items()}
        if len(named) < len(said):
            raise ValidationError("Says the same parameter twice.")
        return named


class LinkSaid(Body):
    """What a link's owner may say of it; null is the usual."""

    label = Text(longest=100)
    slug = Text(
        longest=LONGEST_SLUG,
        metadata={"description": "What the link is called: letters, digits, - and _"},
    )
    destination_path = Text(
        longest=LONGEST_URL,
        allow_none=True,
        attribute="destination_url",
        metadata={"description": "A path or an address on a host the brand has listed"},
    )
    utm = Utm(allow_none=True)
    expires_at = Moment(
        allow_none=True,
        metadata={"description": "From then on clicks do not count; in the past: now"},
    )
    fallback_url = Text(
        longest=LONGEST_URL,
        allow_none=True,
        metadata={
            "description": "Where it leads once it is over; null: the campaign's"
        },
    )
