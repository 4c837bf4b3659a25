"""Charts of a report, drawn as SVG by the server: no script, no address elsewhere."""

import sys
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element

from babel.numbers import format_decimal

from marketplace.kpis.papers.figures import LOCALES, Figure

COLOUR = "#0b6e69"
_LABELS = 5  # as many moments as are named below a chart


@lru_cache(maxsize=1)
def _pygal() -> tuple[Any, Any]:
    """The package, and how our charts look; imported when something is first drawn."""
    import pygal
    from pygal.style import Style

    # It puts a finder of long ago among everybody's imports, which warns at each.
    sys.meta_path[:] = [each for each in sys.meta_path if hasattr(each, "find_spec")]
    return pygal, Style(
        background="transparent",
        plot_background="transparent",
        foreground="#333333",
        foreground_strong="#222222",
        foreground_subtle="#999999",
        opacity=".9",
        colors=(COLOUR,),
        font_family="Libertinus Serif, Georgia, serif",
        label_font_size=20,
        major_label_font_size=20,
        stroke_width="3",
    )


def line_chart(
    points: Sequence[tuple[str, Figure | None]],
    *,
    language: str,
    decimals: int,
) -> str:
    """The SVG of one figure over time; a gap where it is not known."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")

    def shown(value: float) -> str:
        return str(format_decimal(value, format=pattern, locale=LOCALES[language]))

    pygal, style = _pygal()
    chart = pygal.Line(
        style=style,
        width=760,
        height=300,
        margin=10,
        show_legend=False,
        show_dots=len(points) <= 62,
        dots_size=2.5,
        stroke_style={"width": 3},
        x_label_rotation=0,
        show_minor_x_labels=False,
        truncate_label=-1,
        y_labels_major_count=3,
        show_minor_y_labels=False,
        value_formatter=shown,
        include_x_axis=True,
        js=(),
        disable_xml_declaration=True,
        no_prefix=True,
    )
    chart.add_xml_filter(_without_scripts)
    labels = [label for label, _ in points]
    chart.x_labels = labels
    chart.x_labels_major = labels[:: max(1, -(-len(labels) // _LABELS))]
    # Pixels need no more: the exact figures are in the tables.
    values = [None if value is None else float(Decimal(value)) for _, value in points]
    chart.add("", values)
    return str(chart.render(is_unicode=True))


def _without_scripts(root: Element) -> Element:
    """The picture alone: pygal's tooltips are scripts."""
    for parent in list(root.iter()):
        for child in list(parent):
            if str(child.tag).endswith("script"):
                parent.remove(child)
    return root
