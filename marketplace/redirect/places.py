"""Landing pages and shops as the click path holds them."""

from typing import NamedTuple

from marketplace.ids import id_bytes
from marketplace.redirect.links import NEVER
from marketplace.redirect.visitors import BrandDay

PAGES = "/i/"


class PageRow(NamedTuple):
    """The page of one influencer, with what its brand and campaign say on it.

    `code`: empty unless it is active. `link_slug`: of the link behind the button.
    `over_ms`: when its application or campaign ended or will (ms since 1970), else
    NEVER. `shown`: false where the campaign has no pages now.
    """

    slug: str
    page_id: str
    brand_id: str
    timezone: str
    brand_name: str
    influencer_name: str
    campaign_title: str
    headline: str
    text: str
    picture_url: str
    button: str
    code: str
    link_slug: str
    over_ms: int = NEVER
    shown: bool = True


class Page:
    """A landing page ready to be shown; `raw`: its id in bytes."""

    __slots__ = ("brand", "brand_id", "over_ms", "page_id", "raw", "row")

    def __init__(self, row: PageRow, brand: BrandDay) -> None:
        """ValueError for an id that is none."""
        self.row = row
        self.page_id = row.page_id
        self.raw = id_bytes(row.page_id)
        self.brand = brand
        self.brand_id = row.brand_id
        self.over_ms = row.over_ms


class ShopRow(NamedTuple):
    """A connected shop; `timezone` is its brand's, by which its days are counted."""

    shop_id: str
    brand_id: str
    timezone: str


class Shop:
    """A connected shop whose pages may report visits."""

    __slots__ = ("brand", "brand_id", "row", "shop_id")

    def __init__(self, row: ShopRow, brand: BrandDay) -> None:
        self.row = row
        self.shop_id = row.shop_id
        self.brand_id = row.brand_id
        self.brand = brand
