"""The click path: ``GET /r/<slug>`` as a WSGI callable of its own, and nothing else."""

from marketplace.redirect.front import Front, in_front
from marketplace.redirect.wsgi import Redirect, make_redirect

__all__ = ["Front", "Redirect", "in_front", "make_redirect"]
