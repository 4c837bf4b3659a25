"""What a report for others shows, as it is asked for."""

from typing import Any

from marshmallow import fields

from marketplace.api.fields import Body, Day, Text, Whole
from marketplace.kpis.report_links import Shown


class ShownIn(Body):
    """Which KPIs (by default those that do not tell what the brand spent), which days
    (by default all), and whether there is a row per influencer.
    """

    language = Text(longest=8, load_default="en", metadata={"description": "en or nl"})
    kpis = fields.List(Text(longest=100), load_default=None, allow_none=True)
    by_influencer = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    start = Day(data_key="from", load_default=None, allow_none=True)
    end = Day(data_key="to", load_default=None, allow_none=True)
    last_days = Whole(load_default=None, allow_none=True, least=1)


def shown_of(body: dict[str, Any]) -> Shown:
    """Takes it out of a body that was read by a schema derived from `ShownIn`."""
    names = ("language", "kpis", "by_influencer", "start", "end", "last_days")
    return Shown(**{name: body.pop(name) for name in names if name in body})
