"""Looks at posts and channels as JSON tells them."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, post_load, validates_schema
from marshmallow.validate import Length

from marketplace.api.fields import Body, Choice, Moment, Text, Whole
from marketplace.api.flat_figures import NOTE, beside, faults, gathered
from marketplace.content import ChannelMetric, DistributionKind, PostMetric
from marketplace.money import LARGEST_AMOUNT

MOST_SHARE = 10**6  # far beyond what any share may be; that is checked elsewhere


class Share(fields.Field[Decimal]):
    """A share of 1, as a number or as decimal text."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> Decimal:
        is_number = isinstance(value, int | float | str) and not isinstance(value, bool)
        try:
            share = Decimal(str(value)) if is_number else None
        except InvalidOperation:
            share = None
        if share is None or not share.is_finite() or abs(share) > MOST_SHARE:
            raise ValidationError("Must be a share of 1, such as 0.25.")
        return round(share, 9)


class PartIn(Body):
    """One part of a whole."""

    key = Text(required=True, shortest=1, longest=100)
    share = Share(required=True)


class DistributionIn(Body):
    """How a whole is divided: traffic sources, an audience, a retention curve."""

    kind = Choice(DistributionKind, required=True)
    shares = fields.List(fields.Nested(PartIn), required=True)
    size = Whole(load_default=None, allow_none=True)


class LookIn(Body):
    """A look at something: figures, null for what is not known. `captured_at`: the same
    as `observed_at`.
    """

    FIGURES: ClassVar[type[StrEnum]]

    observed_at = Moment(
        load_default=None,
        allow_none=True,
        metadata={"description": "when it was seen; now, if nothing is said"},
    )
    captured_at = Moment(load_default=None, allow_none=True)
    distributions = fields.List(
        fields.Nested(DistributionIn), load_default=list, validate=Length(max=20)
    )

    @validates_schema
    def _refuse(self, look: dict[str, Any], **_: Any) -> None:
        if wrong := faults(look, self.FIGURES):
            raise ValidationError(dict(wrong))

    @post_load
    def _gather(self, look: dict[str, Any], **_: Any) -> dict[str, Any]:
        return gathered(look, self.FIGURES)


class PostSnapshotIn(LookIn):
    """The figures of a post since it was published, at one moment."""

    FIGURES = PostMetric

    class Meta(Body.Meta):
        include = beside(PostMetric)

    metrics = fields.Dict(
        keys=Choice(PostMetric),
        values=Whole(least=-LARGEST_AMOUNT, allow_none=True),
        load_default=dict,
        metadata={"description": NOTE},
    )


class ChannelSnapshotIn(LookIn):
    """The figures of a channel at one moment."""

    FIGURES = ChannelMetric

    class Meta(Body.Meta):
        include = beside(ChannelMetric)

    metrics = fields.Dict(
        keys=Choice(ChannelMetric),
        values=Whole(least=-LARGEST_AMOUNT, allow_none=True),
        load_default=dict,
        metadata={"description": NOTE},
    )
