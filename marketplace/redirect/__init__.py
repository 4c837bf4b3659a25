"""The click path: ``GET /r/<slug>`` as a WSGI callable of its own, and nothing else."""

from marketplace.redirect.wsgi import Redirect, in_front, make_redirect

__all__ = ["Redirect", "in_front", "make_redirect"]
