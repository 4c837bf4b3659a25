"""Registering brands and influencers, and changing what they say of themselves."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand, Channel, Influencer, Membership, User
from marketplace.accounts.rules import (
    Actor,
    Platform,
    Role,
    default_timezone,
    normalise_email,
)
from marketplace.accounts.urls import normalise_host, web_url
from marketplace.clock import zone
from marketplace.errors import Conflict, Invalid
from marketplace.keys import Keyring, random_secret
from marketplace.orm import change

CUSTOMER_KEY = "customer-key"


class EmailTaken(Conflict):
    """There is a user with this e-mail."""


@dataclass(frozen=True, slots=True)
class NewChannel:
    """A channel as an influencer states it."""

    platform: Platform
    handle: str
    url: str | None = None
    followers: int | None = None


def register_brand(
    session: Session,
    *,
    name: str,
    email: str,
    password_hash: str,
    country: str,
    currency: str,
    timezone: str | None = None,
    keyring: Keyring,
    now: datetime,
) -> tuple[Brand, User]:
    """A new brand and its owner; EmailTaken if there is such a user already."""
    user = _add_user(session, name, email, password_hash, now)
    brand = Brand(
        name=name,
        country=country,
        currency=currency,
        timezone=_timezone(timezone or default_timezone(country)),
        hosts=[],
        customer_key=keyring.seal(CUSTOMER_KEY, random_secret()),
        created_at=now,
    )
    session.add(brand)
    session.flush()
    session.add(Membership(user_id=user.id, brand_id=brand.id, role=Role.OWNER))
    events.publish(
        session,
        "brand.registered",
        now=now,
        brand_id=brand.id,
        subject_id=brand.id,
        actor_id=user.id,
    )
    session.flush()
    return brand, user


def register_influencer(
    session: Session,
    *,
    name: str,
    email: str,
    password_hash: str,
    country: str,
    language: str,
    channels: Sequence[NewChannel] = (),
    bio: str = "",
    now: datetime,
) -> tuple[Influencer, User]:
    """A new influencer with `channels` loaded; EmailTaken, or Invalid for a channel."""
    stated = _checked(channels)
    user = _add_user(session, name, email, password_hash, now)
    influencer = Influencer(
        user_id=user.id,
        name=name,
        country=country,
        language=language,
        bio=bio,
        created_at=now,
        channels=[
            _channel(channel, position, now) for position, channel in enumerate(stated)
        ],
    )
    session.add(influencer)
    session.flush()
    events.publish(
        session,
        "influencer.registered",
        now=now,
        influencer_id=influencer.id,
        subject_id=influencer.id,
        actor_id=user.id,
    )
    return influencer, user


def update_brand(
    session: Session,
    brand: Brand,
    *,
    changes: Mapping[str, Any],
    by: Actor | None,
    now: datetime,
) -> None:
    """Change name, country, timezone or hosts; Invalid for what is none of such."""
    changes = dict(changes)
    if "timezone" in changes:
        changes["timezone"] = _timezone(changes["timezone"])
    if "hosts" in changes:
        changes["hosts"] = _hosts(changes["hosts"])
    if change(brand, changes):
        session.flush()
        events.publish(
            session,
            "brand.updated",
            now=now,
            brand_id=brand.id,
            subject_id=brand.id,
            actor_id=by.user_id if by else None,
            data={"fields": sorted(changes)},
        )


def update_influencer(
    session: Session,
    influencer: Influencer,
    *,
    changes: Mapping[str, Any],
    channels: Sequence[NewChannel] | None = None,
    by: Actor | None,
    now: datetime,
) -> None:
    """Change name, country, language or bio, and state channels (loaded).

    A channel already there (platform and handle) is updated, others are added; none
    is taken away, because links hang on them.
    """
    changed = change(influencer, changes)
    known = {_same(channel): channel for channel in influencer.channels}
    for stated in _checked(channels or ()):
        channel = known.get(_same(stated))
        if channel is None:
            position = len(influencer.channels)
            influencer.channels.append(_channel(stated, position, now))
            changed = True
        else:
            facts = {"url": stated.url, "followers": stated.followers}
            changed = change(channel, facts) or changed
    if changed:
        session.flush()
        events.publish(
            session,
            "influencer.updated",
            now=now,
            influencer_id=influencer.id,
            subject_id=influencer.id,
            actor_id=by.user_id if by else None,
            data={"fields": sorted(changes)},
        )


def _add_user(
    session: Session, name: str, email: str, password_hash: str, now: datetime
) -> User:
    try:
        email = normalise_email(email)
    except ValueError as error:
        raise Invalid({"email": [str(error)]}) from error
    taken = EmailTaken("There is a user with this e-mail address already.")
    if session.scalar(select(User.id).where(User.email == email)):
        raise taken
    user = User(email=email, name=name, password_hash=password_hash, created_at=now)
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError as error:  # somebody was faster
        raise taken from error
    return user


def _channel(stated: NewChannel, position: int, now: datetime) -> Channel:
    return Channel(
        position=position,
        platform=stated.platform,
        handle=stated.handle,
        url=stated.url,
        followers=stated.followers,
        created_at=now,
    )


def _same(channel: Channel | NewChannel) -> tuple[str, str]:
    """What makes two statements speak of one channel."""
    return channel.platform, unicodedata.normalize("NFKC", channel.handle).casefold()


def _checked(channels: Sequence[NewChannel]) -> list[NewChannel]:
    """The channels tidied; Invalid names every wrong or repeated one."""
    errors: dict[str, list[str]] = {}
    seen: set[tuple[str, str]] = set()
    tidy = []
    for position, stated in enumerate(channels):
        handle, url = stated.handle.strip().removeprefix("@").strip(), stated.url
        if not handle:
            errors[f"channels.{position}.handle"] = ["must not be empty"]
        if url is not None:
            try:
                url = web_url(url)
            except ValueError as error:
                errors[f"channels.{position}.url"] = [str(error)]
        channel = NewChannel(stated.platform, handle, url, stated.followers)
        if _same(channel) in seen:
            errors[f"channels.{position}.handle"] = ["is there twice"]
        seen.add(_same(channel))
        tidy.append(channel)
    if errors:
        raise Invalid(errors)
    return tidy


def _timezone(name: str) -> str:
    try:
        return zone(name).key
    except ValueError as error:
        raise Invalid({"timezone": [str(error)]}) from error


def _hosts(texts: Sequence[str]) -> list[str]:
    hosts, errors = set(), {}
    for position, text in enumerate(texts):
        try:
            hosts.add(normalise_host(text))
        except ValueError as error:
            errors[f"hosts.{position}"] = [str(error)]
    if errors:
        raise Invalid(errors)
    return sorted(hosts)
