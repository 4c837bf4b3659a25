"""Work outside requests: one file per job, and `runner`, which runs them by the clock.

A job is a module with `run(context) -> int`: how many things it did. It claims what it
works on from tables, so that running it twice at once is safe.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from marketplace import logs
from marketplace.config import Settings
from marketplace.database import begin_writing

__all__ = ["JobContext"]

logs.configure()


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a job is given."""

    engine: Engine
    settings: Settings

    @property
    def sessions(self) -> sessionmaker[Session]:
        """Makes sessions for reading; what a job writes goes through `step`."""
        return sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def step(self) -> Iterator[Session]:
        """One transaction that writes: committed at the end, undone by an error."""
        with self.sessions() as session:
            begin_writing(session)
            yield session
            session.commit()
