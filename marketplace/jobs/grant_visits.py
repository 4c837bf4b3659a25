"""One channel's turn: what is due of it is asked and stored. `fetch_content` calls it."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import structlog

from marketplace import clock
from marketplace.content import ContentNotValid, fetches, grants
from marketplace.content.fetches import GrantClaim, PostClaim
from marketplace.content.grant_models import Grant
from marketplace.content.grant_rules import GrantState, PlatformNotSetUp
from marketplace.content.platforms import (
    Account,
    Door,
    Owner,
    PlatformFailure,
    Tokens,
    Trouble,
    Way,
    way_to,
)
from marketplace.content.platforms.asking import Told
from marketplace.database import is_passing
from marketplace.jobs import JobContext
from marketplace.jobs.platform_answers import (
    store_channel,
    store_comments,
    store_post,
)

log = structlog.get_logger()
T = TypeVar("T")
LONGEST_VISIT = 120.0  # seconds in which new questions are begun
COMMENT_PAGES = 10  # of one post in a visit; the rest comes in the next


def visit(context: JobContext, grant_id: str) -> int:
    """Claim a grant and ask what is due; how many questions were asked."""
    with context.step() as session:
        claim = fetches.claim_grant(session, grant_id, now=clock.now())
    if claim is None:
        return 0
    owner = Owner.BRAND if claim.grant.brand_id else Owner.INFLUENCER
    told = context.settings
    try:
        way = way_to(
            claim.grant.platform, owner, told.platforms, public_url=told.public_url
        )
    except PlatformNotSetUp as missing:
        _put_off(context, claim, PlatformFailure(str(missing), Trouble.LATER))
        return 1
    tokens = grants.open_tokens(claim.grant, told.keyring)
    if tokens is None:
        _end(context, claim, GrantState.REFUSED, "its tokens cannot be opened any more")
        return 1
    with way.door(tokens.access, permitted=told.outbound_networks) as door:
        return _Visit(context, claim, way, door, tokens).make()


class _Visit:
    """Asking about one channel, with its tokens, until nothing more is due."""

    def __init__(
        self,
        context: JobContext,
        claim: GrantClaim,
        way: Way,
        door: Door,
        tokens: Tokens,
    ) -> None:
        self.context, self.claim, self.api = context, claim, way.api
        self.door, self.tokens = door, tokens
        grant = claim.grant
        self.account = Account(grant.account_id, grant.account_handle)
        self.asked = 0
        self.is_renewed = False
        self.failure: str | None = None

    def make(self) -> int:
        """Ask what is due; whatever the platform says, the grant is left in order."""
        try:
            self._renew_in_time()
            self._ask_about_channel()
            self._ask_about_posts()
        except PlatformFailure as failure:
            self._settle(failure)
        except Exception as error:
            if is_passing(error):
                raise  # the database is away or busy; the lease will end
            log.exception("channel not asked about", grant=self.claim.grant.id)
            self._settle(PlatformFailure(type(error).__name__, Trouble.LATER))
        else:
            with self.context.step() as session:
                fetches.release(
                    session, self.claim, failure=self.failure, now=clock.now()
                )
        return max(1, self.asked)

    def _settle(self, failure: PlatformFailure) -> None:
        if failure.trouble is Trouble.TOKEN:
            expires_at = self.tokens.expires_at
            over = expires_at is not None and expires_at <= clock.now()
            state = GrantState.EXPIRED if over else GrantState.REFUSED
            _end(self.context, self.claim, state, str(failure))
        else:
            _put_off(self.context, self.claim, failure)

    def _ask(self, question: Callable[[], T]) -> T:
        """The answer; a token that is no longer accepted is renewed, once."""
        self.asked += 1
        try:
            return question()
        except PlatformFailure as failure:
            if failure.trouble is not Trouble.TOKEN or not self._renew():
                raise
        return question()

    def _renew_in_time(self) -> None:
        """Before its end, so that nothing is asked in vain."""
        ends = self.tokens.expires_at
        if ends is None or ends - clock.now() > self.api.RENEW_BEFORE:
            return
        is_over = ends <= clock.now()
        try:
            renewed = self._renew()
        except PlatformFailure:
            if is_over:
                raise
            return  # the one we have still holds
        if is_over and not renewed:
            raise PlatformFailure("it ended, and must be granted anew", Trouble.TOKEN)

    def _renew(self) -> bool:
        """Have further tokens and keep them, before they are used; False without."""
        if self.is_renewed:
            return False
        self.is_renewed = True
        tokens = self.api.refresh(self.door, self.tokens, clock.now())
        if tokens is None:
            return False
        with self.context.step() as session:
            grant = fetches.held(session, self.claim)
            if grant is not None:
                keyring = self.context.settings.keyring
                grants.keep_tokens(grant, tokens, keyring)
        self.tokens = tokens
        self.door.let_in_by(self.api.headers(tokens.access))
        return True

    def _ask_about_channel(self) -> None:
        due = self.claim.grant.channel_due_at
        if due is None or due > clock.now():
            return
        at = clock.now()
        told = None
        try:
            told = self._ask(lambda: self.api.read_channel(self.door, self.account, at))
        except ContentNotValid as refused:
            self.failure = f"the account's figures could not be read: {refused.errors}"
        except PlatformFailure as failure:
            if failure.trouble in (Trouble.TOKEN, Trouble.LATER):
                raise
            self.failure = f"the account's figures: {failure}"
        refusal = store_channel(self.context, self.claim, told, self.api.PACE, at)
        self.failure = refusal or self.failure

    def _ask_about_posts(self) -> None:
        begun = time.monotonic()
        while time.monotonic() - begun < LONGEST_VISIT:
            with self.context.step() as session:
                claims = fetches.claim_posts(
                    session, self.claim, self.api, now=clock.now()
                )
            if not claims:
                return
            at = clock.now()
            answers = self._answers(claims, at)
            for one in claims:
                told = answers.get(one.post.id, Told(failure="it was not answered"))
                is_read = store_post(self.context, self.claim, one, told, self.api, at)
                if is_read and one.wants_comments and told.platform_id:
                    self._ask_for_comments(one, told.platform_id)

    def _answers(self, claims: Sequence[PostClaim], at: datetime) -> dict[str, Told]:
        wanted = [one.wanted for one in claims]
        try:
            return self._ask(
                lambda: self.api.read_posts(self.door, self.account, wanted, at)
            )
        except PlatformFailure as failure:
            if failure.trouble in (Trouble.TOKEN, Trouble.LATER):
                with self.context.step() as session:
                    fetches.give_back_posts(session, claims, now=clock.now())
                raise
            why = str(failure)
        except ContentNotValid as refused:
            why = f"the answer could not be read: {refused.errors}"
        return {one.post.id: Told(failure=why) for one in claims}

    def _ask_for_comments(self, one: PostClaim, platform_id: str) -> None:
        cursor = one.comments_cursor
        is_newest = cursor is None
        for _ in range(COMMENT_PAGES):
            at, asked_from = clock.now(), cursor
            try:
                page = self._ask(
                    lambda: self.api.read_comments(
                        self.door,
                        self.account,
                        platform_id,
                        asked_from,  # noqa: B023 - called before it changes
                    )
                )
            except (PlatformFailure, ContentNotValid) as error:
                self._without_comments(one, error, at)
                return
            cursor = store_comments(
                self.context, self.claim, one, page, self.api, at, is_newest=is_newest
            )
            if cursor is None:
                return

    def _without_comments(
        self, one: PostClaim, error: PlatformFailure | ContentNotValid, at: datetime
    ) -> None:
        """They are closed, or unreadable: look again with a later visit."""
        if isinstance(error, PlatformFailure) and error.trouble in (
            Trouble.TOKEN,
            Trouble.LATER,
        ):
            raise error
        store_comments(self.context, self.claim, one, None, self.api, at)


def _end(context: JobContext, claim: GrantClaim, state: GrantState, why: str) -> None:
    with context.step() as session:
        grant: Grant | None = fetches.held(session, claim)
        if grant is not None:
            grants.end(session, grant, state, why, now=clock.now())


def _put_off(context: JobContext, claim: GrantClaim, failure: PlatformFailure) -> None:
    with context.step() as session:
        fetches.put_off_grant(
            session,
            claim,
            str(failure),
            retry_after=failure.retry_after,
            now=clock.now(),
        )
