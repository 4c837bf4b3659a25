"""What an order or a lead carries: codes and click ids, looked up by their texts."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.evidence_rules import Candidate, Method
from marketplace.attribution.reasons import Reason
from marketplace.tracking.codec import ClickCodec
from marketplace.tracking.models import PromoCode, PromoCodeName, TrackingLink
from marketplace.tracking.rules import NO_EVIDENCE, SetAside, normalise_code
from marketplace.tracking.traffic_models import Click

# More than any shop sends; a hostile order must not become a thousand look-ups.
MOST_TOUCHES = 20
_DAY = timedelta(days=1)


class Seen(NamedTuple):
    """By what a visitor is known, and on which day; that is all the hash is good for."""

    visitor: str
    day_on: date


class Clicks(NamedTuple):
    """Click ids as touches, and the visitors of those that are known and a person's."""

    touches: dict[str, Candidate]
    visitors: dict[str, Seen]


def few(texts: Iterable[str]) -> list[str]:
    """No more of them than a look-up may take; each once."""
    return list(dict.fromkeys(texts))[:MOST_TOUCHES]


def codes_of(
    session: Session, brand_id: str, texts: Collection[str]
) -> dict[str, PromoCode]:
    """The promo codes of a brand that these texts are, in whatever spelling."""
    if not texts:
        return {}
    normalised = {text: normalise_code(text) for text in texts}
    rows = session.execute(
        select(PromoCodeName.normalised, PromoCode)
        .join(PromoCode, PromoCode.id == PromoCodeName.promo_code_id)
        .where(
            PromoCodeName.brand_id == brand_id,
            PromoCodeName.normalised.in_(sorted(set(normalised.values()))),
        )
    )
    codes = {name: code for name, code in rows}
    return {text: codes[name] for text, name in normalised.items() if name in codes}


def code_touch(text: str, code: PromoCode | None, at: datetime) -> Candidate:
    """A code as it was used then."""
    touch = Candidate(Method.CODE, at=at, code=text[:100])
    if code is None:
        return replace(touch, unusable=Reason.UNKNOWN_CODE)
    return replace(
        touch,
        application_id=code.application_id,
        disabled_at=code.disabled_at,
        leaked_at=code.leaked_at,
    )


def clicks_of(
    session: Session,
    brand_id: str,
    texts: Collection[str],
    codec: ClickCodec,
    *,
    told: Mapping[str | None, Reason],
) -> Clicks:
    """What these click ids are to a brand.

    `told`: what was made of them before; it stands where a click's row has expired.
    """
    if not texts:
        return Clicks({}, {})
    read = {text: codec.read(text) for text in texts}
    ids = sorted({click.link_id for click in read.values() if click})
    asked = select(TrackingLink).where(TrackingLink.id.in_(ids))
    links = {link.id: link for link in session.scalars(asked)} if ids else {}
    own = [
        text
        for text, click in read.items()
        if click
        and click.link_id in links
        and links[click.link_id].brand_id == brand_id
    ]
    rows = _rows(session, {text: read[text].at for text in own})  # type: ignore[union-attr]
    touches = {}
    for text, click in read.items():
        touch = Candidate(
            Method.CLICK, at=click.at if click else None, click_id=text[:64]
        )
        link = links.get(click.link_id) if click else None
        if link is None:
            touch = replace(touch, unusable=Reason.FORGED)
        elif link.brand_id != brand_id:
            touch = replace(touch, unusable=Reason.OTHER_BRAND)
        else:
            touch = replace(touch, application_id=link.application_id, link_id=link.id)
            if _is_nobody(text, rows, told):
                touch = replace(touch, unusable=Reason.NOT_A_PERSON)
        touches[text] = touch
    visitors = {
        text: seen for text, (seen, reason) in rows.items() if reason not in NO_EVIDENCE
    }
    return Clicks(touches, visitors)


def _rows(
    session: Session, times: Mapping[str, datetime]
) -> dict[str, tuple[Seen, SetAside | None]]:
    """The stored clicks with these ids, of these times, as far as there are any."""
    if not times:
        return {}
    days = {at.date() + n * _DAY for at in times.values() for n in (-1, 0, 1)}
    rows = session.execute(
        select(Click.id, Click.visitor, Click.day_on, Click.reason).where(
            Click.id.in_(times), Click.day_on.in_(sorted(days))
        )
    )
    return {row.id: (Seen(row.visitor, row.day_on), row.reason) for row in rows}


def _is_nobody(
    text: str,
    rows: Mapping[str, tuple[Seen, SetAside | None]],
    told: Mapping[str | None, Reason],
) -> bool:
    if text in rows:
        return rows[text][1] in NO_EVIDENCE
    return told.get(text) is Reason.NOT_A_PERSON
