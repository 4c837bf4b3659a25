"""Looks at many posts at once, from one table: all of it, or what is wrong with it."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.rules import Platform
from marketplace.content.figures import record_post
from marketplace.content.models import Post
from marketplace.content.rules import ContentNotValid
from marketplace.content.sheets import PostRow, finish, post_rows
from marketplace.content.taking import Telling


def take_in_figures(session: Session, text: str, telling: Telling) -> tuple[int, int]:
    """The looks of a table (`sheets.POST_KEYS` and what is in `SNAPSHOT_COLUMNS`);
    how many, and at how many posts. ContentNotValid names every wrong line.

    A row names its post by `post_id`, or by `platform` and `external_id`.
    """
    rows = post_rows(text, named=True)
    wrong: dict[str, list[str]] = {}
    of_posts: dict[str, list[PostRow]] = {}
    for row in rows:
        post_id = _post_id(session, row, wrong)
        if post_id is not None:
            of_posts.setdefault(post_id, []).append(row)
    for post_id in sorted(of_posts):  # locks are taken in one order
        try:
            _record(session, post_id, of_posts[post_id], telling)
        except ContentNotValid as error:
            wrong |= error.errors
    finish(wrong)
    return len(rows), len(of_posts)


def _record(
    session: Session, post_id: str, rows: Sequence[PostRow], telling: Telling
) -> None:
    told = Telling(
        telling.source, telling.by, telling.now, [f"lines.{row.line}" for row in rows]
    )
    post = session.get_one(Post, post_id)
    with session.begin_nested():
        record_post(session, post, [row.reading for row in rows], told)


def _post_id(session: Session, row: PostRow, wrong: dict[str, list[str]]) -> str | None:
    """The post a row means; None, and noted, if there is none or more than one."""
    place, named = f"lines.{row.line}", row.named
    if "post_id" in named:
        found = session.scalars(select(Post.id).where(Post.id == named["post_id"]))
    elif {"platform", "external_id"} <= named.keys():
        if named["platform"] not in tuple(Platform):
            wrong[f"{place}.platform"] = ["is not a platform"]
            return None
        found = session.scalars(
            select(Post.id).where(
                Post.platform == named["platform"],
                Post.external_id == named["external_id"],
            )
        )
    else:
        wrong[place] = ["needs post_id, or platform and external_id"]
        return None
    return _only(found, place, wrong)


def _only(found: Iterable[str], place: str, wrong: dict[str, list[str]]) -> str | None:
    ids = list(found)
    if len(ids) == 1:
        return ids[0]
    reason = "several brands have it: name it by post_id" if ids else "no such post"
    wrong[place] = [reason]
    return None
