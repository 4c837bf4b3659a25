"""Refusals, by kind. The domain says what kind; ``api/problems.py`` says which status.

Refusal
├── Invalid           the request itself is wrong, field by field
├── Unauthenticated   who is asking is not known
├── Forbidden         known, but not allowed
├── NotFound          not there, or not yours
└── Conflict          refused by the state things are in
"""

from collections.abc import Mapping


class Refusal(Exception):
    """A request that was understood and refused; ``str(refusal)`` is for people."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Invalid(Refusal):
    """Wrong input; ``errors`` names every wrong field."""

    def __init__(self, errors: Mapping[str, list[str]], detail: str = "") -> None:
        super().__init__(detail or "Some fields are not valid.")
        self.errors = {field: list(reasons) for field, reasons in errors.items()}


class Unauthenticated(Refusal):
    """No credentials, or credentials that do not hold."""


class Forbidden(Refusal):
    """The caller's role or the token's scopes do not reach this."""


class NotFound(Refusal):
    """There is no such thing, or it belongs to somebody else."""


class Conflict(Refusal):
    """The thing is in a state that does not permit this."""
