"""What many comments add up to: tone, emotions, themes, expectations, with quotes.

What is counted is counted exactly, from roll-ups. What needs the words of each comment
looks at the newest `MOST_COMMENTS` of them and says of how many that is.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace.content.opinions import expectations as asked
from marketplace.content.opinions import queries, themes
from marketplace.content.opinions.expectations import Expectations
from marketplace.content.opinions.queries import COUNTED, Within
from marketplace.content.opinions.spam import SetAside
from marketplace.content.opinions.themes import Corpus, Keyword, Point, Said
from marketplace.content.opinions.tone import Tone
from marketplace.content.opinions.tones import Tones, tones_of
from marketplace.content.opinions.words import without_names

MOST_COMMENTS = 20_000
LONGEST_QUOTE = 280
_ASIDE = {
    SetAside.OWN: "own",
    SetAside.SPAM: "spam",
    SetAside.DUPLICATE: "duplicates",
    SetAside.TAGS: "tags",
}


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody wrote, without anybody's name."""

    comment_id: str
    post_id: str
    text: str
    tone: Tone
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """The tones of one day, platform or influencer."""

    key: Mapping[str, str]
    tones: Tones


@dataclass(frozen=True, slots=True)
class Analysis:
    """All there is to say of these comments.

    `set_aside`: those that do not count, by reason. `unread`: those not read yet, which
    are in nothing. `emotions`: comments by what their emoji express, of the `with_emoji`
    that have any. `sampled`: how many comments keywords and expectations are of.
    `baseline`: how many elsewhere they are compared with. `quotes`: by comment id.
    """

    tones: Tones
    set_aside: Mapping[SetAside, int]
    unread: int
    by_day: Sequence[Row]
    by_platform: Sequence[Row]
    by_influencer: Sequence[Row]
    emotions: Mapping[str, int]
    with_emoji: int
    sampled: int
    baseline: int
    keywords: Sequence[Keyword]
    pairs: Sequence[Keyword]
    strengths: Sequence[Point]
    weaknesses: Sequence[Point]
    expectations: Expectations
    quotes: Mapping[str, Quote]


def analyse(session: Session, within: Within) -> Analysis:
    """What the comments that are meant add up to; seven statements at most."""
    cells = [_cell(row) for row in session.execute(queries.cell_sums(within))]
    emotions: Counter[str] = Counter()
    for (found,) in session.execute(queries.cell_emotions(within)):
        emotions.update(found)
    said = _read(session, queries.newest(within, MOST_COMMENTS))
    there = _read(session, queries.baseline(within, MOST_COMMENTS)) if said else []
    corpus = themes.corpus_of(said)
    elsewhere = themes.corpus_of(there, to_show=False)
    points = _points(corpus, said)
    keywords = themes.keywords(corpus, elsewhere, pairs=False)
    pairs = themes.keywords(corpus, elsewhere, pairs=True)
    wanted = asked.expectations(said)
    return Analysis(
        tones=tones_of(cells),
        set_aside={
            reason: sum(cell[name] for cell in cells) for reason, name in _ASIDE.items()
        },
        unread=session.scalar(queries.unread(within)) or 0,
        by_day=_rows(cells, "day"),
        by_platform=_rows(cells, "platform"),
        by_influencer=_rows(cells, "influencer_id", "name"),
        emotions=emotions,
        with_emoji=sum(cell["with_emoji"] for cell in cells),
        sampled=len(said),
        baseline=len(there),
        keywords=keywords,
        pairs=pairs,
        strengths=points[Tone.POSITIVE],
        weaknesses=points[Tone.NEGATIVE],
        expectations=wanted,
        quotes=_quotes(
            session,
            *(keywords, pairs, points[Tone.POSITIVE], points[Tone.NEGATIVE]),
            wanted.clusters,
        ),
    )


def _cell(row: Any) -> dict[str, Any]:
    day, platform, influencer_id, name, *counts = row
    return {
        "day": day.isoformat() if isinstance(day, date) else day,
        "platform": platform.value,
        "influencer_id": influencer_id,
        "name": name,
        **{field: int(n) for field, n in zip(COUNTED, counts, strict=True)},
    }


def _rows(cells: Sequence[Mapping[str, Any]], *fields: str) -> list[Row]:
    """The tones by the first of these fields; those without a comment left out."""
    grouped: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for cell in cells:
        if cell["comments"]:
            grouped.setdefault(tuple(cell[name] for name in fields), []).append(cell)
    return [
        Row(dict(zip(fields, key, strict=True)), tones_of(grouped[key]))
        for key in sorted(grouped)
    ]


def _read(session: Session, statement: queries.Rows) -> list[Said]:
    return [
        Said(id_, post_id, author, Tone(tone or Tone.UNKNOWN), terms, asks)
        for id_, post_id, author, tone, terms, asks in session.execute(statement)
    ]


def _points(corpus: Corpus, said: Iterable[Said]) -> dict[Tone, list[Point]]:
    tones = {each.id: each.tone for each in said}
    return {
        tone: themes.points(corpus, tone, tones)
        for tone in (Tone.POSITIVE, Tone.NEGATIVE)
    }


def _quotes(session: Session, *lists: Sequence[Any]) -> dict[str, Quote]:
    ids = {name for each in lists for one in each for name in one.quotes}
    if not ids:
        return {}
    return {
        row.id: Quote(
            row.id,
            row.post_id,
            quotable(row.text),
            Tone(row.tone or Tone.UNKNOWN),
            row.published_at,
        )
        for row in session.scalars(queries.quoted(sorted(ids)))
    }


def quotable(text: str) -> str:
    """A text without anybody's name, and no longer than a quote is."""
    bare = without_names(text)
    return bare if len(bare) <= LONGEST_QUOTE else f"{bare[: LONGEST_QUOTE - 1]}…"
