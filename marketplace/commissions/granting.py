"""Dividing caps and budgets over claims, in their order, and nothing more than needed.

Where all that is earned fits into every cap nobody is asked; else the claims from the
first one changed on, until nothing differs. The caller holds the brand's lock: that is
why two workers never divide one budget at once.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from marketplace.campaigns.models import Campaign
from marketplace.commissions import claim_days
from marketplace.commissions.allocation import Ask, Cap, Grant, Group, Key, Walk
from marketplace.commissions.claim_days import Counted, Sums
from marketplace.commissions.claims import Changes, claims_of_things, key_of_claim
from marketplace.commissions.limits import Limits, is_alone, limits_of, sums_of
from marketplace.commissions.models import Claim, ClaimRequest
from marketplace.commissions.reach import FIRST, Reach, reach_of
from marketplace.tracking.relations import inserting

# So many claims are granted otherwise in one transaction; the rest waits for the job.
MOST_AT_ONCE = 200

_COLUMNS = (
    *(Claim.thing_id, Claim.application_id, Claim.campaign_id, Claim.terms_version),
    *(Claim.of, Claim.occurred_at, Claim.external_id, Claim.shop_id, Claim.day_on),
    *(Claim.customer_id, Claim.earned_amount, Claim.kept_amount),
    *(Claim.granted_amount, Claim.limit_amount, Claim.is_final, Claim.is_rejected),
    Claim.share_bps,
)


def grant(session: Session, changes: Changes, *, now: datetime) -> list[Claim]:
    """Grant changed claims what there is for them; every claim that may owe otherwise
    now, those of others included.
    """
    touched: dict[Key, Claim] = {}
    for campaign_id, part in changes.of_campaigns().items():
        limits = limits_of(session, session.get_one(Campaign, campaign_id))
        if not limits.is_anything:
            given = {key: _freely(claim) for key, claim in _keyed(part.claims).items()}
            touched |= _write(session, given, part.claims)
            continue
        session.flush()
        before = {key: _counted(stood) for key, stood in part.before.items()}
        if claim_days.prepare(session, campaign_id):  # of the claims as they are by now
            before = {key: _counted(claim) for key, claim in part.after.items()}
        shifts = _shifts(limits, part, before)
        reach = reach_of(session, limits, part, shifts)
        touched |= _divide(session, limits, part, reach, before, shifts, now=now)
    return list(touched.values())


def grant_again(
    session: Session, campaign: Campaign, since_at: datetime, *, now: datetime
) -> list[Claim]:
    """Grant all claims from a moment on anew, because a cap or a budget is another.

    Those that are granted otherwise; at most some hundreds, the rest is asked for.
    """
    session.flush()
    limits, reach = limits_of(session, campaign), _all_of(campaign, since_at)
    claim_days.prepare(session, campaign.id, is_kept=limits.is_anything)
    touched = _divide(session, limits, Changes(), reach, {}, {}, now=now)
    return list(touched.values())


def granted_anew(
    session: Session, campaign: Campaign
) -> Iterator[tuple[Key, int, Grant]]:
    """(claim, what it has, what it would be granted) of all, from nothing; only read."""
    limits, reach = limits_of(session, campaign), _all_of(campaign, FIRST)
    rows = _asked(session, Changes(), reach)
    walk = _walk_over(session, limits, Changes(), reach, rows, None)
    for ask, grant in walk.steps():
        yield ask.key, ask.granted, grant


def _all_of(campaign: Campaign, since_at: datetime) -> Reach:
    return Reach(Claim.campaign_id == campaign.id, since_at, is_forced=True)


def request(
    session: Session, campaign_id: str, since_at: datetime, *, now: datetime
) -> None:
    """Have the claims of a campaign from a moment on granted again, soon, by the job."""
    insert = inserting(session, ClaimRequest)
    asked, new = ClaimRequest.since_at, insert.excluded
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["campaign_id"],
            set_={
                "since_at": case((new.since_at < asked, new.since_at), else_=asked),
                "requested_at": new.requested_at,
            },
        ),
        [{"campaign_id": campaign_id, "since_at": since_at, "requested_at": now}],
    )


def _freely(claim: Claim) -> Grant:
    """What is given where nothing limits the campaign; what is final keeps its limit."""
    if claim.is_final and claim.limit_amount is not None:
        most = min(claim.kept_amount, claim.limit_amount)
        return Grant(claim.limit_amount, most, None)
    return Grant(None, claim.kept_amount, None)


def _divide(
    session: Session,
    limits: Limits,
    changes: Changes,
    reach: Reach,
    before: dict[Key, Counted | None],
    shifts: Mapping[Group, Sums],
    *,
    now: datetime,
) -> dict[Key, Claim]:
    """Ask all claims within reach, and write what they are granted; those claims."""
    rows = _asked(session, changes, reach)
    walk = _walk_over(session, limits, changes, reach, rows, shifts)
    given = _given(session, limits.campaign_id, walk, rows, reach, now=now)
    before = {**{key: _counted(rows[key]) for key in given}, **before}
    written = _write(session, given, changes.claims)
    if not limits.is_anything:
        return written
    claim_days.add(
        session,
        [
            (counted, sign)
            for key, was in before.items()
            for counted, sign in ((was, -1), (_counted(written.get(key)), 1))
            if counted is not None
        ],
    )
    return written


def _asked(session: Session, changes: Changes, reach: Reach) -> dict[Key, Any]:
    """The claims within reach as they are, in their order."""
    rows: Sequence[Any] = changes.claims
    if reach.where is not None:
        rows = session.execute(
            select(*_COLUMNS).where(reach.where, Claim.occurred_at >= reach.since_at)
        ).all()
    return {
        (row.thing_id, row.application_id): row for row in sorted(rows, key=position)
    }


def position(claim: Any) -> tuple[datetime, str, str, str]:
    """By what claims compare. Not in SQL: databases sort texts in ways of their own."""
    return (
        claim.occurred_at,
        claim.external_id,
        claim.shop_id or "",
        claim.application_id,
    )


def _walk_over(
    session: Session,
    limits: Limits,
    changes: Changes,
    reach: Reach,
    rows: Mapping[Key, Any],
    shifts: Mapping[Group, Sums] | None,
) -> Walk:
    """A pass over these claims; without `shifts`, as if there were no others."""
    asks = [_ask(row, reach.caps(limits.caps_of(row))) for row in rows.values()]
    totals: dict[Group, int] = {}
    for ask in asks:
        for group, _ in ask.caps:
            if shifts is None or is_alone(group):
                own = ask.granted if ask.counts else 0
                totals[group] = totals.get(group, 0) + own
    if shifts is not None:
        groups = {group for ask in asks for group, _ in ask.caps}
        sums = sums_of(session, groups, shifts)
        totals |= {group: each.granted for group, each in sums.items()}
    gone = [
        (group, stood.granted_amount)
        for stood in changes.before.values()
        if stood is not None and not stood.is_rejected
        for group, _ in reach.caps(limits.caps_of(stood))
    ]
    return Walk(asks, totals, changed=_keyed(changes.claims), gone=gone)


def _ask(row: Any, caps: tuple[Cap, ...]) -> Ask:
    if row.is_rejected:  # takes nothing from others, and is cut by nothing of theirs
        caps = tuple(cap for cap in caps if is_alone(cap.group))
    return Ask(
        key=(row.thing_id, row.application_id),
        caps=caps,
        day=row.day_on,
        earned=row.earned_amount,
        kept=row.kept_amount,
        granted=row.granted_amount,
        limit=row.limit_amount,
        is_final=row.is_final,
        counts=not row.is_rejected,
    )


def _given(
    session: Session,
    campaign_id: str,
    walk: Walk,
    rows: Mapping[Key, Any],
    reach: Reach,
    *,
    now: datetime,
) -> dict[Key, Grant]:
    """What is given otherwise, and to changed claims anyhow."""
    given: dict[Key, Grant] = {}
    many = False
    for ask, grant in walk.steps():
        if many:  # at this one, which is not granted any more
            request(session, campaign_id, rows[ask.key].occurred_at, now=now)
            break
        changed = ask.key in walk.changed
        if changed or (grant.limit, grant.granted) != (ask.limit, ask.granted):
            given[ask.key] = grant
        if walk.is_done and not reach.is_forced:
            break
        many = len(given) >= MOST_AT_ONCE and walk.may_pause
    return given


def _write(
    session: Session, given: Mapping[Key, Grant], known: Collection[Claim]
) -> dict[Key, Claim]:
    """Let claims say what they are granted; these claims."""
    claims = _keyed(known)
    missing = {thing_id for thing_id, _ in given.keys() - claims.keys()}
    claims |= _keyed(claims_of_things(session, missing))
    found = {}
    for key, grant in given.items():
        claim = found[key] = claims[key]
        claim.granted_amount, claim.limit_amount = grant.granted, grant.limit
        if not claim.is_final:
            claim.cut = grant.cut
    return found


def _keyed(claims: Iterable[Claim]) -> dict[Key, Claim]:
    return {key_of_claim(claim): claim for claim in claims}


def _counted(claim: Any) -> Counted | None:
    """Where a claim counts; nowhere once it is gone or rejected."""
    if claim is None or claim.is_rejected:
        return None
    return Counted(
        claim.campaign_id,
        claim.application_id,
        claim.of,
        claim.day_on,
        Sums(claim.granted_amount, claim.earned_amount),
    )


def _shifts(
    limits: Limits, changes: Changes, before: Mapping[Key, Counted | None]
) -> dict[Group, Sums]:
    """What the days do not know yet: changed claims, with what they had."""
    found: dict[Group, Sums] = {}
    for key, claim in changes.after.items():
        if before[key] == _counted(claim):
            continue
        for each, sign in ((changes.before[key], -1), (claim, 1)):
            own = _counted(each)
            if each is None or own is None:
                continue
            for group, _ in limits.shared(each):
                found[group] = found.get(group, Sums()).plus(own.sums, sign)
    return found
