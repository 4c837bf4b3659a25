"""Looking at the patterns in a brand's campaigns: reading first, then writing flags."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.clock import local_day
from marketplace.collaborations.models import Application
from marketplace.fraud.figures import (
    Contract,
    busiest,
    contracts_of,
    days_of,
    paid_clicks,
)
from marketplace.fraud.models import Flag, FraudWatch
from marketplace.fraud.operations import About, keep, settle_again, withdraw
from marketplace.fraud.patterns import Day, Figures, Span, strikes_of, strikes_of_day
from marketplace.fraud.queries import flags_on_applications, settings_of
from marketplace.fraud.rules import (
    APPLICATION,
    KEEPS_MONEY,
    RESOLVED,
    FlagStatus,
    Rule,
    Settings,
    Strike,
)
from marketplace.fraud.websites import COUPON_SITES

LOOKED_AT_DAYS: Final = 30
EVERY: Final = timedelta(minutes=5)
_DAY: Final = timedelta(days=1)


def brands_to_watch(now: datetime) -> Select[str]:
    """Brands with contracts that were not looked at lately, longest ago first."""
    with_contracts = exists().where(
        Application.brand_id == Brand.id, Application.accepted_at.is_not(None)
    )
    return (
        select(Brand.id)
        .outerjoin(FraudWatch, FraudWatch.brand_id == Brand.id)
        .where(
            with_contracts,
            or_(FraudWatch.brand_id.is_(None), FraudWatch.watched_at <= now - EVERY),
        )
        .order_by(FraudWatch.brand_id.is_not(None), FraudWatch.watched_at, Brand.id)
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """What one application, or one day of its clicks, looks like: the rules that strike,
    each with what it is about.
    """

    contract: Contract
    source: str | None
    strikes: Sequence[tuple[About, Strike]]


def look(session: Session, brand: Brand, *, now: datetime) -> list[Finding]:
    """What the days up to now look like. It only reads, and needs no lock."""
    seen = _looked(session, brand, now)
    some = [each for each in seen.contracts if each.application_id in seen.figures]
    findings = [_of_application(seen, contract) for contract in some]
    for day in (seen.today - _DAY, seen.today):
        findings += _of_day(session, seen, some, day)
    return findings


def conclude(
    session: Session, brand: Brand, findings: Sequence[Finding], *, now: datetime
) -> list[Flag]:
    """Flag what was found, and withdraw what no longer is; the flags that changed.

    The caller holds the brand's lock.
    """
    flags = _flags(session, brand)
    settings = settings_of(session, {each.contract.campaign_id for each in findings})
    changed: list[Flag] = []
    for finding in findings:
        known = {
            flag.key: flag
            for flag in flags.get(finding.contract.application_id, ())
            if flag.source == finding.source
        }
        before = _state(known.values())
        theirs = settings[finding.contract.campaign_id]
        kept: list[Flag] = []
        for about, strike in finding.strikes:
            kept += keep(session, about, [strike], known, theirs, now=now)
        changed += _changed(before, kept)
        gone = [flag for flag in known.values() if flag not in kept]
        changed += withdraw(session, gone, now=now)
    note_watched(session, brand.id, now=now)
    session.flush()
    settle_again(session, [f for f in changed if f.action in KEEPS_MONEY], now=now)
    return changed


def note_watched(session: Session, brand_id: str, *, now: datetime) -> None:
    """Its next turn is a while from now."""
    session.merge(FraudWatch(brand_id=brand_id, watched_at=now))


@dataclass(frozen=True, slots=True)
class _Look:
    """All that one look at a brand has before it."""

    brand: Brand
    now: datetime
    today: date
    contracts: Sequence[Contract]
    settings: Mapping[str, Settings]
    figures: Mapping[str, Figures]
    flags: Mapping[str, Sequence[Flag]]  # by application

    def peers(self, contract: Contract) -> list[Figures]:
        """The others of the same campaign."""
        return [
            self.figures[each.application_id]
            for each in self.contracts
            if each.campaign_id == contract.campaign_id
            and each.application_id != contract.application_id
            and each.application_id in self.figures
        ]

    def about(self, contract: Contract) -> About:
        """The whole application."""
        return About(brand_id=self.brand.id, **contract._asdict())


def _looked(session: Session, brand: Brand, now: datetime) -> _Look:
    today = local_day(now, brand.timezone)
    since = today - (LOOKED_AT_DAYS - 1) * _DAY
    contracts = [Contract(*row) for row in session.execute(contracts_of(brand.id))]
    settings = settings_of(session, {each.campaign_id for each in contracts})
    hosts = set(COUPON_SITES)
    for each in settings.values():
        hosts |= each[Rule.COUPON_SITE].words("hosts")
    days = days_of(session, brand.id, since, today, hosts)
    flags = _flags(session, brand)
    figures = {who: Figures(who, theirs) for who, theirs in days.items()}
    for who in flags.keys() - figures.keys():  # a flag whose days are gone
        figures[who] = Figures(who, {})
    return _Look(brand, now, today, contracts, settings, figures, flags)


def _flags(session: Session, brand: Brand) -> dict[str, list[Flag]]:
    """By application, the flags that are not about an order."""
    flags: dict[str, list[Flag]] = defaultdict(list)
    for flag in session.scalars(flags_on_applications(brand.id)):
        flags[flag.application_id].append(flag)
    return flags


def _of_application(seen: _Look, contract: Contract) -> Finding:
    """What all its days look like, beside those of the others."""
    known = [
        flag
        for flag in seen.flags.get(contract.application_id, ())
        if flag.subject == APPLICATION
    ]
    spans = {rule: _span(seen, known, rule) for rule in Rule}
    own = seen.figures[contract.application_id]
    settings = seen.settings[contract.campaign_id]
    strikes = []
    for strike in strikes_of(own, seen.peers(contract), settings, spans):
        judged = _judged_on(seen, known, strike.rule)
        since = judged.isoformat() if judged else ""
        strikes.append((replace(seen.about(contract), since=since), strike))
    return Finding(contract, None, strikes)


def _span(seen: _Look, known: Iterable[Flag], rule: Rule) -> Span:
    """The days a rule looks at: the last ones, of those after it was last judged."""
    since = seen.today - (LOOKED_AT_DAYS - 1) * _DAY
    judged = _judged_on(seen, known, rule)
    return Span(since if judged is None else max(since, judged + _DAY), seen.today)


def _judged_on(seen: _Look, known: Iterable[Flag], rule: Rule) -> date | None:
    """The day on which somebody last resolved a flag of that rule."""
    days = [
        local_day(flag.resolved_at, seen.brand.timezone)
        for flag in known
        if flag.rule is rule and flag.status in RESOLVED and flag.resolved_at
    ]
    return max(days, default=None)


def _of_day(
    session: Session, seen: _Look, contracts: Sequence[Contract], day: date
) -> Iterator[Finding]:
    """What the clicks of one day look like. They themselves are read only where there
    are enough of them.
    """
    limits = [_burst(settings) for settings in seen.settings.values()]
    days = {who: theirs.days.get(day, Day()) for who, theirs in seen.figures.items()}
    least = min(limits, default=0)
    # Or nobody can have clicked so often.
    busy = [who for who, one in days.items() if one.gross - one.clickers >= least]
    many = busiest(session, busy, day, least) if busy else {}
    some = [who for who, one in days.items() if one.clicks]
    paid = paid_clicks(session, some, day) if some else {}
    source = f"clicks:{day.isoformat()}"
    for contract in contracts:
        who = contract.application_id
        settings = seen.settings[contract.campaign_id]
        wanted = settings[Rule.PAID_SEARCH].words("parameters")
        bought = [
            n for names, n in paid.get(who, {}).items() if wanted & {*names.split()}
        ]
        found = strikes_of_day(
            day, days[who].clicks, many.get(who, ()), sum(bought), settings
        )
        about = replace(seen.about(contract), source=source)
        yield Finding(contract, source, [(about, strike) for strike in found])


def _burst(settings: Settings) -> int:
    return settings[Rule.CLICK_BURST].number("clicks_per_visitor")


def _state(flags: Iterable[Flag]) -> dict[str, tuple[FlagStatus, str]]:
    return {flag.key: (flag.status, flag.action) for flag in flags}


def _changed(
    before: Mapping[str, tuple[FlagStatus, str]], flags: Iterable[Flag]
) -> list[Flag]:
    """Those that are not as they were, or new."""
    after = _state(flags)
    return [flag for flag in flags if before.get(flag.key) != after[flag.key]]
