"""Landing pages of influencers, and how often they were looked at."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from marketplace import collaborations, tracking
from marketplace.accounts import Scope
from marketplace.api.fields import Answer, Day, Moment, Query
from marketplace.api.frame import Resource, actor, begin, reads
from marketplace.api.shapes import pages_shown
from marketplace.collaborations import Application
from marketplace.errors import NotFound
from marketplace.tracking import LandingCell, LandingPage

blp = Resource("landing-pages", description="Landing pages of influencers")


class ViewsQuery(Query):
    """Which days of the brand's; without them, all there are."""

    start = Day(data_key="from", load_default=None)
    end = Day(
        data_key="to",
        load_default=None,
        metadata={"description": "not itself in it, unless it is the day of `from`"},
    )

    @validates_schema(skip_on_field_errors=True)
    def in_order(self, said: dict[str, Any], **_: Any) -> None:
        """Days that end before they begin are somebody's slip."""
        if said["start"] and said["end"] and said["end"] < said["start"]:
            raise ValidationError({"to": ["Must not be before `from`."]})

    @post_load
    def one_day(self, said: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The same day as both is that one day, as it is in reports."""
        if said["start"] and said["start"] == said["end"]:
            said["end"] += timedelta(days=1)
        return said


class Views(Answer):
    """Looks at a page: all of them, those that count, and the others by reason."""

    gross = fields.Integer()
    counted = fields.Integer()
    visitors = fields.Integer(
        metadata={"description": "distinct per day; of several days, their sum"}
    )
    set_aside = fields.Dict(keys=fields.String(), values=fields.Integer())


class DayOfViews(Views):
    """Those of one day of the brand's."""

    day = Day()


class LandingPageOut(Answer):
    """A landing page; `shown` while its campaign has words for it."""

    id = fields.String()
    slug = fields.String()
    url = fields.String()
    application_id = fields.String()
    campaign_id = fields.String()
    link_id = fields.String()
    shown = fields.Boolean()
    created_at = Moment()
    views = fields.Nested(Views)
    days = fields.List(fields.Nested(DayOfViews))


@blp.route("/landing-pages/<page_id>")
@reads
@blp.arguments(ViewsQuery, location="query")
@blp.response(200, LandingPageOut)
def get_landing_page(query: dict[str, Any], page_id: str) -> dict[str, Any]:
    """Look at an influencer's landing page and its views, by day and altogether."""
    session = begin()
    page = session.get(LandingPage, page_id)
    if page is None:
        raise NotFound("There is no such landing page, or it is not yours.")
    application = session.get_one(Application, page.application_id)
    collaborations.require_party(application, actor(), Scope.READ)
    shown = session.scalar(tracking.pages_shown([application.id])) is not None
    cells = session.scalars(tracking.page_days(page, **query)).all()
    return pages_shown(session, [page])[0] | {
        "shown": shown,
        "views": _total(cells),
        "days": [_views(cell) | {"day": cell.day_on} for cell in cells],
    }


def _views(cell: LandingCell) -> dict[str, Any]:
    return {
        "gross": cell.gross,
        "counted": cell.counted,
        "visitors": cell.visitor_count,
        "set_aside": cell.set_aside,
    }


def _total(cells: Iterable[LandingCell]) -> dict[str, Any]:
    numbers: Counter[str] = Counter(gross=0, counted=0, visitors=0)
    set_aside: Counter[str] = Counter()
    for cell in cells:
        said = _views(cell)
        set_aside.update(said.pop("set_aside"))
        numbers.update(said)
    return {**numbers, "set_aside": set_aside}
