"""A comment as words: cleaned of what says nothing, in sentences, in lower case. Pure."""

import re
import unicodedata
from dataclasses import dataclass

# Of a longer one only the beginning is read for its tone; what is kept is all of it.
MOST_CHARACTERS = 2000
LONGEST_WORD = 40  # of anything longer nobody knows what it means
_HANDLE = re.compile(r"(?<![\w@])[@\uff20][\w.\-]{1,60}")
_URL = re.compile(r"(?:https?://|www\.)\S{1,500}", re.IGNORECASE)
_BARE_HOST = re.compile(
    r"\b[a-z0-9\-]{2,60}\.(?:com|nl|be|de|net|org|io|co|ly|me|info|shop|store|xyz|link)"
    r"(?:/\S{0,300})?(?![\w.])",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+\-]{1,64}@[\w\-]{1,60}(?:\.[\w\-]{1,60}){1,4}")
_PHONE = re.compile(r"(?<![\w.,])\+?\d(?:[\s\-()./]{0,2}\d){7,14}(?!\w)")
# Zero-width characters, soft hyphens, marks of direction: not to be seen, only in the way
# of a look-up. The joiner between two emoji is among them.
_UNSEEN = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe0e\ufe0f\ufeff]"
)
_LONG = re.compile(r"(\w)\1{2,}")
_SENTENCE = re.compile(r"[.!?;:\n\r…]+")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019\-][^\W\d_]+)*|\d+")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A comment without handles, addresses and what cannot be seen.

    `handles`: lower case, without their sign. `urls`: as they stood there.
    """

    text: str
    handles: tuple[str, ...]
    urls: tuple[str, ...]

    @property
    def sentences(self) -> list[list[str]]:
        """Its words, in lower case, by sentence."""
        found = (_WORD.findall(part.lower()) for part in _SENTENCE.split(self.text))
        parts = (
            [word.replace("\u2019", "'") for word in part if len(word) <= LONGEST_WORD]
            for part in found
        )
        return [part for part in parts if part]


def clean(text: str) -> Cleaned:
    """That text, made ready for reading."""
    seen = unicodedata.normalize("NFKC", _UNSEEN.sub("", text[:MOST_CHARACTERS]))
    without = _EMAIL.sub(" ", seen)
    urls = [*_URL.findall(without)]
    without = _URL.sub(" ", without)
    handles = [each[1:].strip(".-").lower() for each in _HANDLE.findall(without)]
    without = _HANDLE.sub(" ", without)
    urls += [match.group() for match in _BARE_HOST.finditer(without)]
    without = _BARE_HOST.sub(" ", without)
    return Cleaned(
        _SPACES.sub(" ", without).strip(),
        tuple(each for each in handles if each),
        tuple(urls),
    )


def shorten(word: str) -> str:
    """A drawn-out word as it is spelled: ``zooooo`` → ``zoo``; see `shortest`."""
    return _LONG.sub(r"\1\1", word)


def shortest(word: str) -> str:
    """The same with one letter of each: ``mooiiii`` → ``mooi``."""
    return _LONG.sub(r"\1", word)


def without_names(text: str) -> str:
    """A text as it may be quoted: without handles, addresses and telephone numbers."""
    seen = _UNSEEN.sub("", text)
    for pattern in (_EMAIL, _URL, _HANDLE, _PHONE):
        seen = pattern.sub("…", seen)
    return _SPACES.sub(" ", seen).strip()
