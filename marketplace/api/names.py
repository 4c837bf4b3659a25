"""Fields for names that others keep the lists of: of hosts, and of time zones."""

from typing import Any

from marshmallow import ValidationError

from marketplace import accounts, clock
from marketplace.api.fields import Text


class Host(Text):
    """A host name, in the form in which it is stored."""

    def __init__(self, **options: Any) -> None:
        super().__init__(longest=253, shortest=1, **options)

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        try:
            return accounts.normalise_host(super()._deserialize(*args, **kwargs))
        except ValueError as error:
            reason = "Must be a host name such as shop.example."
            raise ValidationError(reason) from error


class Zone(Text):
    """A time zone's IANA name."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        try:
            return clock.zone(super()._deserialize(*args, **kwargs)).key
        except ValueError as error:
            reason = "Must be a time zone such as Europe/Paris."
            raise ValidationError(reason) from error
