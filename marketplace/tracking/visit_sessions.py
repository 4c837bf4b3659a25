"""Sessions at a shop, out of one visitor's beacons. Pure; their order does not matter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from marketplace.tracking.rules import BeaconKind

GAP = timedelta(minutes=30)
BOUNCE_BELOW = 2  # page views


class Seen(NamedTuple):
    """What of a beacon makes sessions; compares by time, then id."""

    at: datetime
    id: str
    kind: BeaconKind
    person: str | None
    click_id: str | None


@dataclass(frozen=True, slots=True)
class Visited:
    """A session: beacons without a gap of thirty minutes.

    `id`, `started_at`: those of the first. `engaged`: it did not bounce: several page
    views, or the script's word of it, or a lead. `person`: the first that is known.
    `unnamed`: part of it came without consent, though not all. `click_ids`: each once,
    in the order in which they were first carried.
    """

    id: str
    started_at: datetime
    ended_at: datetime
    page_views: int
    engaged: bool
    person: str | None
    unnamed: bool
    click_ids: tuple[str, ...]


def sessions_of(beacons: Iterable[Seen]) -> list[Visited]:
    """The sessions that these beacons of one visitor and day are."""
    found: list[list[Seen]] = []
    for beacon in sorted(beacons, key=lambda each: (each.at, each.id)):
        if not found or beacon.at - found[-1][-1].at >= GAP:
            found.append([])
        found[-1].append(beacon)
    return [_session(each) for each in found]


def _session(beacons: Sequence[Seen]) -> Visited:
    people = [beacon.person for beacon in beacons]
    person = next((each for each in people if each is not None), None)
    views = sum(beacon.kind is BeaconKind.VIEW for beacon in beacons)
    said_so = any(beacon.kind is not BeaconKind.VIEW for beacon in beacons)
    clicks = dict.fromkeys(each.click_id for each in beacons if each.click_id)
    return Visited(
        id=beacons[0].id,
        started_at=beacons[0].at,
        ended_at=beacons[-1].at,
        page_views=views,
        engaged=said_so or views >= BOUNCE_BELOW,
        person=person,
        unnamed=person is not None and None in people,
        click_ids=tuple(each for each in clicks if each),
    )
