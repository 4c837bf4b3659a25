"""Changing a tracked link: what it is called, where it leads, until when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.errors import Conflict
from marketplace.orm import change
from marketplace.tracking.link_targets import (
    hold_campaign,
    retarget,
    touch_page_of_link,
)
from marketplace.tracking.models import LinkSlug, TrackingLink
from marketplace.tracking.operations import checked, refuse_taken, taken
from marketplace.tracking.queries import slug_numbers
from marketplace.tracking.rejudging import judged_by, request_if_moved

MOST_SLUGS = 20  # of one link, for ever


class TooManySlugs(Conflict):
    """The link has had as many slugs as it may have."""


def change_link(
    session: Session,
    link: TrackingLink,
    *,
    changes: Mapping[str, Any],
    now: datetime,
) -> list[str]:
    """Change what is named; the names of what that changed.

    Of `label`, `slug`, `destination_url` (null: the landing page), `utm` (what is
    chosen for this link alone), `expires_at` (null: never; in the past: now) and
    `fallback_url` (null: the campaign's). Earlier slugs go on leading to it. Refusals
    as for `create_link`, and TooManySlugs. That an end moved has its clicks judged
    again (`rejudging`).
    """
    campaign = hold_campaign(session, link.campaign_id)
    session.refresh(link, with_for_update=True)
    said = checked(session, campaign, changes)
    if said.get("expires_at") is not None and said["expires_at"] != link.expires_at:
        said["expires_at"] = max(said["expires_at"], now)
    changed = [name for name in said if getattr(link, name) != said[name]]
    if not changed:
        return []
    if "slug" in changed:
        _call(session, link, said["slug"])
        touch_page_of_link(session, link, now)
    before = judged_by(link)
    change(link, said)
    request_if_moved(session, link, before, now=now)
    retarget(session, campaign, TrackingLink.id == link.id, now)
    return sorted(changed)


def _call(session: Session, link: TrackingLink, slug: str) -> None:
    """Let the slug lead to it, for ever."""
    if refuse_taken(session, slug, link.id):
        return  # it was called so before
    if (session.scalar(slug_numbers(link.id)) or 0) >= MOST_SLUGS:
        raise TooManySlugs(f"A link may have had at most {MOST_SLUGS} slugs.")
    try:
        with session.begin_nested():
            session.add(LinkSlug(slug=slug, link_id=link.id))
    except IntegrityError as error:  # somebody was faster
        raise taken() from error
