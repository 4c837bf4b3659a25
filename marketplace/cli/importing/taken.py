"""One thing read from a file, in the form in which a shop platform would send it."""

from dataclasses import dataclass

from marketplace.shops.rules import ShopPlatform


@dataclass(frozen=True, slots=True)
class Taken:
    """A body; `row`: where it stands in the file. `read_as`: in whose form, null for
    the shop's own platform.
    """

    row: int
    body: bytes
    read_as: ShopPlatform | None = None
