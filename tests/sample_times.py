"""The moment of the sample orders, as text and in Unix seconds."""

AT = "2026-03-01T11:00:00+00:00"
SECONDS = 1772362800
