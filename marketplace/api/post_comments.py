"""What people write under posts; and forgetting who asks for it."""

from typing import Any

from flask import Response
from marshmallow import fields

from marketplace import accounts, content
from marketplace.accounts import Platform, Scope
from marketplace.api.content_access import own_post
from marketplace.api.content_fields import (
    CSV,
    content_in,
    created,
    loaded,
    telling,
)
from marketplace.api.fields import Answer, Body, Choice, Moment, Query, Text, Whole
from marketplace.api.frame import (
    Resource,
    actor,
    begin,
    own_brand,
    reads,
    settings,
    writes,
    writes_raw,
)
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.clock import now
from marketplace.content import (
    Comment,
    CommentReading,
    ContentSource,
    shapes,
    sheets,
)
from marketplace.errors import Invalid

blp = Resource("post_comments", description="What people write under posts")
NEWEST = Sort("published_at", Comment.published_at, Comment.id)


class CommentIn(Body):
    """A comment. `author`: handle or id; only a keyed hash of it is kept."""

    external_id = Text(required=True, shortest=1)
    text = Text(required=True, longest=10_000)
    author = Text(load_default=None, allow_none=True)
    published_at = Moment(load_default=None, allow_none=True)
    is_own = fields.Boolean(
        load_default=False,
        metadata={
            "description": "by the influencer or the brand; seen by itself where the"
            " author is the handle of a channel of theirs"
        },
    )
    is_reply = fields.Boolean(load_default=False)
    likes = Whole(load_default=None, allow_none=True)


class CommentsShape(Query):
    """In whose form the body is."""

    shape = Text(load_default=None)


class CommentedOut(Answer):
    """How many comments were new, told otherwise than before, the same; and how many of
    somebody who was forgotten, which are not kept.
    """

    added = fields.Integer()
    changed = fields.Integer()
    same = fields.Integer()
    forgotten = fields.Integer()


class CommentOut(Answer):
    """A comment. `author`: who, unreadable, but the same for all that one wrote.

    `tone` and what follows: what reading it gave; null until it was read.
    """

    id = fields.String()
    post_id = fields.String()
    external_id = fields.String()
    author = fields.String(allow_none=True)
    text = fields.String()
    likes = fields.Integer(allow_none=True)
    is_own = fields.Boolean()
    is_reply = fields.Boolean()
    source = Choice(ContentSource)
    published_at = Moment()
    language = fields.String()
    tone = fields.String(allow_none=True)
    emotions = fields.List(fields.String())
    is_spam = fields.Boolean()


class CommenterIn(Body):
    """Who asks to be forgotten: a handle or id on a platform."""

    platform = Choice(Platform, required=True)
    author = Text(required=True, shortest=1)


class ForgottenOut(Answer):
    """How many comments were deleted."""

    comments = fields.Integer()


COMMENT_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"anyOf": [CommentIn, {"type": "array", "items": CommentIn}]}
        },
        CSV: {
            "schema": {
                "type": "string",
                "description": f"CSV; its header: {', '.join(sheets.COMMENT_COLUMNS)}",
            }
        },
    },
}


@blp.route("/posts/<post_id>/comments", methods=["POST"])
@writes_raw
@blp.arguments(CommentsShape, location="query")
@blp.doc(requestBody=COMMENT_BODY)
@blp.response(201, CommentedOut)
def record_comments(query: dict[str, Any], post_id: str) -> Response:
    """Tell what was written under a post: one comment, a list, a platform's own answer
    (`shape`), or CSV. One that is told again is brought up to date, never doubled.
    """
    body = content_in()
    if query["shape"] is not None:
        told = body.value if body.text is None else body.text
        readings = shapes.read_comments(query["shape"], told)
        places = [str(position) for position in range(len(readings))]
    elif body.text is not None:
        rows = sheets.comment_rows(body.text)
        readings = [reading for _, reading in rows]
        places = [f"lines.{line}" for line, _ in rows]
    else:
        said, places = loaded(CommentIn(), body.value)
        readings = [CommentReading(**one) for one in said]
    if not readings and query["shape"] is None:
        raise Invalid({"body": ["has no comments"]})
    session, post = begin(), own_post(post_id, Scope.WRITE)
    found = content.record_comments(
        session,
        post,
        readings,
        telling(places),
        customer_key=_key_of(session.get_one(accounts.Brand, post.brand_id)),
    )
    return created(CommentedOut().dump(found))


@blp.route("/posts/<post_id>/comments")
@reads
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_of(CommentOut))
def list_comments(query: dict[str, Any], post_id: str) -> dict[str, Any]:
    """What was written under a post, newest first."""
    post = own_post(post_id, Scope.READ)
    return page(begin(), content.comments_of(post.id), NEWEST, query)


@blp.route("/brands/<brand_id>/commenter-erasures", methods=["POST"])
@writes
@blp.arguments(CommenterIn)
@blp.response(200, ForgottenOut)
def erase_commenter(body: dict[str, Any], brand_id: str) -> dict[str, int]:
    """Forget somebody who commented: what they wrote until now goes, and stays away
    when a platform tells it again.
    """
    brand = own_brand(Scope.WRITE, brand_id)
    deleted = content.erase_commenter(
        begin(),
        brand.id,
        body["platform"],
        body["author"],
        customer_key=_key_of(brand),
        by=actor(),
        now=now(),
    )
    return {"comments": deleted}


def _key_of(brand: accounts.Brand) -> bytes:
    return settings().keyring.open(accounts.CUSTOMER_KEY, brand.customer_key)
