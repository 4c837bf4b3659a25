"""What is observed of posts: figures, and how their people and views are divided."""

from typing import Any

from flask import Response

from marketplace import content
from marketplace.accounts import Scope
from marketplace.api.content_access import own_post
from marketplace.api.content_fields import (
    DISTRIBUTIONS,
    LATEST_DIVIDED,
    SNAPSHOTS,
    DistributionsQuery,
    LookQuery,
    RecordedOut,
    content_in,
    dated,
    loaded,
    look_bodies,
    reading_of,
    recorded,
    telling,
)
from marketplace.api.frame import Resource, actor, begin, reads, writes, writes_raw
from marketplace.api.look_shapes import PostSnapshotIn
from marketplace.api.paging import PageQuery, Sort, page
from marketplace.clock import now
from marketplace.content import (
    Distribution,
    PostReading,
    PostSnapshot,
    shapes,
    sheets,
)
from marketplace.errors import Invalid, NotFound

blp = Resource("post_figures", description="What was observed of posts")
LATEST = Sort("observed_at", PostSnapshot.observed_at, PostSnapshot.id)


@blp.route("/posts/<post_id>/snapshots", methods=["POST"])
@writes_raw
@blp.arguments(LookQuery, location="query")
@blp.doc(requestBody=look_bodies(PostSnapshotIn, sheets.SNAPSHOT_COLUMNS))
@blp.response(201, RecordedOut)
def record_post_figures(query: dict[str, Any], post_id: str) -> Response:
    """Tell what was observed of a post: figures since it was published, not of a day.

    One object, or a list (answered as ``{"data": [...]}``), a platform's own answer
    (`shape`), or CSV. What people enter is marked as reported. All of it is stored, or
    nothing; the same again changes nothing.
    """
    body = content_in()
    single = False
    if query["shape"] is not None:
        told = body.value if body.text is None else body.text
        readings = shapes.read_posts(query["shape"], told)
        places = [str(position) for position in range(len(readings))]
    elif body.text is not None:
        rows = sheets.post_rows(body.text, named=False)
        readings = [row.reading for row in rows]
        places = [f"lines.{row.line}" for row in rows]
    else:
        looks, places = loaded(PostSnapshotIn(), body.value)
        readings = [reading_of(PostReading, look) for look in looks]
        single = places == [""]
    if not readings:
        raise Invalid({"body": ["tells of no post"]})
    session, post = begin(), own_post(post_id, Scope.WRITE)
    found = content.record_post(session, post, dated(readings, query), telling(places))
    return recorded(found, single=single)


@blp.route("/posts/<post_id>/snapshots")
@reads
@blp.arguments(PageQuery, location="query")
@blp.response(200, SNAPSHOTS)
def list_post_figures(query: dict[str, Any], post_id: str) -> dict[str, Any]:
    """What was observed of a post, the latest first."""
    post = own_post(post_id, Scope.READ)
    return page(begin(), content.snapshots_of(post.id), LATEST, query)


@blp.route("/posts/<post_id>/snapshots/<snapshot_id>", methods=["DELETE"])
@writes
@blp.response(204)
def withdraw_post_figures(post_id: str, snapshot_id: str) -> None:
    """Take back figures entered by mistake: who entered them, or the brand."""
    session, post = begin(), own_post(post_id, Scope.WRITE)
    snapshot = session.get(PostSnapshot, snapshot_id)
    if snapshot is None or snapshot.post_id != post.id:
        raise NotFound("There is no such snapshot of this post.")
    content.withdraw_from_post(session, post, snapshot, by=actor(), now=now())


@blp.route("/posts/<post_id>/distributions")
@reads
@blp.arguments(DistributionsQuery, location="query")
@blp.response(200, DISTRIBUTIONS)
def list_post_distributions(query: dict[str, Any], post_id: str) -> dict[str, Any]:
    """How its people and views were divided, the latest first."""
    post = own_post(post_id, Scope.READ)
    rows = content.distributions_of(post.id)
    if "kind" in query:
        rows = rows.where(Distribution.kind == query["kind"])
    return page(begin(), rows, LATEST_DIVIDED, query)
