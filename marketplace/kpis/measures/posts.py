"""What platforms say of posts: measures of content. Pure."""

from marketplace.kpis.measures.entry import Measure

ALL: tuple[Measure, ...] = ()
