"""Answers that are files."""

from flask import Response

CSV = "text/csv; charset=utf-8"
PDF = "application/pdf"
XML = "application/xml"


def download(content: str | bytes, name: str, content_type: str) -> Response:
    """A file to be saved under that name (ASCII, without quotes)."""
    return Response(
        content,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
