"""Whatever a platform answers, its file reads it, or says what is wrong with it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import platform_bodies as bodies
import pytest
from any_json import ANYTHING
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.accounts.rules import Platform
from marketplace.content import ContentNotValid, PostFormat
from marketplace.content.platforms import Owner, PlatformFailure, Trouble, way_to
from marketplace.content.platforms.asking import Account, Tokens, Wanted
from marketplace.platform_keys import PlatformKeys

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
WAYS = [
    way_to(
        platform,
        owner,
        {platform: PlatformKeys("id", "secret", "", variant)},
        public_url="https://api.example",
    )
    for platform, owner, variant in (
        (Platform.INSTAGRAM, Owner.INFLUENCER, ""),
        (Platform.TIKTOK, Owner.INFLUENCER, "display"),
        (Platform.TIKTOK, Owner.INFLUENCER, "business"),
        (Platform.YOUTUBE, Owner.INFLUENCER, ""),
        (Platform.LINKEDIN, Owner.INFLUENCER, ""),
        (Platform.LINKEDIN, Owner.BRAND, ""),
    )
]
REAL = [body for _, _, body in bodies.ALL if isinstance(body, dict)]
IDS = ["12345678", "dQw4w9WgXcQ", "urn:li:share:1234567", None]


class Oracle:
    """A door behind which anything is said."""

    def __init__(self, app: Any, data: st.DataObject) -> None:
        self.app, self.data = app, data

    def get(self, *_: Any, **__: Any) -> Any:
        return self.data.draw(st.sampled_from(REAL) | ANYTHING)

    post = get


@settings(max_examples=400)
@given(st.sampled_from(WAYS), st.data())
def test_any_answer_is_read_or_refused(way: Any, data: st.DataObject) -> None:
    api, door = way.api, Oracle(way.app, data)
    account, tokens = Account("1", "anna"), Tokens("a", refresh="r", account_id="1")
    of = data.draw(st.sampled_from(IDS))
    published = NOW - timedelta(days=9)
    wanted = Wanted(
        "pst_1", of, "https://instagram.com/p/abcdefg/", PostFormat.POST, published
    )
    questions = [
        lambda: api.exchange(door, "code", "verifier", NOW),
        lambda: api.refresh(door, tokens, NOW),
        lambda: api.account(door, tokens, "anna"),
        lambda: api.read_channel(door, account, NOW),
        lambda: api.read_posts(door, account, [wanted], NOW),
        lambda: api.read_comments(door, account, "12345678", None),
    ]
    for question in questions:
        try:
            question()
        except (PlatformFailure, ContentNotValid):
            continue


@settings(max_examples=300)
@given(
    st.sampled_from(WAYS),
    st.sampled_from([200, 400, 401, 403, 404, 429, 500]),
    ANYTHING
    | st.fixed_dictionaries({"error": ANYTHING})
    | st.fixed_dictionaries({"error": st.fixed_dictionaries({"code": ANYTHING})})
    | st.fixed_dictionaries({"error": st.fixed_dictionaries({"errors": ANYTHING})})
    | st.fixed_dictionaries({"code": ANYTHING}),
)
def test_any_answer_is_judged(way: Any, status: int, said: Any) -> None:
    found = way.api.judge(status, said)
    assert found is None or isinstance(found, Trouble)
    if status >= 500:
        assert found in (Trouble.LATER, Trouble.TOKEN)


VIDEO = "7080213458555737986"
ON_YOUTUBE = "https://www.youtube.com"


@pytest.mark.parametrize(
    ("platform", "external_id", "url", "expected"),
    [
        (0, "17895695668004550", None, "17895695668004550"),
        (0, "DAbc123", "https://www.instagram.com/p/DAbc123/", None),  # looked up
        (1, None, f"https://www.tiktok.com/@a/video/{VIDEO}?x=1", VIDEO),
        (1, None, "https://vm.tiktok.com/ZM1/", None),
        (3, None, "https://youtu.be/dQw4w9WgXcQ?t=3", "dQw4w9WgXcQ"),
        (3, None, f"{ON_YOUTUBE}/watch?a=b&v=dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        (3, None, f"{ON_YOUTUBE}/shorts/dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        (3, None, f"{ON_YOUTUBE}/watch?v=dQw4w9WgXcQX", None),
        (3, "'; drop", "javascript:alert(1)", None),
    ],
)
def test_what_a_post_is_called_at_the_platform(
    platform: int, external_id: str | None, url: str | None, expected: str | None
) -> None:
    assert WAYS[platform].api.platform_id(external_id, url) == expected


def test_linkedin_goes_by_urns() -> None:
    api = WAYS[4].api
    url = "https://www.linkedin.com/feed/update/urn%3Ali%3AugcPost%3A7234567/"
    assert api.platform_id(None, url) == "urn:li:ugcPost:7234567"
    assert api.platform_id("urn:li:activity:7234567", None) is None
