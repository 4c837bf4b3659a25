"""The WSGI callables, each made when it is first asked for.

`app` is everything; `redirects` is the click path alone: a node that serves only it
never imports the rest.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

    from marketplace.redirect import Redirect

    app: Flask
    redirects: Redirect


def __getattr__(name: str) -> Any:
    """Make the callable of that name, once."""
    from marketplace.config import Settings

    made: Any
    if name == "app":
        from marketplace.app import create_app

        made = create_app(Settings.from_env())
    elif name == "redirects":
        from marketplace.redirect import make_redirect

        made = make_redirect(Settings.from_env())
    else:
        raise AttributeError(name)
    globals()[name] = made
    return made
