"""Whose the points of a series are that somebody tells: found in a few queries."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.accounts import Brand
from marketplace.campaigns.models import Campaign
from marketplace.clock import local_day, now
from marketplace.collaborations import Application
from marketplace.errors import Forbidden, Invalid, NotFound
from marketplace.kpis.series import PointSaid, what_is_wrong
from marketplace.kpis.series_rules import TOLD_BY_INFLUENCERS

Row = Mapping[str, Any]


# Whose a point is that is its brand's as a whole.
_NOBODY = dict.fromkeys(("campaign_id", "application_id", "influencer_id"))


class NotYoursToTell(Forbidden):
    """An influencer tells their own Social Selling Index, and nothing else."""


@dataclass(frozen=True, slots=True)
class _Owners:
    """The brand's campaigns and applications that the points name, by id."""

    campaigns: Mapping[str, Campaign]
    applications: Mapping[str, Application]


def of_brand(session: Session, brand: Brand, rows: Sequence[Row]) -> list[PointSaid]:
    """Points as a brand tells them; Invalid names every one that is of nobody there,
    and whatever else is wrong.
    """
    owners = _owners(session, rows, brand.id)
    said: list[PointSaid] = []
    errors: dict[str, list[str]] = {}
    for position, row in enumerate(rows):
        try:
            said.append(_said(row, brand, owners))
        except Invalid as error:
            errors |= {f"{position}.{name}": why for name, why in error.errors.items()}
            said.append(_said({**row, **_NOBODY}, brand, owners))
    if errors:
        raise Invalid(errors | what_is_wrong(session, brand, said, now=now()))
    return said


def of_influencer(
    session: Session, influencer_id: str, rows: Sequence[Row]
) -> tuple[Brand, list[PointSaid]]:
    """Points as an influencer tells them of their own, for the brand they are of."""
    if any(row["series"] not in TOLD_BY_INFLUENCERS for row in rows):
        raise NotYoursToTell(
            "An influencer can tell ssi and its pillars; the rest is for the brand."
        )
    ids = {row["application_id"] for row in rows}
    found = session.scalars(
        select(Application).where(
            Application.id.in_(ids - {None}), Application.influencer_id == influencer_id
        )
    ).all()
    if len(found) < len(ids):
        raise NotFound("Name an application of yours: application_id.")
    if len({each.brand_id for each in found}) > 1:
        raise Invalid({"body": ["Tell the figures of one brand at a time."]})
    brand = session.get_one(Brand, found[0].brand_id)
    return brand, of_brand(session, brand, rows)


def _owners(session: Session, rows: Sequence[Row], brand_id: str) -> _Owners:
    named = {
        name: sorted({row[name] for row in rows if row[name]})
        for name in ("campaign_id", "application_id", "influencer_id")
    }
    campaigns = select(Campaign).where(
        Campaign.brand_id == brand_id, Campaign.id.in_(named["campaign_id"])
    )
    applications = (
        select(Application)
        .where(
            Application.brand_id == brand_id,
            or_(
                Application.id.in_(named["application_id"]),
                Application.influencer_id.in_(named["influencer_id"]),
            ),
        )
        .order_by(Application.created_at, Application.id)
    )
    return _Owners(
        {each.id: each for each in session.scalars(campaigns)},
        {each.id: each for each in session.scalars(applications)},
    )


def _said(row: Row, brand: Brand, owners: _Owners) -> PointSaid:
    campaign = owners.campaigns.get(row["campaign_id"] or "")
    if row["campaign_id"] and campaign is None:
        raise Invalid({"campaign_id": ["There is no such campaign of this brand."]})
    on = row["on"] or local_day(row["observed_at"], brand.timezone)
    plain = {name: row[name] for name in ("series", "value", "unit", "kind", "note")}
    return PointSaid(
        **plain,
        on=on,
        observed_at=row["observed_at"],
        campaign=campaign,
        application=_application(row, owners),
    )


def _application(row: Row, owners: _Owners) -> Application | None:
    """The contract a point is under: the one named, or the influencer's only one."""
    if not row["application_id"] and not row["influencer_id"]:
        return None
    fitting = list(_fitting(row, owners.applications))
    if len(fitting) == 1:
        return fitting[0]
    field = "application_id" if row["application_id"] else "influencer_id"
    if not fitting:
        raise Invalid({field: ["There is no such application to this brand."]})
    raise Invalid({field: ["Is in several campaigns: say campaign_id."]})


def _fitting(
    row: Row, applications: Mapping[str, Application]
) -> Iterator[Application]:
    for each in applications.values():
        wanted = {
            "application_id": each.id,
            "influencer_id": each.influencer_id,
            "campaign_id": each.campaign_id,
        }
        if all(row[name] in (None, "", is_) for name, is_ in wanted.items()):
            yield each
