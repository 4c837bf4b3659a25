"""Target audiences: counted as clicks and visits come in, and again when they change."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from beacon_lines import beacon, person
from click_lines import CODEC, click_of, line
from factories import (
    KEYRING,
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_link,
    make_shop,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.campaigns.models import Campaign
from marketplace.errors import Invalid
from marketplace.shops.models import Shop
from marketplace.tracking import audiences, retention
from marketplace.tracking.audience_models import TargetAudience
from marketplace.tracking.audience_rules import IN, KNOWN, Device, Newness
from marketplace.tracking.audiences import Baseline, NoTargetAudience, Wanted
from marketplace.tracking.clicks import record_lines
from marketplace.tracking.lookups import campaigns_to_recount
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.rules import Dimension
from marketplace.tracking.traffic import check
from marketplace.tracking.traffic_models import (
    Beacon,
    Click,
    HourCell,
    KnownVisitor,
    RetentionMark,
    TrafficCell,
    TrafficSketch,
    Visit,
)

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
DAY = date(2026, 3, 10)
A_DAY = timedelta(days=1)
NOW = NOON + timedelta(days=9)
TABLET = "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Safari"


class Stage:
    """A campaign with two influencers' links, and a shop."""

    def __init__(self, session: Session) -> None:
        self.session = session
        brand = make_brand(session, timezone="UTC")
        self.campaign: Campaign = make_campaign(session, brand, created_at=NOON)
        self.shop: Shop = make_shop(session, brand)
        self.links: list[TrackingLink] = [
            make_link(
                session,
                make_application(session, self.campaign, make_influencer(session)),
            )
            for _ in range(2)
        ]
        session.commit()

    def record(self, *lines: bytes) -> None:
        record_lines(self.session, lines, codec=CODEC, now=NOW, keyring=KEYRING)

    def click(self, link: int, day: int, who: int, **said: Any) -> bytes:
        at = NOON + day * A_DAY + timedelta(minutes=who)
        return line(self.links[link].id, at, f"{who}{day}", **said)

    def visit(
        self, link: int, day: int, who: int, *, known: bool, **said: Any
    ) -> bytes:
        """By way of a click that came before; with consent if it is `known`."""
        clicked = click_of(self.click(link, day, who))
        at = NOON + day * A_DAY + timedelta(minutes=who + 1)
        if known:
            said["person"] = person(str(who))
        return beacon(self.shop.id, at, f"{who}{day}", click_id=clicked, **said)

    def mean(self, **wanted: Any) -> TargetAudience:
        asked = Wanted(**wanted)
        return audiences.set_audience(
            self.session, self.campaign, asked, timezone="UTC", by="usr_1", now=NOW
        )

    def work(self, steps: int = 99) -> None:
        for _ in range(steps):
            if not audiences.recount_some(self.session, self.campaign.id, now=NOW):
                return

    def counted(self, scope_id: str | None = None) -> dict[date, tuple[int, int]]:
        """By day, who is in it, and of whom it is known."""
        found: dict[date, dict[str, int]] = {}
        for cell in self.session.scalars(
            select(TrafficCell).where(
                TrafficCell.scope_id == (scope_id or self.campaign.id),
                TrafficCell.dimension == Dimension.AUDIENCE,
            )
        ):
            found.setdefault(cell.day_on, {})[cell.value] = cell.visitor_count
        return {day: (of.get(IN, 0), of.get(KNOWN, 0)) for day, of in found.items()}

    def clear(self) -> None:
        for table in (
            *(TrafficCell, TrafficSketch, HourCell, TargetAudience, Visit, Beacon),
            *(Click, KnownVisitor, RetentionMark),
        ):
            self.session.execute(delete(table))
        self.session.expire_all()


