"""Looking at an order as it is settled. The caller holds the brand's lock.

A function of what is stored: run again, or with the same deliveries in another order,
the same flags are open. An order that arrives late has later ones settled again where
it changes what they look like.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from marketplace import orders
from marketplace.attribution import Attribution, Keys, Method
from marketplace.collaborations.models import Application
from marketplace.fraud import evidence
from marketplace.fraud.crowds import (
    DAY,
    HOUR,
    WEEK,
    customers_within,
    orders_within,
    over,
)
from marketplace.fraud.evidence import Glance, Member, Shared
from marketplace.fraud.mail_domains import disposable_domain, is_of_domain
from marketplace.fraud.models import Flag
from marketplace.fraud.operations import About, keep, known_on, withdraw
from marketplace.fraud.queries import settings_of
from marketplace.fraud.rules import (
    DEFAULTS,
    Action,
    FlagStatus,
    Rule,
    Setting,
    Settings,
    Strike,
)
from marketplace.fraud.websites import AD_HOSTS, COUPON_SITES, listed
from marketplace.orders import SOLD, Order


def examine(
    session: Session, order: Order, row: Attribution, *, keys: Keys, now: datetime
) -> None:
    """Raise the flags that the order deserves, and withdraw those it does not."""
    seen = evidence.glance(session, order, row)
    settings: Settings = DEFAULTS
    if seen.settings and row.campaign_id is not None:
        settings = settings_of(session, [row.campaign_id])[row.campaign_id]
    strikes = list(_crowded(session, order, seen, settings, now=now))
    about = _about(order, row)
    if about is None:
        strikes = []
    else:
        strikes += _of_the_buyer(order, row, seen, keys)
        strikes += _of_the_way(session, order, row, settings)
    sharing = list(_sharing(session, about, row)) if about else []
    if not strikes and not sharing and not seen.flags:
        return
    known = known_on(session, order) if seen.flags else {}
    kept: list[Flag] = []
    if about is not None:
        kept += keep(session, about, strikes, known, settings, now=now)
    for other, strike in sharing:
        theirs = settings_of(session, [other.campaign_id])[other.campaign_id]
        kept += keep(session, other, [strike], known, theirs, now=now)
    withdraw(session, [flag for flag in known.values() if flag not in kept], now=now)
    session.flush()


def _about(order: Order, row: Attribution) -> About | None:
    """Whose money it is; none for an order that earns nothing."""
    if row.application_id is None or order.status not in SOLD:
        return None
    assert row.campaign_id is not None
    assert row.influencer_id is not None
    return About(
        brand_id=order.brand_id,
        campaign_id=row.campaign_id,
        application_id=row.application_id,
        influencer_id=row.influencer_id,
        order_id=order.id,
    )


def _sharing(
    session: Session, about: About, row: Attribution
) -> Iterator[tuple[About, Strike]]:
    """Others with a share by a code of theirs, whose own purchase it was."""
    for credit in row.credits if row.method is Method.CODE else ():
        by, application_id = credit.get("own_purchase"), credit["application_id"]
        if by is not None and application_id != about.application_id:
            application = session.get_one(Application, application_id)
            other = replace(
                about,
                campaign_id=application.campaign_id,
                application_id=application.id,
                influencer_id=application.influencer_id,
            )
            yield other, Strike(Rule.SELF_REFERRAL, {"by": by})


def _of_the_buyer(
    order: Order, row: Attribution, seen: Glance, keys: Keys
) -> Iterator[Strike]:
    """What the order itself says: whose it is, by what mail, by a code that leaked."""
    for credit in row.credits:
        by = credit.get("own_purchase")
        if by is not None and credit["application_id"] == row.application_id:
            yield Strike(Rule.SELF_REFERRAL, {"by": by})
    domain = order.email_domain_hash
    if domain is not None:
        if seen.email and is_of_domain(domain, seen.email, keys.customer_key):
            yield Strike(Rule.SAME_EMAIL_DOMAIN, {})
        thrown_away = disposable_domain(domain, keys.customer_key)
        if thrown_away is not None:
            yield Strike(Rule.DISPOSABLE_EMAIL, {"domain": thrown_away})
    leaked_at = seen.leaked_at
    by_code_alone = row.method is Method.CODE and not row.click_used
    if leaked_at is not None and leaked_at < order.placed_at and by_code_alone:
        said = {"by": "order", "leaked_on": leaked_at.date().isoformat()}
        yield Strike(Rule.LEAKED_CODE, said)


def _of_the_way(
    session: Session, order: Order, row: Attribution, settings: Settings
) -> Iterator[Strike]:
    """What the clicks that led to it say: from a coupon site, by a paid result."""
    if not row.click_used:
        return
    found = evidence.traces(session, order, row)
    hosts = evidence.referrers(found)
    coupons = COUPON_SITES | settings[Rule.COUPON_SITE].words("hosts")
    host = next((each for each in hosts if listed(each, coupons)), None)
    if host is not None:
        yield Strike(Rule.COUPON_SITE, {"by": "order", "host": host})
    paid = settings[Rule.PAID_SEARCH].words("parameters")
    signs = [name for name in evidence.ad_signs(found) if name in paid]
    signs += [each for each in hosts if listed(each, AD_HOSTS)]
    if signs:
        yield Strike(Rule.PAID_SEARCH, {"by": "order", "signs": sorted(signs)})


@dataclass(frozen=True, slots=True)
class _Crowd:
    """Orders that share something: how many of what, within how long, are too many."""

    rule: Rule
    shared: Shared
    span: timedelta
    spans: Mapping[str, timedelta]

    def counts(self, members: Sequence[Member]) -> dict[str, dict[str, int]]:
        """By limit and order: how many there were when it came."""
        placed = [member.placed for member in members]
        count = orders_within
        if self.rule is Rule.SHARED_DETAILS:
            count = customers_within
        return {name: count(placed, span) for name, span in self.spans.items()}

    def limits(self, setting: Setting) -> dict[str, int]:
        """The limits of that setting that are about this crowd."""
        return {name: setting.number(name) for name in self.spans}


_OF_CUSTOMER: Final = _Crowd(
    Rule.CUSTOMER_VELOCITY,
    Order.customer_id,
    DAY,
    {"orders_per_hour": HOUR, "orders_per_day": DAY},
)
_AT_ADDRESS: Final = _Crowd(
    Rule.SHARED_DETAILS, Order.address_hash, WEEK, {"customers_per_address": WEEK}
)
_BY_PAYMENT: Final = _Crowd(
    Rule.SHARED_DETAILS, Order.payment_hash, WEEK, {"customers_per_payment": WEEK}
)


def _crowded(
    session: Session, order: Order, seen: Glance, settings: Settings, *, now: datetime
) -> Iterator[Strike]:
    """Too many orders of one customer, too many customers in one place."""
    near = (
        (_OF_CUSTOMER, seen.orders_near),
        (_BY_PAYMENT, seen.by_payment),
        (_AT_ADDRESS, seen.at_address),
    )
    for kind, others in near:
        limits = kind.limits(settings[kind.rule])
        if others < min(limits.values()):
            continue
        members = evidence.crowd(session, order, kind.shared, kind.span, kind.rule)
        counts = kind.counts(members)
        _settle_later(session, order, kind, members, counts, now=now)
        for name, count in over(counts, limits, order.id).items():
            said = {"by": name, "count": count, "limit": limits[name]}
            yield Strike(kind.rule, said)


def _settle_later(
    session: Session,
    order: Order,
    kind: _Crowd,
    members: Sequence[Member],
    counts: Mapping[str, Mapping[str, int]],
    *,
    now: datetime,
) -> None:
    """Have the later orders settled again whose flag is not as it should be now."""
    me = (order.placed_at, order.external_id, order.id)
    later = [
        each
        for each in members
        if each.placed[:3] > me and each.campaign_id is not None
    ]
    if not later:
        return
    campaigns = {each.campaign_id for each in later if each.campaign_id}
    settings = settings_of(session, campaigns)
    wrong = []
    for each in later:
        setting = settings[each.campaign_id or ""][kind.rule]
        found = over(counts, kind.limits(setting), each.placed.order_id)
        strikes = bool(found) and setting.action is not Action.ALLOW
        missing = strikes and each.flag in (None, FlagStatus.WITHDRAWN)
        if missing or (not strikes and each.flag is FlagStatus.OPEN):
            wrong.append(each.placed.order_id)
    if wrong:
        orders.request_settlement(session, wrong, now=now)
