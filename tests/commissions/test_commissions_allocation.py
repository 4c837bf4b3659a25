"""Dividing caps: what is asked only in part comes to what asking everybody would."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from marketplace.commissions.allocation import Ask, Cap, Group, Walk

DAY = date(2026, 3, 1)
ALL = Group("budget", "cmp")


def month_of(who: str, day: date) -> Group:
    start, end = date(2026, day.month, 1), date(2026, day.month + 1, 1)
    return Group("influencer", who, "", f"2026-{day.month:02d}", start, end)


@dataclass(frozen=True)
class Claim:
    """What an order earned somebody, on a day."""

    number: int
    who: str
    day: int
    earned: int
    kept: int
    granted: int = 0
    limit: int | None = None
    is_final: bool = False
    counts: bool = True

    @property
    def on(self) -> date:
        return DAY + timedelta(days=self.day)

    def ask(self, budget: int, monthly: int) -> Ask:
        caps = [Cap(ALL, budget), Cap(month_of(self.who, self.on), monthly)]
        return Ask(
            key=(str(self.number), self.who),
            caps=tuple(caps),
            day=self.on,
            earned=self.earned,
            kept=self.kept,
            granted=self.granted,
            limit=self.limit,
            is_final=self.is_final,
            counts=self.counts,
        )


def model(claims: list[Claim], budget: int, monthly: int) -> list[int]:
    """Who gets what, ten lines, while nothing is final."""
    spent: dict[object, int] = {}
    owed = []
    for claim in claims:
        month = (claim.who, claim.on.month)
        room = min(budget - spent.get(0, 0), monthly - spent.get(month, 0))
        owed.append(min(claim.kept, max(0, room)))
        for key in (0, month) if claim.counts else ():
            spent[key] = spent.get(key, 0) + owed[-1]
    return owed


class Book:
    """Claims in their order, granted again after each change, only as far as needed."""

    def __init__(self, budget: int, monthly: int) -> None:
        self.budget, self.monthly = budget, monthly
        self.claims: list[Claim] = []

    def change(self, before: Claim | None, after: Claim) -> int:
        """How many were asked."""
        others = [claim for claim in self.claims if claim.number != after.number]
        self.claims = sorted([*others, after], key=lambda c: (c.day, c.number))
        days = [claim.day for claim in (before, after) if claim is not None]
        if after.is_final:
            days += [c.day for c in self.claims if c.granted < c.earned]
        start = next(n for n, c in enumerate(self.claims) if c.day >= min(days))
        asks = [claim.ask(self.budget, self.monthly) for claim in self.claims]
        totals: dict[Group, int] = {}
        for ask in asks:
            for group, _ in ask.caps if ask.counts else ():
                totals[group] = totals.get(group, 0) + ask.granted
        gone = [
            (group, before.granted)
            for group, _ in (
                before.ask(self.budget, self.monthly).caps if before else ()
            )
            if before is not None and before.counts
        ]
        key = after.ask(self.budget, self.monthly).key
        walk = Walk(asks[start:], totals, changed=[key], gone=gone)
        for number, (_, grant) in enumerate(walk.steps()):
            claim = self.claims[start + number]
            self.claims[start + number] = replace(
                claim, granted=grant.granted, limit=grant.limit
            )
            if walk.is_done:
                break
        return number + 1


@st.composite
def stories(draw: st.DrawFn) -> list[Claim]:
    """Claims, some told several times, in whatever order."""
    claims = []
    for number in range(draw(st.integers(1, 12))):
        earned = draw(st.integers(0, 60))
        who, day = draw(st.sampled_from("AB")), draw(st.integers(0, 61))
        for _ in range(draw(st.integers(1, 3))):
            kept, counts = draw(st.integers(0, earned)), draw(st.integers(0, 9)) > 0
            claims.append(Claim(number, who, day, earned, kept, counts=counts))
    return draw(st.permutations(claims))


@given(story=stories(), budget=st.integers(0, 300), monthly=st.integers(0, 150))
def test_asking_what_changed_is_as_good_as_asking_all(
    story: list[Claim], budget: int, monthly: int
) -> None:
    book = Book(budget, monthly)
    for told in story:
        before = next((c for c in book.claims if c.number == told.number), None)
        if before is not None:
            told = replace(told, granted=before.granted, limit=before.limit)
        book.change(before, told)
        owed = model(book.claims, budget, monthly)
        assert [claim.granted for claim in book.claims] == owed


@given(
    story=stories(),
    budget=st.integers(0, 300),
    monthly=st.integers(0, 150),
    chance=st.randoms(use_true_random=False),
)
def test_what_is_final_keeps_what_it_has(
    story: list[Claim], budget: int, monthly: int, chance: object
) -> None:
    book = Book(budget, monthly)
    for told in story:
        before = next((c for c in book.claims if c.number == told.number), None)
        if before is not None:
            told = replace(
                told,
                granted=before.granted,
                limit=before.limit,
                is_final=before.is_final,
                counts=told.counts or before.is_final,
            )
        kept = {c.number: c.granted for c in book.claims if c.is_final}
        book.change(before, told)
        for claim in book.claims:
            if claim.is_final and claim.number != told.number:
                assert claim.granted >= kept[claim.number]
        sums: dict[object, int] = {}
        for claim in book.claims:
            for key in (0, (claim.who, claim.on.month)) if claim.counts else ():
                sums[key] = sums.get(key, 0) + claim.granted
        assert sums.pop(0, 0) <= budget
        assert all(total <= monthly for total in sums.values())
        book.claims = [
            replace(c, is_final=c.is_final or (c.granted > 0 and chance.random() < 0.3))  # type: ignore[attr-defined]
            if c.counts
            else c
            for c in book.claims
        ]


def test_only_what_follows_is_asked_and_not_for_longer_than_needed() -> None:
    book = Book(budget=1_000, monthly=10_000)
    for number in range(20):
        assert book.change(None, Claim(number, "A", number, 100, 100)) == 1
    refunded = replace(book.claims[5], kept=40)
    # 10 took what was left to the budget's end; 11 and later stay without.
    assert book.change(book.claims[5], refunded) == 6
    assert [c.granted for c in book.claims[8:13]] == [100, 100, 60, 0, 0]
