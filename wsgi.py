"""The WSGI callables: ``app`` is everything."""

from marketplace.app import create_app

app = create_app()
