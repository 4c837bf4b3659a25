"""Every five seconds: ask platforms for figures of granted channels and their posts.

What is asked and when is in `content.fetches`; each question is claimed, and committed,
before it is asked, and its answer stored after. Channels are asked side by side, each
one thing at a time: a platform that hangs keeps only its own waiting.
"""

from concurrent.futures import ThreadPoolExecutor

from marketplace import clock
from marketplace.content import fetches
from marketplace.jobs import JobContext
from marketplace.jobs.grant_visits import visit

AT_ONCE = 4  # each may hang, and needs a connection to the database for a moment


def run(context: JobContext) -> int:
    """Visit all grants that are due; how many questions were asked."""
    with context.sessions() as session:
        due = session.scalars(fetches.due_grants(clock.now())).all()
    if not due:
        return 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(lambda grant_id: visit(context, grant_id), due))
