"""The tone of English text: VADER, with our own words and phrases for what people write
under posts, and without the words it takes for praise that are none there.
"""

import re
from functools import cache
from typing import Any

from marketplace.content.opinions import tables
from marketplace.content.opinions.words import shorten

_APOSTROPHE = "\u2019"


def score(text: str) -> tuple[float, int]:
    """From -1 to 1, and how many words or phrases had something to say."""
    plain = " ".join(map(shorten, text.replace(_APOSTROPHE, "'").split()))
    pattern, names = _phrases()
    marked = pattern.sub(lambda found: names[found[0].lower()], plain)
    analyzer = _analyzer()
    said = sum(
        1 for word in _WORD.findall(marked.lower()) if analyzer.lexicon.get(word)
    )
    if not said:
        return 0.0, 0
    return float(analyzer.polarity_scores(marked)["compound"]), said


_WORD = re.compile(r"[\w']+")


@cache
def _phrases() -> tuple[re.Pattern[str], dict[str, str]]:
    """What finds a phrase, and the single word that stands for it in the lexicon."""
    phrases = sorted(
        tables.scores("english_phrases"), key=lambda each: (-len(each), each)
    )
    names = {phrase: f"phrase{index}" for index, phrase in enumerate(phrases)}
    either = "|".join(map(re.escape, phrases))
    return re.compile(rf"(?<![\w'])(?:{either})(?![\w'])", re.IGNORECASE), names


@cache
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    # Emoji are read apart, by what people mean with them and not by their names.
    analyzer.emojis.clear()
    analyzer.lexicon.update(tables.scores("english_words"))
    _, names = _phrases()
    for phrase, value in tables.scores("english_phrases").items():
        analyzer.lexicon[names[phrase]] = value
    return analyzer
