"""Taking in what people write under posts, and forgetting who asks for it.

The brand's lock is held while either is done: what is being stored cannot slip past.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.locks import lock_brand
from marketplace.accounts.models import BrandChannel, Channel
from marketplace.accounts.rules import Actor, Platform
from marketplace.content import checks
from marketplace.content.models import Comment, ErasedCommenter, Post
from marketplace.content.opinions.recording import forget
from marketplace.content.readings import CommentReading
from marketplace.content.rules import ContentNotValid
from marketplace.content.said import LONGEST_ID, LONGEST_TEXT, handle_of, storable
from marketplace.content.taking import Telling
from marketplace.keys import keyed_hash
from marketplace.money import LARGEST_AMOUNT

MOST_AT_ONCE = 500  # names in one statement


@dataclass(frozen=True, slots=True)
class Commented:
    """How many comments were new, said otherwise than before, the same, or of somebody
    who was forgotten and so not kept.
    """

    added: int = 0
    changed: int = 0
    same: int = 0
    forgotten: int = 0


def author_hash(platform: Platform, author: str, customer_key: bytes) -> str:
    """Who wrote something, as one brand knows them: by id or handle, unreadable."""
    return keyed_hash(customer_key, f"author:{platform}:{handle_of(author)}")[:32]


def record_comments(
    session: Session,
    post: Post,
    readings: Sequence[CommentReading],
    telling: Telling,
    *,
    customer_key: bytes,
) -> Commented:
    """Store comments under a post, each once; what is told again brings its text and
    likes up to date. All of them, or ContentNotValid.
    """
    _refuse_wrong(readings, telling)
    lock_brand(session, post.brand_id)
    own = _own_handles(session, post)
    latest = {one.external_id: one for one in readings}
    authors = {
        name: author_hash(post.platform, one.author, customer_key)
        for name, one in latest.items()
        if one.author and handle_of(one.author)
    }
    erased = _erased(session, post.brand_id, set(authors.values()), customer_key)
    stored = _stored(session, post, latest)
    counts = dict.fromkeys(("added", "changed", "same", "forgotten"), 0)
    for name, one in latest.items():
        author = authors.get(name)
        at = one.published_at  # of a time nobody told it may be what was forgotten
        if author in erased and (at is None or at <= erased[author]):
            counts["forgotten"] += 1
        elif name in stored:
            counts[_bring_up_to_date(stored[name], one)] += 1
        else:
            is_own = one.is_own or handle_of(one.author or "") in own
            session.add(_comment(post, one, author, is_own, telling))
            counts["added"] += 1
    session.flush()
    return Commented(**counts)


def erase_commenter(
    session: Session,
    brand_id: str,
    platform: Platform,
    author: str,
    *,
    customer_key: bytes,
    by: Actor | None,
    now: datetime,
) -> int:
    """Delete what somebody wrote under a brand's posts, by handle or id, and know not
    to keep it again; how many comments. What they write afterwards is new.
    """
    lock_brand(session, brand_id)
    hashed = author_hash(platform, author, customer_key)
    theirs = select(Comment).where(
        Comment.brand_id == brand_id, Comment.author == hashed
    )
    comments = session.scalars(theirs).all()
    forget(session, comments, now=now)
    key = (brand_id, _erased_hash(hashed, customer_key))
    remembered = session.get(ErasedCommenter, key)
    if remembered is None:
        remembered = ErasedCommenter(brand_id=brand_id, author=key[1])
        session.add(remembered)
    remembered.erased_at = now
    events.publish(
        session,
        "commenter.erased",
        now=now,
        subject_id=brand_id,
        brand_id=brand_id,
        actor_id=by.user_id if by else None,
        data={"comments": len(comments)},
    )
    session.flush()
    return len(comments)


def _refuse_wrong(readings: Sequence[CommentReading], telling: Telling) -> None:
    wrong: checks.Errors = {}
    for position, one in enumerate(readings):
        if not 0 < len(one.external_id) <= LONGEST_ID:
            reason = f"must have 1 to {LONGEST_ID} characters"
            wrong[telling.at(position, "external_id")] = [reason]
        if one.likes is not None and not 0 <= one.likes <= LARGEST_AMOUNT:
            wrong[telling.at(position, "likes")] = ["must be at least 0"]
        at = one.published_at
        if at is not None and at > telling.now + checks.CLOCK_SKEW:
            wrong[telling.at(position, "published_at")] = ["is in the future"]
    if wrong:
        raise ContentNotValid(wrong)


def _comment(
    post: Post, one: CommentReading, author: str | None, is_own: bool, telling: Telling
) -> Comment:
    return Comment(
        brand_id=post.brand_id,
        campaign_id=post.campaign_id,
        post_id=post.id,
        external_id=one.external_id,
        author=author,
        is_own=is_own,
        is_reply=one.is_reply,
        text=storable(one.text, LONGEST_TEXT),
        likes=one.likes,
        source=telling.source,
        published_at=one.published_at or telling.now,
        created_at=telling.now,
    )


def _bring_up_to_date(comment: Comment, one: CommentReading) -> str:
    """What changed of it: a text that is another one is to be read again."""
    text = storable(one.text, LONGEST_TEXT)
    likes = comment.likes if one.likes is None else one.likes
    if (comment.text, comment.likes) == (text, likes):
        return "same"
    if comment.text != text:
        comment.text, comment.reading = text, 0
    comment.likes = likes
    return "changed"


def _stored(
    session: Session, post: Post, names: Collection[str]
) -> Mapping[str, Comment]:
    listed = sorted(names)
    found: dict[str, Comment] = {}
    for start in range(0, len(listed), MOST_AT_ONCE):
        some = listed[start : start + MOST_AT_ONCE]
        rows = session.scalars(
            select(Comment).where(
                Comment.post_id == post.id, Comment.external_id.in_(some)
            )
        )
        found |= {row.external_id: row for row in rows}
    return found


def _own_handles(session: Session, post: Post) -> set[str]:
    """What the influencer and the brand are called there."""
    influencer = select(Channel.handle).where(
        Channel.influencer_id == post.influencer_id, Channel.platform == post.platform
    )
    brand = select(BrandChannel.handle).where(
        BrandChannel.brand_id == post.brand_id, BrandChannel.platform == post.platform
    )
    handles = [*session.scalars(influencer), *session.scalars(brand)]
    return {handle_of(handle) for handle in handles} - {""}


def _erased(
    session: Session, brand_id: str, authors: Collection[str], customer_key: bytes
) -> dict[str | None, datetime]:
    """Of these authors, who was forgotten, and when."""
    known = session.execute(
        select(ErasedCommenter.author, ErasedCommenter.erased_at).where(
            ErasedCommenter.brand_id == brand_id
        )
    )
    times = dict(known.all())
    if not times:
        return {}
    hashed = {author: _erased_hash(author, customer_key) for author in authors}
    return {one: times[key] for one, key in hashed.items() if key in times}


def _erased_hash(author: str, customer_key: bytes) -> str:
    return keyed_hash(customer_key, f"erased:{author}")
