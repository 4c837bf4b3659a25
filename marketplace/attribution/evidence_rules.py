"""What a piece of evidence is, and what the decision must know besides. Pure."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.attribution.reasons import Reason
from marketplace.campaigns.rules import (
    AttributionModel,
    LeakedCodes,
    Precedence,
    RepeatOrders,
    SelfReferral,
    StackedCodes,
)

CLOCK_SKEW = timedelta(minutes=5)
WHOLE = 10_000


class Method(enum.StrEnum):
    """What a touch is. An order is credited by one of the first three, or by a query:
    what the brand granted an influencer who asked about it.

    code, click: the order itself carries it. customer: who brought its customer before.
    visitor_click, landing_page, visit: an earlier click of the same visitor, a look at
    an influencer's page, a session at the shop that a link led to. lead: carried by a
    lead of the same customer; earlier_order: by an earlier order of theirs.
    """

    CODE = "code"
    CLICK = "click"
    CUSTOMER = "customer"
    VISITOR_CLICK = "visitor_click"
    LANDING_PAGE = "landing_page"
    VISIT = "visit"
    LEAD = "lead"
    EARLIER_ORDER = "earlier_order"
    QUERY = "query"


# Found by who the visitor is, not told by the shop; all of it is somebody coming by.
BY_VISITOR = frozenset({Method.VISITOR_CLICK, Method.LANDING_PAGE, Method.VISIT})
_PAST = frozenset({Method.CUSTOMER, Method.EARLIER_ORDER})


@dataclass(frozen=True, slots=True)
class Policy:
    """What one application's frozen terms say about attribution."""

    version: int
    window: timedelta
    precedence: Precedence
    model: AttributionModel
    new_customers_only: bool
    self_referral: SelfReferral
    repeat_orders: RepeatOrders
    half_life: timedelta = timedelta(days=7)
    stacked_codes: StackedCodes = StackedCodes.FIRST
    leaked_codes: LeakedCodes = LeakedCodes.PAY
    lapsed_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One touch with what is known of it. Without `policy` it can win nothing, and
    `unusable` says why.

    `click_id`: of a landing page or visit, the id of that. `was_spent`: it came before
    an earlier purchase of the customer. `own_purchase`: by what it is known that the
    influencer bought it personally (email, address, payment). `instead`: of a query,
    that the brand granted it whoever else brought the order.
    """

    kind: Method
    at: datetime | None
    application_id: str | None = None
    link_id: str | None = None
    code: str | None = None
    click_id: str | None = None
    policy: Policy | None = None
    unusable: Reason | None = None
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    disabled_at: datetime | None = None
    leaked_at: datetime | None = None
    was_spent: bool = False
    own_purchase: str | None = None
    instead: bool = False

    @property
    def method(self) -> Method:
        """By what an order is credited that this touch decides."""
        if self.kind in BY_VISITOR:
            return Method.CLICK
        if self.kind is Method.LEAD:
            return Method.CODE if self.code is not None else Method.CLICK
        return self.kind

    @property
    def is_past(self) -> bool:
        """Whether it belongs to an earlier purchase of the customer."""
        return self.was_spent or self.kind in _PAST

    @property
    def is_visit(self) -> bool:
        """Whether it shows that somebody came by way of the influencer."""
        return self.kind in BY_VISITOR or self.click_id is not None

    @property
    def is_click(self) -> bool:
        """Whether it is a followed link that led to this order."""
        is_link = self.link_id is not None and self.kind is not Method.LANDING_PAGE
        return is_link and self.code is None and not self.is_past

    @property
    def is_leaked(self) -> bool:
        """Whether it is a code that was used once anybody could have picked it up."""
        leaked_at = self.leaked_at
        return leaked_at is not None and self.at is not None and self.at > leaked_at


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What the decision needs of the order.

    `previous_at`: when its customer last bought something they kept. `lead_at`: when
    they first became a lead.
    """

    placed_at: datetime
    is_new: bool | None
    previous_at: datetime | None = None
    lead_at: datetime | None = None
