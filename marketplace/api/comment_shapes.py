"""What an analysis of comments says, as `comment_schemas` shows it, and its words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from marketplace.content.opinions.analysis import Analysis, Row
from marketplace.content.opinions.crisis import Signal, baseline_of
from marketplace.content.opinions.emoji import Emotion
from marketplace.content.opinions.intervals import Estimate, share
from marketplace.content.opinions.themes import Keyword, Point, decimal
from marketplace.content.opinions.tone import Tone
from marketplace.content.opinions.tones import Tones
from marketplace.content.opinions.watching import moment_of

EMOTIONS: dict[Emotion, tuple[str, str]] = {
    Emotion.ENTHUSIASM: ("Enthusiasm", "Enthousiasme"),
    Emotion.JOY: ("Joy", "Vreugde"),
    Emotion.LOVE: ("Love", "Liefde"),
    Emotion.CURIOSITY: ("Curiosity", "Nieuwsgierigheid"),
    Emotion.SURPRISE: ("Surprise", "Verrassing"),
    Emotion.SCEPTICISM: ("Scepticism", "Scepsis"),
    Emotion.ANGER: ("Anger", "Boosheid"),
    Emotion.SADNESS: ("Sadness", "Verdriet"),
    Emotion.FEAR: ("Fear", "Angst"),
    Emotion.DISGUST: ("Disgust", "Afkeer"),
}
CANNOT = [
    "Sarcasm and irony are not recognised: what sounds like praise counts as praise.",
    "Tone is read in Dutch and English; in other languages by emoji alone.",
    "It goes by word lists: of reviews in Dutch it gets about 87 % right, of tweets in "
    "English about 61 %.",
]
CANNOT_NL = [
    "Sarcasme en ironie worden niet herkend: wat als lof klinkt, telt als lof.",
    "De toon wordt gelezen in het Nederlands en Engels; in andere talen alleen aan de "
    "hand van emoji.",
    "Het gaat op woordenlijsten: van Nederlandse recensies is ongeveer 87 % goed, van "
    "Engelse tweets ongeveer 61 %.",
]


def shown(found: Analysis, signal: Signal) -> dict[str, Any]:
    """An analysis for `AnalysisOut`; of no comments null, with the reason."""
    tones = found.tones
    reason = None
    if not tones.comments:
        reason = "not_read_yet" if found.unread else "no_comments"
    return {
        "reason": reason,
        "unread": found.unread,
        "set_aside": {each.value: n for each, n in found.set_aside.items()},
        "tone": _tones(tones) if tones.comments else None,
        "by_day": _rows(found.by_day),
        "by_platform": _rows(found.by_platform),
        "by_influencer": _rows(found.by_influencer),
        "emotions": _emotions(found) if tones.comments else None,
        "keywords": [_keyword(each, found) for each in found.keywords],
        "themes": [_keyword(each, found) for each in found.pairs],
        "strengths": [_point(each, found) for each in found.strengths],
        "weaknesses": [_point(each, found) for each in found.weaknesses],
        "expectations": _expectations(found) if tones.comments else None,
        "crisis": _crisis(signal),
        "sample": {
            "comments": found.sampled,
            "of": tones.comments,
            "capped": found.sampled < tones.comments,
            "baseline": found.baseline,
        },
        "cannot": CANNOT,
        "cannot_nl": CANNOT_NL,
    }


def _tones(tones: Tones) -> dict[str, Any]:
    net = tones.net
    return {
        "comments": tones.comments,
        "known": tones.known,
        "coverage": _text(tones.coverage),
        **{
            name: {
                "count": getattr(tones, name),
                **_estimate(tones.of(getattr(tones, name))),
            }
            for name in ("positive", "neutral", "negative")
        },
        "unknown": tones.unknown,
        "net_sentiment": net and {k: str(v) for k, v in net._asdict().items()},
        "reason": tones.reason,
    }


def _estimate(estimate: Estimate | None) -> dict[str, str | None]:
    if estimate is None:
        return {"share": None, "low": None, "high": None}
    value, low, high = map(str, estimate)
    return {"share": value, "low": low, "high": high}


def _rows(rows: Iterable[Row]) -> list[dict[str, Any]]:
    return [{"key": dict(row.key), "tone": _tones(row.tones)} for row in rows]


def _emotions(found: Analysis) -> dict[str, Any]:
    whole = found.tones.comments
    return {
        "with_emoji": found.with_emoji,
        "without_emoji": whole - found.with_emoji,
        "data": [
            {
                "emotion": emotion,
                "label": label,
                "label_nl": label_nl,
                "count": found.emotions.get(emotion, 0),
                **_estimate(share(found.emotions.get(emotion, 0), whole)),
            }
            for emotion, (label, label_nl) in EMOTIONS.items()
        ],
    }


def _keyword(keyword: Keyword, found: Analysis) -> dict[str, Any]:
    return {
        "words": list(keyword.term),
        "authors": keyword.authors,
        "share": str(keyword.share),
        "lift": _text(keyword.lift),
        "tone": {tone: keyword.tones.get(tone, 0) for tone in Tone},
        "quotes": _quotes(keyword.quotes, found),
    }


def _point(point: Point, found: Analysis) -> dict[str, Any]:
    return {
        "words": list(point.term),
        "authors": point.authors,
        "of_tone": point.of_tone,
        "lift": str(point.lift),
        "lift_low": str(point.lift_low),
        "quotes": _quotes(point.quotes, found),
    }


def _expectations(found: Analysis) -> dict[str, Any]:
    wanted = found.expectations
    return {
        "questions": wanted.questions,
        "wishes": wanted.wishes,
        "alone": wanted.alone,
        "data": [
            {
                "words": list(each.words),
                "authors": each.authors,
                "questions": each.questions,
                "wishes": each.wishes,
                "quotes": _quotes(each.quotes, found),
            }
            for each in wanted.clusters
        ],
    }


def _quotes(ids: Sequence[str], found: Analysis) -> list[Any]:
    return [found.quotes[each] for each in ids if each in found.quotes]


def _crisis(signal: Signal) -> Mapping[str, Any]:
    window, history = signal.window, signal.history
    return {
        "alarms": signal.alarms,
        "causes": signal.causes,
        "start": moment_of(signal.start),
        "end": moment_of(signal.end),
        **{
            name: getattr(window, name)
            for name in ("comments", "known", "negative", "watched", "alarming")
        },
        "tail": _text(signal.tail),
        "baseline": str(decimal(baseline_of(history))),
        "before_known": history.known,
        "before_negative": history.negative,
    }


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
