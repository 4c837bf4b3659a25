"""Very many comments, through the whole path: told over HTTP, read, watched, reported.

    python -m benchmarks comments [--comments 100000] [--database-url postgresql:///test]

Told as a list of 1,000 at a time under twenty posts, over thirty days (Flask's client, an
instance of its own on SQLite by default); the texts are those of `sentiment`, each made a
text of its own. Each quarter is told and read before the next one, so that what is not
linear shows: beside a fixed piece of work measured with each, the last quarter may take
half as long again (processor time) as the second one. What people look at must answer
within three seconds of processor time, and the process stay below two GB. Exits with 1
beyond a limit.
"""

import argparse
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import sentiment
from benchmarks.outage import empty_database
from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.content.opinions.reading import read
from marketplace.database import db, make_engine, migrate
from marketplace.jobs.runner import run_once

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from callers import Caller, make_application, register_brand, register_influencer

POSTS, DAYS, AT_ONCE, QUARTERS, ROUNDS = 20, 30, 1000, 4, 3
LONGEST = 200
GROWTH, SLOWEST, LARGEST = 1.5, 3.0, 2048  # ratio, seconds, MB
NOW = datetime.now(UTC)
warmed: list[Any] = []


def main() -> None:
    """Tell, read, ask; print what each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=100_000)
    parser.add_argument("--database-url", default="")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with empty_database(told.database_url, folder) as url:
            env = {
                "INSTANCE": str(folder / "instance"),
                "DATABASE_URL": url,
                "SECRET_KEY": "benchmark-" * 5,
            }
            settings = Settings.from_env(env)
            engine = make_engine(settings.database_url)
            migrate(engine)
            engine.dispose()
            app = create_app(settings)
            try:
                kept = run(app.test_client(), settings, told.comments)
            finally:
                app.extensions["redirect"].close()
                with app.app_context():
                    db.engine.dispose()
    sys.exit(not kept)


def run(client: Any, settings: Settings, many: int) -> bool:
    """Whether all limits were kept."""
    brand = register_brand(client, "brand@example.com")
    influencer = register_influencer(client, "anna@example.com")
    application = make_application(brand, influencer)
    posts = [enter_post(brand, application["id"]) for _ in range(POSTS)]
    texts = texts_of()
    quarters = []
    for quarter in range(QUARTERS):
        before = fixed_work(texts)
        busy = time.process_time()
        first, size = quarter * (many // QUARTERS), many // QUARTERS
        tell_took = timed(lambda f=first, s=size: tell(brand, posts, texts, f, s))
        read_took = timed(lambda: run_once("read_comments", settings))
        watch_took = timed(lambda: run_once("watch_comments", settings))
        spent = time.process_time() - busy
        quarters.append(spent / (before + fixed_work(texts)))
        print(
            f"{first + size:>7} comments: told {tell_took / size * 1e6:5.0f} µs, read"
            f" {read_took / size * 1e6:5.0f} µs each; watched {watch_took:.1f} s;"
            f" busy {spent / size * 1e6:5.0f} µs each",
            flush=True,
        )
    growth = quarters[-1] / quarters[1]
    print(f"the last quarter took {growth:.2f} times what the second did")
    kept = growth < GROWTH
    campaign = f"/v1/campaigns/{application['campaign_id']}"
    for path in (
        f"{campaign}/comments/analysis",
        f"{campaign}/kpis?kpis=comments_analysed,net_sentiment&by=day",
        f"{campaign}/kpis?by=post",
        f"{campaign}/forecast",
        f"/v1/posts/{posts[0]}/comments",
    ):
        busy = time.process_time()
        took = min(timed(lambda path=path: ask(brand, path)) for _ in range(ROUNDS))
        spent = (time.process_time() - busy) / ROUNDS
        shown = path.partition(campaign)[2] or path
        print(f"{shown:52} {took * 1e3:6.0f} ms, busy {spent * 1e3:5.0f} ms")
        kept = kept and spent < SLOWEST
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB")
    return kept and peak < LARGEST


def texts_of() -> Sequence[str]:
    """Those of the public sets, no longer than a comment is."""
    where = sentiment.folder()
    if not where.is_dir():
        sys.exit(f"No texts at {where} (DATA)")
    sets = sentiment.reviews(where), sentiment.tweets(where)
    return [text[:LONGEST] for each in sets for text in each.texts]


def enter_post(brand: Caller, application_id: str) -> str:
    """A post of a month ago."""
    body = {
        "application_id": application_id,
        "platform": "instagram",
        "published_at": (NOW - timedelta(days=DAYS + 1)).isoformat(),
    }
    answer = brand.post("/v1/posts", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def tell(
    brand: Caller, posts: Sequence[str], texts: Sequence[str], first: int, many: int
) -> None:
    """So many further comments, each a text, an author and a moment of its own."""
    chance = random.Random(first)
    for start in range(first, first + many, AT_ONCE):
        body = [
            {
                "external_id": f"c{n}",
                "text": f"{chance.choice(texts)} {n}",
                "author": f"@author{chance.randrange(50_000)}",
                "published_at": (
                    NOW - timedelta(seconds=chance.randrange(DAYS * 86_400))
                ).isoformat(),
            }
            for n in range(start, min(start + AT_ONCE, first + many))
        ]
        post_id = posts[start // AT_ONCE % len(posts)]
        answer = brand.post(f"/v1/posts/{post_id}/comments", body)
        assert answer.status_code == 201, answer.text


def fixed_work(texts: Sequence[str]) -> float:
    """Seconds of processor time that reading the same texts takes, warm."""
    some = texts[:2000]
    if not warmed:
        warmed.extend(read(text, sentiment.NOBODY) for text in some)
    busy = time.process_time()
    for text in some:
        read(text, sentiment.NOBODY)
    return time.process_time() - busy


def ask(brand: Caller, path: str) -> None:
    """Read it whole."""
    answer = brand.get(path)
    assert answer.status_code == 200, answer.text


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
