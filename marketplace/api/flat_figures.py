"""Looks whose figures stand beside the moment, not under `metrics`, as simple programs
write them; and those that tell a video's average or rate, by the id of the KPI.
"""

import enum
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, NamedTuple

from marshmallow import ValidationError, fields

from marketplace.api.fields import Whole
from marketplace.content import PostMetric
from marketplace.money import LARGEST_AMOUNT

NOTE = "each figure may also stand beside `observed_at` instead of in here"
VIEWS = PostMetric.VIEWS.value
TWICE = "Is told twice."


class Number(fields.Field[Decimal]):
    """A number from 0 to `most`, or the same as decimal text."""

    def __init__(self, *, most: int, **options: Any) -> None:
        self.most = most
        super().__init__(**options)

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> Decimal:
        is_number = isinstance(value, int | float | str) and not isinstance(value, bool)
        text = str(value)
        try:
            number = Decimal(text) if is_number and len(text) <= 40 else None
        except InvalidOperation:
            number = None
        if number is None or not (number.is_finite() and 0 <= number <= self.most):
            raise ValidationError(f"Must be a number from 0 to {self.most}.")
        return number


class Converted(NamedTuple):
    """Another way to tell a figure: its `factor`, whether of one view, and the most."""

    metric: PostMetric
    factor: int
    of_one_view: bool
    most: int
    says: str


CONVERTED = {
    "watch_time": Converted(
        *(PostMetric.WATCH_MS, 1000, False, 10**11),
        "seconds, of all views together; for `watch_ms`",
    ),
    "average_watch_time": Converted(
        *(PostMetric.WATCH_MS, 1000, True, 7 * 24 * 3600),
        "seconds, of one view; for `watch_ms`, and with `views`",
    ),
    "completion_rate": Converted(
        *(PostMetric.COMPLETED_VIEWS, 1, True, 1),
        "a share of 1; for `completed_views`, and with `views`",
    ),
}


def beside(figures: type[enum.StrEnum]) -> dict[str, fields.Field[Any]]:
    """Fields for these figures, to stand beside the moment."""
    flat: dict[str, fields.Field[Any]] = {
        each.value: Whole(least=-LARGEST_AMOUNT, allow_none=True) for each in figures
    }
    if VIEWS in flat:
        flat |= {
            name: Number(
                most=way.most, allow_none=True, metadata={"description": way.says}
            )
            for name, way in CONVERTED.items()
        }
    return flat


def faults(
    look: Mapping[str, Any], figures: type[enum.StrEnum]
) -> dict[str, list[str]]:
    """What a loaded look says twice, or without what it needs."""
    flat = {*map(str, figures), *CONVERTED}
    told = {name for name in flat if look.get(name) is not None}
    metrics = {*map(str, look["metrics"])}
    wrong = {name: [TWICE] for name in sorted(told & metrics)}
    known = metrics | told
    for name in sorted(told & CONVERTED.keys()):
        way = CONVERTED[name]
        if way.metric.value in known:
            wrong[name] = [TWICE]
        elif way.of_one_view and _views(look) is None:
            wrong[name] = ["Needs views beside it."]
        known.add(way.metric.value)
    if look["observed_at"] is not None and look["captured_at"] is not None:
        wrong["captured_at"] = [TWICE]
    return wrong


def gathered(look: Mapping[str, Any], figures: type[enum.StrEnum]) -> dict[str, Any]:
    """A look without faults, with all its figures under `metrics`, whole."""
    metrics = dict(look["metrics"])
    metrics |= {each: look[each] for each in figures if look.get(each) is not None}
    for name, way in CONVERTED.items():
        value: Decimal | None = look.get(name)
        if value is not None:
            views = (_views(look) or 0) if way.of_one_view else 1
            amount = value * way.factor * views
            metrics[way.metric] = int(amount.to_integral_value(ROUND_HALF_UP))
    return {
        "observed_at": look["observed_at"] or look["captured_at"],
        "metrics": metrics,
        "distributions": look["distributions"],
    }


def _views(look: Mapping[str, Any]) -> int | None:
    views: int | None = look["metrics"].get(VIEWS)
    return look.get(VIEWS) if views is None else views
