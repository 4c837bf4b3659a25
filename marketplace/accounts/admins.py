"""Admins: users who may set what all brands of an instance share.

Appointed on the machine only; nobody becomes one over HTTP.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import User
from marketplace.accounts.queries import user_of_email
from marketplace.accounts.rules import normalise_email
from marketplace.errors import Invalid, NotFound


class NoSuchUser(NotFound):
    """Nobody is registered with that e-mail."""


def set_admin(session: Session, email: str, *, is_admin: bool, now: datetime) -> User:
    """Make the user with that e-mail an admin of this instance, or no longer one."""
    try:
        wanted = normalise_email(email)
    except ValueError as error:
        raise Invalid({"email": [str(error)]}, str(error)) from error
    user = session.scalars(user_of_email(wanted)).one_or_none()
    if user is None:
        raise NoSuchUser(f"Nobody is registered as {wanted}.")
    if user.is_admin is not is_admin:
        user.is_admin = is_admin
        session.flush()
        kind = "admin.appointed" if is_admin else "admin.dismissed"
        events.publish(session, kind, now=now, subject_id=user.id)
    return user
