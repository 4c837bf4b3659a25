"""What people wrote under posts. Pure."""

from marketplace.kpis.measures.entry import Measure, MeasureUnit, Source
from marketplace.kpis.outcome import Words

NO_COMMENTS = "no_comments"


def _of_comments(name: str, column: str, words: Words, text: str) -> Measure:
    return Measure(
        name,
        MeasureUnit.COUNT,
        Source.COMMENTS,
        column,
        words,
        text,
        absent=NO_COMMENTS,
    )


COMMENTS = _of_comments(
    "read_comments",
    "comments",
    Words("comments that were read", "gelezen reacties"),
    "Comments that were told or fetched and have been read, on the day they were "
    "written; those of the influencer and the brand, advertisements, copies and bare "
    "tags of friends left out.",
)
KNOWN_TONE = _of_comments(
    "comments_of_known_tone",
    "known",
    Words("comments of known tone", "reacties met bekende toon"),
    "Those whose tone could be read: in Dutch or English, or by their emoji.",
)
POSITIVE = _of_comments(
    "positive_comments",
    "positive",
    Words("positive comments", "positieve reacties"),
    "Those that sound positive, by word lists and emoji.",
)
NEGATIVE = _of_comments(
    "negative_comments",
    "negative",
    Words("negative comments", "negatieve reacties"),
    "Those that sound negative, by word lists and emoji.",
)
NAMING_BRAND = _of_comments(
    "brand_naming_comments",
    "naming_brand",
    Words("comments that name the brand", "reacties die het merk noemen"),
    "Those in which the brand's name, its hashtag or one of its handles stands.",
)

ALL = (
    COMMENTS,
    KNOWN_TONE,
    POSITIVE,
    NEGATIVE,
    NAMING_BRAND,
)
