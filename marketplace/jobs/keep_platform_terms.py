"""Every six hours: have figures anew that a platform lets us keep for so long only, and
delete those that could not be had, or whose grant has ended.

Each post and each channel in a step of its own; cut off, the rest is done the next time.
One that cannot be deleted keeps no other from it.
"""

import logging

from marketplace import clock
from marketplace.content import deleting, keeping
from marketplace.database import is_passing
from marketplace.jobs import JobContext

log = logging.getLogger(__name__)


def run(context: JobContext) -> int:
    """Do all there is to do; how many posts, channels and grants that was."""
    done = 0
    while some := _wake(context) + _delete(context):
        done += some
    return done


def _wake(context: JobContext) -> int:
    with context.step() as session:
        woken = keeping.wake_posts(session, now=clock.now())
        return woken + keeping.forget_accounts(session, now=clock.now())


def _delete(context: JobContext) -> int:
    with context.sessions() as session:
        due = list(keeping.what_is_due(session, clock.now()))
    done = 0
    for is_post, of_id in due:
        remove = deleting.delete_of_post if is_post else deleting.delete_of_channel
        try:
            with context.step() as session:
                done += remove(session, of_id, now=clock.now())
        except Exception as unforeseen:
            if is_passing(unforeseen):
                raise
            log.exception("figures not deleted: %s", of_id)
    return done
