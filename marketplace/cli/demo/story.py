"""The story of the demo, as data: who takes part, what is sold, who buys. Pure.

A test computes every figure of the demo's table from these facts alone. Amounts are in
euro cents; prices include tax, costs do not.
"""

import enum
from collections import Counter
from dataclasses import dataclass

VAT_PERCENT = 21
DISCOUNT_BPS = 1500
COMMISSION_BPS = 1000
MARGIN_BPS = 5500
SHIPPING = 495
FREE_SHIPPING_FROM = 6000
AGENCY_FEE = 2_500


class Kind(enum.StrEnum):
    """Who or what follows a link."""

    PERSON = "person"
    BOT = "bot"
    HEAD = "head"
    PREFETCH = "prefetch"
    PREVIEW = "preview"


@dataclass(frozen=True, slots=True)
class Influencer:
    """One of the four; `fee` and `gift` are what the brand spends on them besides.

    The clicks on their link: `people` distinct visitors, of whom the first `repeats`
    click twice, and machines by kind.
    """

    key: str
    name: str
    platform: str
    handle: str
    followers: int
    message: str
    fee: int
    gift: int
    people: int
    repeats: int
    machines: tuple[tuple[Kind, int], ...]


def _machines(
    *, bots: int, heads: int, prefetches: int, previews: int
) -> tuple[tuple[Kind, int], ...]:
    return (
        (Kind.BOT, bots),
        (Kind.HEAD, heads),
        (Kind.PREFETCH, prefetches),
        (Kind.PREVIEW, previews),
    )


INFLUENCERS = (
    Influencer(
        key="anna",
        name="Anna de Wit",
        platform="instagram",
        handle="annaslaapt",
        followers=48_200,
        message="Mijn volgers vragen elke week waar mijn pyjama vandaan komt.",
        fee=4_000,
        gift=3_100,
        people=96,
        repeats=9,
        machines=_machines(bots=6, heads=3, prefetches=2, previews=4),
    ),
    Influencer(
        key="milan",
        name="Milan Peeters",
        platform="tiktok",
        handle="milanchillt",
        followers=131_000,
        message="Eén filmpje in die badjas en hij is overal.",
        fee=12_000,
        gift=3_900,
        people=164,
        repeats=21,
        machines=_machines(bots=14, heads=5, prefetches=3, previews=6),
    ),
    Influencer(
        key="sanne",
        name="Sanne Bakker",
        platform="youtube",
        handle="sannesbedtijd",
        followers=22_400,
        message="Ik maak een avondroutine van twaalf minuten.",
        fee=3_000,
        gift=3_100,
        people=58,
        repeats=4,
        machines=_machines(bots=3, heads=2, prefetches=2, previews=2),
    ),
    Influencer(
        key="joost",
        name="Joost Visser",
        platform="blog",
        handle="beterslapen",
        followers=9_100,
        message="Ik vergelijk al zes jaar alles waar je in kunt slapen.",
        fee=0,
        gift=1_450,
        people=37,
        repeats=3,
        machines=_machines(bots=4, heads=1, prefetches=1, previews=1),
    ),
)
# As many people as these followed both Anna's link and, right after it, Milan's.
SHARED = 5


@dataclass(frozen=True, slots=True)
class Product:
    """An article; `cost` is null where the shop does not know it."""

    sku: str
    title: str
    price: int
    cost: int | None
    gift_card: bool = False


PRODUCTS = {
    product.sku: product
    for product in (
        Product("PYJAMA", "Linnen pyjama", 8_995, 3_100),
        Product("SHIRT", "Katoenen slaapshirt", 4_495, 1_450),
        Product("BADJAS", "Wafelbadjas", 9_995, 3_900),
        Product("SOKKEN", "Wollen bedsokken", 1_995, 620),
        Product("SLOOP", "Zijden kussensloop", 5_995, None),
        Product("BON", "Cadeaubon", 5_000, None, gift_card=True),
    )
}
SHOPS = {
    "shopify": ("Wolkje", "wolkje.example"),
    "woocommerce": ("Wolkje Outlet", "outlet.wolkje.example"),
    "stripe": ("Wolkje Slaapbox", "box.wolkje.example"),
    "generic": ("Wolkje Utrecht", "utrecht.wolkje.example"),
}


class Fate(enum.StrEnum):
    """What becomes of an order, and how it is told."""

    PAID = "paid"
    REPEATED = "repeated"  # the same delivery three times
    LATE_CREATION = "late creation"  # paid is told before created
    SEVERAL_VOICES = "several voices"  # Stripe tells one sale as three objects
    PARTLY_REFUNDED = "partly refunded"  # the first line, or REFUNDED_MONEY
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    UNPAID = "unpaid"
    TEST = "test"


