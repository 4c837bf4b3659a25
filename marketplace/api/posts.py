"""Posts: entering them, changing what is said of them, marking them as gone."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response
from marshmallow import ValidationError, fields
from marshmallow.validate import Length
from sqlalchemy.orm import Session

from marketplace import collaborations, content
from marketplace.accounts import Platform, Scope
from marketplace.api.content_access import own_post
from marketplace.api.content_fields import CSV, content_in, created, loaded
from marketplace.api.fields import Answer, Body, Choice, Moment, Text, WebUrl
from marketplace.api.frame import Resource, actor, begin, reads, writes, writes_raw
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.clock import now
from marketplace.collaborations import Application
from marketplace.collaborations.posting import COLUMNS
from marketplace.content import NewPost, Post, PostFormat, PostMetric
from marketplace.content.sheets import Wrong, milliseconds
from marketplace.errors import Invalid, NotFound

blp = Resource("posts", description="Content for campaigns, and what it came to")
NEWEST = Sort("published_at", Post.published_at, Post.id)


class Seconds(fields.Field[int]):
    """A length in seconds, as a number or as decimal text; loads to milliseconds."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> int:
        try:
            return milliseconds("" if isinstance(value, bool) else str(value))
        except Wrong as error:
            raise ValidationError("Must be a number of seconds.") from error


class PostSaid(Body):
    """What may be said of a post, now or later."""

    channel_id = Text(longest=64)
    link_id = Text(
        longest=64,
        allow_none=True,
        metadata={
            "description": "the tracked link it shares. Not said: the channel's, if the"
            " application has exactly one for it; null: none"
        },
    )
    format = Choice(PostFormat)
    external_id = Text(allow_none=True, metadata={"description": "the platform's own"})
    url = WebUrl(allow_none=True)
    title = Text(longest=500)
    hashtags = fields.List(Text(longest=100), validate=Length(max=50))
    names_brand = fields.Boolean(allow_none=True)
    duration_ms = Seconds(data_key="duration_seconds", allow_none=True)


class PostIn(PostSaid):
    """A post. Its platform is the channel's; without a channel it must be said."""

    application_id = Text(required=True, longest=64)
    platform = Choice(Platform)
    published_at = Moment(required=True)


class PostPatch(PostSaid):
    """What changes. `removed`: whether it is gone; its figures stay."""

    published_at = Moment()
    removed = fields.Boolean()


class PostsQuery(PageQuery):
    """Which posts."""

    campaign_id = Text(longest=64)
    application_id = Text(longest=64)
    influencer_id = Text(longest=64)
    platform = Choice(Platform)


class PostOut(Answer):
    """A post. `metrics`: what was last observed of it; null for what nobody knows."""

    id = fields.String()
    brand_id = fields.String()
    campaign_id = fields.String()
    application_id = fields.String()
    influencer_id = fields.String()
    channel_id = fields.String(allow_none=True)
    link_id = fields.String(allow_none=True)
    platform = Choice(Platform)
    format = Choice(PostFormat)
    external_id = fields.String(allow_none=True)
    url = fields.String(allow_none=True)
    title = fields.String()
    hashtags = fields.List(fields.String())
    names_brand = fields.Boolean(allow_none=True)
    duration_seconds = fields.Float(allow_none=True)
    published_at = Moment()
    removed_at = Moment(allow_none=True)
    created_at = Moment()
    metrics = fields.Dict(keys=fields.String(), values=fields.Integer(allow_none=True))
    observed_at = Moment(allow_none=True)


# The body is read by hand, for it may be CSV; so it is described by hand too.
POST_BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": PostIn},
        CSV: {
            "schema": {
                "type": "string",
                "description": f"CSV; its header has some of: {', '.join(COLUMNS)}",
            }
        },
    },
}


