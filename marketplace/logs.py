"""How this program logs what went wrong."""

import structlog
from structlog import dev, processors, stdlib


def configure() -> None:
    """Plain traces: the usual ones show the values of all variables, which are other
    people's names, addresses and keys here, and take seconds to set.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            stdlib.add_log_level,
            processors.StackInfoRenderer(),
            processors.TimeStamper(fmt="iso", utc=True),
            dev.ConsoleRenderer(colors=False, exception_formatter=dev.plain_traceback),
        ]
    )