@pytest.fixture
def stage(session: Session, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return Stage(session)


def test_clicks_of_before_and_after_are_counted_alike(stage: Stage) -> None:
    stage.record(stage.click(0, 0, 1, country="NL"), stage.click(1, 0, 2, country="BE"))
    row = stage.mean(countries=["NL"])
    assert (row.version, row.recount_from is None) == (1, False)
    stage.record(stage.click(0, 1, 3, country="NL"), stage.click(0, 1, 4))
    stage.work()
    assert stage.counted() == {DAY: (1, 2), DAY + A_DAY: (1, 1)}
    assert stage.counted(stage.links[1].application_id) == {DAY: (0, 1)}
    assert row.recount_from is None
    assert check(stage.session) == []


def test_the_same_again_counts_nothing_again(stage: Stage) -> None:
    stage.mean(countries=["NL", "BE"], devices=[Device.MOBILE])
    stage.work()
    same = stage.mean(countries=["BE", "NL", "BE"], devices=[Device.MOBILE])
    assert (same.version, same.recount_from) == (1, None)
    days = Baseline(start=DAY, end=DAY + A_DAY)
    compared = stage.mean(
        countries=["BE", "NL"], devices=[Device.MOBILE], baseline=days
    )
    assert (compared.version, compared.recount_from) == (2, None)
    assert stage.mean(countries=["BE"], baseline=days).recount_from is not None


def test_one_who_turns_out_to_return_leaves_the_new_ones(stage: Stage) -> None:
    stage.mean(visitors=Newness.NEW)
    stage.work()
    stage.record(stage.click(0, 1, 1), stage.visit(0, 1, 1, known=True))
    assert stage.counted() == {DAY + A_DAY: (1, 1)}
    # What was on its way says they had been here the day before.
    stage.record(stage.click(0, 0, 1), stage.visit(0, 0, 1, known=True))
    assert stage.counted() == {DAY: (1, 1), DAY + A_DAY: (0, 1)}
    assert check(stage.session) == []


def test_of_expired_days_nobody_can_say(stage: Stage) -> None:
    stage.record(*(stage.click(0, n, 1, country="NL") for n in range(3)))
    stage.mean(countries=["NL"])
    stage.work()
    stage.session.execute(delete(Click).where(Click.day_on < DAY + A_DAY))
    retention.advance(stage.session, DAY + A_DAY)
    row = stage.mean(countries=["BE"])
    stage.work()
    assert row.known_from == DAY + A_DAY
    assert stage.counted() == {DAY + n * A_DAY: (0, 1) for n in (1, 2)}
    assert check(stage.session) == []


def test_without_an_audience_no_cell_is_left(stage: Stage) -> None:
    stage.record(stage.click(0, 0, 1, country="NL"))
    with pytest.raises(NoTargetAudience):
        audiences.audience_of(stage.session, stage.campaign)
    stage.mean(countries=["NL"])
    audiences.remove_audience(stage.session, stage.campaign, by="usr_1", now=NOW)
    stage.record(stage.click(0, 0, 2, country="NL"))
    stage.work()
    assert stage.counted() == {}
    assert stage.session.scalars(select(TargetAudience)).all() == []
    assert check(stage.session) == []


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("countries", {}),
        ("baseline", {"baseline": Baseline(start=DAY, end=DAY)}),
        ("baseline", {"baseline": Baseline(start=DAY, end=DAY + 20 * A_DAY)}),
        ("baseline", {"baseline": Baseline(start=DAY - A_DAY, end=DAY)}),
        (
            "baseline",
            {"baseline": Baseline(start=DAY - 1101 * A_DAY, end=DAY, visitors=1)},
        ),
    ],
)
def test_nonsense_is_refused(stage: Stage, field: str, wanted: dict[str, Any]) -> None:
    asked = wanted if field == "countries" else {"countries": ["NL"], **wanted}
    with pytest.raises(Invalid) as refused:
        stage.mean(**asked)
    assert list(refused.value.errors) == [field]


COUNTRY = st.sampled_from([None, "NL", "BE"])
AGENT = st.sampled_from([None, TABLET])
WHERE = {"link": st.integers(0, 1), "day": st.integers(0, 2), "who": st.integers(1, 4)}
STEPS = st.lists(
    st.one_of(
        st.fixed_dictionaries({"do": st.just("click"), **WHERE, "country": COUNTRY}),
        st.fixed_dictionaries(
            {
                "do": st.just("visit"),
                **WHERE,
                "known": st.booleans(),
                "country": COUNTRY,
            }
        ),
        st.fixed_dictionaries(
            {
                "do": st.just("mean"),
                "countries": st.sampled_from([(), ("NL",), ("NL", "BE")]),
                "devices": st.sampled_from([(), (Device.MOBILE,)]),
                "visitors": st.sampled_from([None, *Newness]),
            }
        ),
        st.fixed_dictionaries({"do": st.just("remove")}),
        st.fixed_dictionaries({"do": st.just("work"), "steps": st.integers(1, 3)}),
    ),
    min_size=2,
    max_size=14,
)


@settings(
    max_examples=15,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
@given(steps=STEPS)
def test_whatever_comes_in_between(stage: Stage, steps: list[dict[str, Any]]) -> None:
    """Cells are always what the rows say, but for audiences being counted again."""
    stage.clear()
    for step in steps:
        said = {name: value for name, value in step.items() if name != "do"}
        match step["do"]:
            case "click":
                stage.record(stage.click(**said))
            case "visit":
                stage.record(stage.visit(**said))
            case "mean" if any(said.values()):
                stage.mean(**said)
            case "remove":
                row = stage.session.get(TargetAudience, stage.campaign.id)
                if row is not None and not row.is_removed:
                    audiences.remove_audience(
                        stage.session, stage.campaign, by="usr_1", now=NOW
                    )
            case "work":
                stage.work(said["steps"])
        stage.session.flush()
        assert check(stage.session) == []
    stage.work()
    assert check(stage.session) == []
    assert stage.session.scalars(campaigns_to_recount()).all() == []