REFUNDED_MONEY = 2_000  # of Stripe's order, told before the order itself
UNKNOWN_CODE = "ZOMER10"
BOT_CLICK, FORGED_CLICK = "bot", "forged"


@dataclass(frozen=True, slots=True)
class Order:
    """One order. `goods`: the article numbers, one for each piece.

    `code`: whose promo code was typed, or a code of nobody's. `click`: the link of whom
    the buyer followed, as that influencer's how-manieth visitor; or no real click.
    `wave`: orders of a later wave are placed later.
    """

    number: str
    shop: str
    buyer: str
    goods: str
    code: str | None = None
    click: tuple[str, int] | str | None = None
    fate: Fate = Fate.PAID
    wave: int = 1

    @property
    def lines(self) -> dict[str, int]:
        """How many of each article."""
        return dict(Counter(self.goods.split()))


ORDERS = (
    # The webshop, on Shopify.
    Order("5001", "shopify", "noor", "PYJAMA", code="anna", click=("anna", 3)),
    Order(
        "5002", "shopify", "daan", "SHIRT SHIRT", click=("anna", 7), fate=Fate.REPEATED
    ),
    # Came through Anna, typed Milan's code: the code decides.
    Order(
        "5003",
        "shopify",
        "fleur",
        "BADJAS SOKKEN SOKKEN",
        code="milan",
        click=("anna", 9),
    ),
    Order(
        "5004",
        "shopify",
        "thijs",
        "PYJAMA",
        click=("milan", 11),
        fate=Fate.LATE_CREATION,
    ),
    Order(
        "5005",
        "shopify",
        "eva",
        "SHIRT BADJAS",
        code="sanne",
        fate=Fate.PARTLY_REFUNDED,
    ),
    Order("5006", "shopify", "lars", "SOKKEN SOKKEN SOKKEN"),
    Order("5007", "shopify", "noor", "SOKKEN", wave=2),
    Order("5008", "shopify", "tester", "SHIRT", code="anna", fate=Fate.TEST),
    Order("5009", "shopify", "sem", "BADJAS BON", code="joost"),
    Order("5010", "shopify", "lieke", "PYJAMA", click=BOT_CLICK),
    # The outlet, on WooCommerce.
    Order("731", "woocommerce", "julia", "SHIRT", code="sanne", click=("sanne", 2)),
    Order(
        "732", "woocommerce", "bram", "PYJAMA SHIRT", code="anna", fate=Fate.REFUNDED
    ),
    Order(
        "733",
        "woocommerce",
        "mees",
        "SLOOP SLOOP",
        click=("joost", 1),
        fate=Fate.LATE_CREATION,
    ),
    Order("734", "woocommerce", "tess", "BADJAS", code="milan", fate=Fate.CANCELLED),
    Order("735", "woocommerce", "julia", "PYJAMA", code="sanne", wave=2),
    Order("736", "woocommerce", "roos", "SOKKEN SOKKEN", click=FORGED_CLICK),
    Order("737", "woocommerce", "daan", "BADJAS", code="joost", wave=2),
    # The sleeping box, on Stripe: amounts without articles.
    Order("box1", "stripe", "koen", "SLOOP", click=("sanne", 4)),
    Order("box2", "stripe", "saar", "SLOOP", code="anna", fate=Fate.SEVERAL_VOICES),
    Order(
        "box3",
        "stripe",
        "gijs",
        "SLOOP",
        click=("milan", 30),
        fate=Fate.PARTLY_REFUNDED,
    ),
    Order("box4", "stripe", "koen", "SLOOP", wave=2),
    Order("box5", "stripe", "tester", "SLOOP", code="anna", fate=Fate.TEST),
    # The shop in Utrecht, through a till of its own.
    Order("U-81", "generic", "hugo", "SHIRT", code="joost"),
    Order(
        "U-82",
        "generic",
        "nina",
        "PYJAMA SOKKEN",
        click=("joost", 5),
        fate=Fate.REPEATED,
    ),
    Order("U-83", "generic", "nina", "SOKKEN SOKKEN", code="joost", wave=2),
    Order("U-84", "generic", "olaf", "SHIRT", code="anna"),
    Order("U-85", "generic", "femke", "BADJAS", code="anna", fate=Fate.UNPAID),
    Order("U-86", "generic", "stijn", "SOKKEN", code=UNKNOWN_CODE),
)
EXPLAINED = "5003"  # the order whose attribution the demo shows
