"""What each post of a campaign will have, of one figure. Pure.

A post that is not there yet is expected to do as those of its channel did, drawn to what
the platform's others do per follower. One that is out goes on from where it stands.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import log, log1p

from marketplace.accounts.rules import Platform
from marketplace.content.rules import PostFormat
from marketplace.kpis.forecast.entry import Evidence, together
from marketplace.kpis.forecast.growth import (
    EARLIEST,
    GROWN,
    NOTHING,
    STORY_DAYS,
    Growth,
    Observed,
    growth_between,
    growth_to_end,
)
from marketplace.kpis.forecast.intervals import Calibration, calibrate
from marketplace.kpis.forecast.levels import (
    Level,
    Spread,
    expected_of_peers,
    level_of,
    residuals,
    spread_of,
)
from marketplace.kpis.forecast.posts import SeenPost, age_at, growths, histories
from marketplace.kpis.forecast.simulation import Expected

STORY_POWER, STORY_SPREAD = 0.5, 0.3
TESTED = 60  # looks that the forecast of growth is checked by

# What a post has per follower, in the middle: estimates of our own, for influencers of
# whom nothing else is known. Labelled wherever a forecast rests on them.
PER_FOLLOWER: Mapping[str, Mapping[Platform, float]] = {
    "views": {
        Platform.INSTAGRAM: 0.25,
        Platform.TIKTOK: 0.30,
        Platform.YOUTUBE: 0.10,
        Platform.LINKEDIN: 0.15,
        Platform.FACEBOOK: 0.08,
    },
    "reach": {
        Platform.INSTAGRAM: 0.20,
        Platform.TIKTOK: 0.20,
        Platform.LINKEDIN: 0.10,
        Platform.FACEBOOK: 0.06,
    },
    "impressions": {
        Platform.INSTAGRAM: 0.25,
        Platform.LINKEDIN: 0.13,
        Platform.FACEBOOK: 0.08,
    },
    "engagement": {
        Platform.INSTAGRAM: 0.015,
        Platform.TIKTOK: 0.020,
        Platform.YOUTUBE: 0.005,
        Platform.LINKEDIN: 0.010,
        Platform.FACEBOOK: 0.002,
    },
    "likes": {
        Platform.INSTAGRAM: 0.0135,
        Platform.TIKTOK: 0.018,
        Platform.YOUTUBE: 0.0045,
        Platform.LINKEDIN: 0.0085,
        Platform.FACEBOOK: 0.0017,
    },
    "comments": {
        Platform.INSTAGRAM: 0.0006,
        Platform.TIKTOK: 0.0005,
        Platform.YOUTUBE: 0.0003,
        Platform.LINKEDIN: 0.0010,
        Platform.FACEBOOK: 0.0002,
    },
}


@dataclass(frozen=True, slots=True)
class Planned:
    """A post that is not there yet. `age`: how old it will be at the end."""

    key: str
    influencer_id: str
    channel_id: str | None
    platform: Platform
    age: float

    @property
    def owner(self) -> str:
        """Whose history it continues."""
        return f"{self.influencer_id}:{self.channel_id or ''}:{self.platform.value}"


@dataclass(slots=True)
class Figure:
    """All that is known of one figure of a brand's posts, and what was made of it.

    `followers`: by channel. `kind`: the format a planned post will have, if known.
    """

    metric: str
    posts: Sequence[SeenPost]
    followers: Mapping[str, int]
    kind: PostFormat | None = None
    evidence: set[Evidence] = field(default_factory=set)
    calibrations: list[Calibration] = field(default_factory=list)
    _growths: Mapping[Platform, Observed] = field(init=False)
    _tested: dict[Platform, Calibration] = field(default_factory=dict)
    _kinds: dict[PostFormat | None, "_Kind"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._growths = growths(self.posts, self.metric)

    @property
    def calibration(self) -> Calibration:
        """Calibrated only where everything it was made of is."""
        if self.calibrations and all(each.is_calibrated for each in self.calibrations):
            return self.calibrations[0]
        return Calibration()

    def of_planned(self, post: Planned) -> Expected | None:
        """None where nothing at all is known of such posts."""
        kind = self._kind(self.kind)
        level = kind.level(post.owner, post.platform, self.evidence)
        if level is None:
            return None
        grown = growth_to_end(post.platform, post.age, self._near(post.platform))
        level = Level(level.mean - grown.log_factor, level.variance, level.own)
        calibration = kind.calibration(post.platform)
        self.calibrations.append(calibration)
        audience = post.platform.value
        return Expected(post.key, level, calibration.stretch, audience=audience)

    def of_published(self, post: SeenPost, end: datetime) -> Expected | None:
        """From where it stands and what was expected of it, each by its precision."""
        kind = self._kind(post.format if post.is_story else self.kind)
        until = age_at(post, end)
        seen, evidence = post.last(self.metric), set[Evidence]()
        level = kind.level(post.owner, post.platform, evidence)
        if level is not None:
            rest = self._growth(post, until, GROWN).log_factor
            level = Level(level.mean - rest, level.variance, level.own)
        floor, calibration = 0.0, kind.calibration(post.platform)
        if seen is not None:
            floor, calibration = seen[1], self._of_growth(post.platform)
            growth = self._growth(post, seen[0], max(until, seen[0]))
            stands = Level(log1p(floor) + growth.log_factor, growth.variance, 1)
            level = stands if level is None else together(stands, level)
            learned = growth.learned > 0
            evidence.add(Evidence.GROWTH if learned else Evidence.BUILT_IN_GROWTH)
        if level is None:
            return None
        self.evidence |= evidence
        self.calibrations.append(calibration)
        audience, stretch = post.platform.value, calibration.stretch
        return Expected(post.id, level, stretch, floor=floor, audience=audience)

    def _growth(self, post: SeenPost, age: float, until: float) -> Growth:
        if not post.is_story:
            return growth_between(post.platform, age, until, self._near(post.platform))
        factor = -STORY_POWER * log(min(max(age, EARLIEST), STORY_DAYS))
        return Growth(factor, (STORY_SPREAD * factor) ** 2, 0)

    def _near(self, platform: Platform) -> Observed:
        return self._growths.get(platform, NOTHING)

    def _of_growth(self, platform: Platform) -> Calibration:
        if platform not in self._tested:
            off = self._near(platform).residuals(platform, TESTED)
            self._tested[platform] = calibrate(off)
        return self._tested[platform]

    def _kind(self, kind: PostFormat | None) -> "_Kind":
        if kind not in self._kinds:
            self._kinds[kind] = _Kind(
                self.metric, histories(self.posts, self.metric, kind), self.followers
            )
        return self._kinds[kind]


@dataclass(slots=True)
class _Kind:
    """Posts of one format (None: of all but stories), per platform."""

    metric: str
    histories: Mapping[str, Sequence[float]]  # by owner
    followers: Mapping[str, int]
    _known: dict[Platform, "_Peers"] = field(default_factory=dict)

    def level(
        self, owner: str, platform: Platform, evidence: set[Evidence]
    ) -> Level | None:
        """What a post of that channel will have when grown."""
        peers, history = self._peers(platform), self.histories.get(owner, [])
        expected = peers.expected(self._offset(owner))
        if history:
            evidence.add(Evidence.OWN_HISTORY)
        if expected is not None and len(peers.histories) > (1 if history else 0):
            evidence.add(Evidence.PEERS)
        elif expected is not None and not history:
            evidence.add(Evidence.FOLLOWERS)
        return level_of(history, expected, peers.spread)

    def calibration(self, platform: Platform) -> Calibration:
        """How far off forecasts of posts on that platform were."""
        return self._peers(platform).calibration

    def _offset(self, owner: str) -> float | None:
        many = self.followers.get(owner.split(":")[1])
        return None if many is None else log(many)

    def _peers(self, platform: Platform) -> "_Peers":
        if platform not in self._known:
            ending = f":{platform.value}"
            theirs = {
                owner: history
                for owner, history in self.histories.items()
                if owner.endswith(ending)
            }
            offsets = {owner: self._offset(owner) for owner in theirs}
            ratio = PER_FOLLOWER.get(self.metric, {}).get(platform)
            self._known[platform] = _Peers(
                theirs,
                {o: offset for o, offset in offsets.items() if offset is not None},
                None if ratio is None else log(ratio),
            )
        return self._known[platform]


@dataclass(slots=True)
class _Peers:
    """Everybody on one platform. `offsets`: logs of their followers, where known."""

    histories: Mapping[str, Sequence[float]]
    offsets: Mapping[str, float]
    built_in: float | None
    spread: Spread = field(init=False)
    calibration: Calibration = field(init=False)

    def __post_init__(self) -> None:
        every = len(self.offsets) == len(self.histories)
        self.spread = spread_of(self.histories, self.offsets if every else {})
        off: dict[int, list[float]] = defaultdict(list)
        for owner, history in self.histories.items():
            others = {o: h for o, h in self.histories.items() if o != owner}
            expected = self._of(others, self.offsets.get(owner))
            for n, each in enumerate(residuals(history[-TESTED:], expected)):
                off[n].append(each)
        self.calibration = calibrate([each for n in sorted(off) for each in off[n]])

    def expected(self, offset: float | None) -> float | None:
        """Of somebody with so many followers (log; None: unknown)."""
        return self._of(self.histories, offset)

    def _of(
        self, histories: Mapping[str, Sequence[float]], offset: float | None
    ) -> float | None:
        if offset is None:
            none = dict.fromkeys(histories, 0.0)
            return expected_of_peers(histories, none, None)
        rate = expected_of_peers(histories, self.offsets, self.built_in)
        return None if rate is None else offset + rate
