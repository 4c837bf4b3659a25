"""Posts under an application: entered by either side, or line by line from a table."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import content
from marketplace.accounts.rules import Actor, Platform
from marketplace.collaborations.contract import ApplicationNotAccepted
from marketplace.collaborations.models import Application
from marketplace.collaborations.rules import ApplicationStatus
from marketplace.content import ContentNotValid, NewPost, Post, PostFormat, PostKnown
from marketplace.content.sheets import (
    Line,
    finish,
    flag,
    lines_of,
    member,
    milliseconds,
    time,
)
from marketplace.errors import Invalid, NotFound, Refusal
from marketplace.tracking import TrackingLink

# What was posted while the contract held may be entered, and watched, after its end.
HELD = (ApplicationStatus.ACCEPTED, ApplicationStatus.ENDED)
COLUMNS = (
    *("application_id", "channel_id", "platform", "format", "external_id", "url"),
    *("title", "hashtags", "names_brand", "duration_seconds", "link_id"),
    "published_at",
)
LONGEST_TITLE = 500


class TakenIn(NamedTuple):
    """Posts of a table: those that were new, and those known before."""

    added: list[Post]
    known: list[Post]


def add_post(
    session: Session,
    application: Application,
    new: NewPost,
    *,
    implies_link: bool = True,
    by: Actor | None,
    now: datetime,
) -> Post:
    """A post under an application; ApplicationNotAccepted where there never was a
    contract, and what `content.add` refuses.

    `implies_link`: with no link said, the post shares the channel's, if the application
    has exactly one for it that has not ended.
    """
    if application.status not in HELD:
        raise ApplicationNotAccepted(f"The application is {application.status.value}.")
    if new.link_id is not None:
        _refuse_other_link(session, application.id, new.link_id)
    elif implies_link and new.channel_id is not None:
        links = session.scalars(
            select(TrackingLink.id).where(
                TrackingLink.application_id == application.id,
                TrackingLink.channel_id == new.channel_id,
                TrackingLink.ended_at.is_(None),
            )
        ).all()
        if len(links) == 1:
            new = replace(new, link_id=links[0])
    return content.add(session, application, new, by=by, now=now)


def change_post(
    session: Session,
    post: Post,
    *,
    changes: Mapping[str, Any],
    by: Actor | None,
    now: datetime,
) -> Post:
    """Change what is said of a post; its link stays one of its application's."""
    if changes.get("link_id") is not None:
        _refuse_other_link(session, post.application_id, changes["link_id"])
    return content.change_post(session, post, changes=changes, by=by, now=now)


def _refuse_other_link(session: Session, application_id: str, link_id: str) -> None:
    link = session.get(TrackingLink, link_id)
    if link is None or link.application_id != application_id:
        raise ContentNotValid({"link_id": ["is not one of the application's links"]})


def take_in_posts(
    session: Session,
    text: str,
    *,
    may: Callable[[Application], None],
    by: Actor | None,
    now: datetime,
) -> TakenIn:
    """The posts of a table (`COLUMNS`), all of them or ContentNotValid.

    A post the brand has already under the same application and platform, by its
    external_id, is brought up to date with what its line says. `may`: raises a refusal
    for an application that is none of the caller's.
    """
    lines, wrong = lines_of(text, COLUMNS, needed=("application_id", "published_at"))
    told = [(line, *_new_post(line, now)) for line in lines]
    finish(wrong)
    taken = TakenIn([], [])
    for line, application_id, new in told:
        try:
            with session.begin_nested():
                application = _own_application(session, application_id, may)
                _take_in(session, application, new, line, taken, by, now)
        except Invalid as error:
            for name, reasons in error.errors.items():
                wrong[f"{line.place}.{name}"] = reasons
        except Refusal as error:
            wrong[line.place] = [error.detail]
    finish(wrong)
    return taken


def _new_post(line: Line, now: datetime) -> tuple[str, NewPost]:
    tags = (line.read("hashtags", str) or "").replace(",", " ").split()
    title = line.read("title", str) or ""
    for column, longest in (("title", LONGEST_TITLE), ("external_id", 200)):
        if len(line.cells.get(column, "")) > longest:
            reason = f"must have at most {longest} characters"
            line.wrong[f"{line.place}.{column}"] = [reason]
    published_at = line.need("published_at", time)
    return line.need("application_id", str) or "", NewPost(
        published_at=published_at or now,  # without it the table is refused
        channel_id=line.read("channel_id", str),
        platform=line.read("platform", member(Platform)),
        link_id=line.read("link_id", str),
        format=line.read("format", member(PostFormat)),
        external_id=line.read("external_id", str),
        url=line.read("url", str),
        title=title,
        hashtags=tuple(tags),
        names_brand=line.read("names_brand", flag),
        duration_ms=line.read("duration_seconds", milliseconds),
    )


def _own_application(
    session: Session, application_id: str, may: Callable[[Application], None]
) -> Application:
    unknown = {"application_id": ["There is no such application, or it is not yours."]}
    application = session.get(Application, application_id)
    if application is None:
        raise ContentNotValid(unknown)
    try:
        may(application)
    except NotFound as error:
        raise ContentNotValid(unknown) from error
    return application


def _take_in(
    session: Session,
    application: Application,
    new: NewPost,
    line: Line,
    taken: TakenIn,
    by: Actor | None,
    now: datetime,
) -> None:
    try:
        with session.begin_nested():
            taken.added.append(add_post(session, application, new, by=by, now=now))
    except PostKnown:
        post = _known(session, application, new)
        if post is None:
            raise
        said = {
            name: getattr(new, field)
            for name, field in _FIELDS.items()
            if line.cells.get(name)
        }
        changes = {_FIELDS[name]: value for name, value in said.items()}
        taken.known.append(change_post(session, post, changes=changes, by=by, now=now))


# Column → what of a post it says.
_FIELDS = {
    **{name: name for name in COLUMNS if name not in ("application_id", "platform")},
    "duration_seconds": "duration_ms",
}
del _FIELDS["external_id"]  # it is known by that


def _known(session: Session, application: Application, new: NewPost) -> Post | None:
    """The post the line means, if it is of the same application."""
    if new.external_id is None:
        return None
    return session.scalar(
        select(Post).where(
            Post.application_id == application.id,
            Post.external_id == new.external_id,
        )
    )