@blp.route("/posts", methods=["POST"])
@writes_raw
@blp.doc(requestBody=POST_BODY)
@blp.response(201, PostOut)
def add_post() -> dict[str, Any] | Response:
    """Enter a post under an accepted application: its influencer, or the brand.

    The same post (by the platform's id, or its address) again is 409. As CSV many at
    once, all of them or none; a line of a known post brings it up to date, and the
    answer is ``{"added", "known", "data"}``.
    """
    body = content_in()
    if body.text is not None:
        return _add_many(body.text)
    ((said,), _) = loaded(PostIn(), {} if body.value is None else _one(body.value))
    session = begin()
    application = session.get(Application, said.pop("application_id"))
    if application is None:
        raise NotFound("There is no such application, or it is not yours.")
    collaborations.require_party(application, actor(), Scope.WRITE)
    post = collaborations.add_post(
        session,
        application,
        NewPost(**{**said, "hashtags": tuple(said.pop("hashtags", ()))}),
        implies_link="link_id" not in said,
        by=actor(),
        now=now(),
    )
    return _shown(session, [post])[0]


def _one(value: Any) -> Any:
    if isinstance(value, list):
        raise Invalid({"body": ["must be one post; many come as CSV"]})
    return value


def _add_many(text: str) -> Response:
    session, asking = begin(), actor()
    taken = collaborations.take_in_posts(
        session,
        text,
        may=lambda one: collaborations.require_party(one, asking, Scope.WRITE),
        by=asking,
        now=now(),
    )
    posts = list(dict.fromkeys([*taken.added, *taken.known]))
    return created(
        {
            "added": len(taken.added),
            "known": len(taken.known),
            "data": PostOut(many=True).dump(_shown(session, posts)),
        }
    )


@blp.route("/posts")
@reads
@blp.arguments(PostsQuery, location="query")
@blp.response(200, page_of(PostOut))
def list_posts(query: dict[str, Any]) -> dict[str, Any]:
    """One's own posts, and those for one's brands' campaigns; newest first."""
    session, asking = begin(), actor()
    rows = content.posts_of(
        brand_ids=asking.brand_ids, influencer_id=asking.influencer_id
    )
    for name in ("campaign_id", "application_id", "influencer_id", "platform"):
        if name in query:
            rows = rows.where(getattr(Post, name) == query[name])
    found = page(session, rows, NEWEST, query)
    return {**found, "data": _shown(session, found["data"])}


@blp.route("/posts/<post_id>")
@reads
@blp.response(200, PostOut)
def get_post(post_id: str) -> dict[str, Any]:
    """Look at a post."""
    return _shown(begin(), [own_post(post_id, Scope.READ)])[0]


@blp.route("/posts/<post_id>", methods=["PATCH"])
@writes
@blp.arguments(PostPatch)
@blp.response(200, PostOut)
def change_post(body: dict[str, Any], post_id: str) -> dict[str, Any]:
    """Change what is said of a post: either side. Its figures are rolled up again."""
    session, post, at = begin(), own_post(post_id, Scope.WRITE), now()
    removed = body.pop("removed", None)
    post = collaborations.change_post(session, post, changes=body, by=actor(), now=at)
    if removed is not None:
        mark = content.remove if removed else content.restore
        mark(session, post, by=actor(), now=at)
    return _shown(session, [post])[0]


@blp.route("/posts/<post_id>", methods=["DELETE"])
@writes
@blp.response(204)
def remove_post(post_id: str) -> None:
    """Mark a post as gone. What it came to stays."""
    post = own_post(post_id, Scope.WRITE)
    content.remove(begin(), post, by=actor(), now=now())


def _shown(session: Session, posts: Sequence[Post]) -> list[dict[str, Any]]:
    """Posts with their last figures: one statement for any number of them."""
    figures = {
        post_id: (dict(zip(PostMetric, map(_whole, sums), strict=True)), observed_at)
        for post_id, *sums, observed_at in session.execute(
            content.figures_of([post.id for post in posts])
        )
    }
    unknown = (dict.fromkeys(PostMetric), None)
    columns = Post.__mapper__.column_attrs.keys()
    return [
        {name: getattr(post, name) for name in columns}
        | {
            "duration_seconds": None
            if post.duration_ms is None
            else post.duration_ms / 1000,
            "metrics": figures.get(post.id, unknown)[0],
            "observed_at": figures.get(post.id, unknown)[1],
        }
        for post in posts
    ]


def _whole(total: Any) -> int | None:
    return None if total is None else int(total)  # PostgreSQL sums to a decimal
