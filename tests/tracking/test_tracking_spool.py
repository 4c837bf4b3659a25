"""The spool: what was written whole is read once, whatever happens around it."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.tracking import spool
from marketplace.tracking.spool import SpoolWriter, is_dead, read_lines, spool_files


def read_all(path: Path, limit: int = 1000) -> tuple[list[bytes], int]:
    payloads: list[bytes] = []
    offset = damaged = 0
    while True:
        lines = read_lines(path, offset, limit)
        if lines.offset == offset:
            return payloads, damaged
        payloads += lines.payloads
        damaged += lines.damaged
        offset = lines.offset


def only(folder: Path, node: str = "n") -> Path:
    (path,) = spool_files(folder, node)
    return path


def test_written_is_read(tmp_path: Path) -> None:
    writer = SpoolWriter(tmp_path / "spool", "n")
    assert list(spool_files(tmp_path / "spool", "n")) == []  # opened by the first line
    assert all(writer.append(b'{"n":%d}' % n) for n in range(10))
    path = only(tmp_path / "spool")
    assert not is_dead(path)
    assert read_all(path, limit=3) == ([b'{"n":%d}' % n for n in range(10)], 0)
    writer.close()
    assert is_dead(path)


def test_a_node_reads_only_its_own_files(tmp_path: Path) -> None:
    for node in ("a", "a-b", "b"):
        SpoolWriter(tmp_path, node).append(b"{}")
    assert only(tmp_path, "a").name.startswith("a-")
    assert only(tmp_path, "a-b").name.startswith("a-b-")
    (tmp_path / "a-notes.txt").write_text("not a spool file")
    (tmp_path / ".a-0-000000").write_bytes(b"")
    assert only(tmp_path, "a").name.count("-") == 2


PAYLOAD = st.binary(min_size=1, max_size=40).map(
    lambda raw: raw.translate(None, b"\n\x1e") or b"-"
)


@given(
    frames=st.lists(st.tuples(PAYLOAD, st.integers(0, 60)), max_size=12),
    limit=st.integers(1, 5),
)
def test_torn_frames_cost_only_themselves(
    tmp_path_factory: pytest.TempPathFactory,
    frames: list[tuple[bytes, int]],
    limit: int,
) -> None:
    """Each frame is cut where a full disk might cut it (0: not at all)."""
    path = tmp_path_factory.mktemp("torn") / "n-0-0"
    whole = []
    content = b""
    for payload, cut in frames:
        frame = spool._frame(payload)
        kept = frame[:-cut] if 0 < cut < len(frame) else frame
        whole += [payload] if kept == frame else []
        content += kept
    path.write_bytes(content)
    payloads, damaged = read_all(path, limit)
    assert payloads == whole
    assert damaged == len(frames) - len(whole)


def test_an_unfinished_last_line_is_waited_for_while_somebody_lives(
    tmp_path: Path,
) -> None:
    writer = SpoolWriter(tmp_path, "n")
    writer.append(b"first")
    path = only(tmp_path)
    frame = spool._frame(b"second")
    os.write(writer._fd, frame[:9])
    assert read_all(path) == ([b"first"], 0)
    os.write(writer._fd, frame[9:])
    assert read_all(path) == ([b"first", b"second"], 0)
    os.write(writer._fd, frame[:9])
    writer.close()
    assert read_all(path) == ([b"first", b"second"], 1)


def test_junk_without_an_end_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "READ_BYTES", 64)
    path = tmp_path / "n-0-0"
    path.write_bytes(b"\0" * 200 + spool._frame(b"after") + spool._frame(b"more"))
    payloads, damaged = read_all(path)
    assert payloads == [b"after", b"more"]
    assert damaged > 0


def test_a_child_writes_a_file_of_its_own_and_lets_go_of_its_parents(
    tmp_path: Path,
) -> None:
    writer = SpoolWriter(tmp_path, "n")
    writer.append(b"parent")
    mine = only(tmp_path)
    ready, go = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        writer.append(b"child")
        os.write(ready[1], b"!")
        os.read(go[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    writer.append(b"parent again")
    writer.close()
    (theirs,) = set(spool_files(tmp_path, "n")) - {mine}
    assert is_dead(mine)  # though the child, born with it open, is alive
    assert not is_dead(theirs)
    os.write(go[1], b"!")
    os.waitpid(child, 0)
    assert read_all(mine) == ([b"parent", b"parent again"], 0)
    assert read_all(theirs) == ([b"child"], 0)
    for fd in (*ready, *go):
        os.close(fd)


def test_rotation_loses_nothing_under_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "ROTATE_BYTES", 2000)
    writer = SpoolWriter(tmp_path, "n")
    stop = threading.Event()
    written: list[list[bytes]] = [[] for _ in range(4)]

    def write(mine: list[bytes], thread: int) -> None:
        number = 0
        while not stop.is_set():
            payload = b"%d:%d" % (thread, number)
            assert writer.append(payload)
            mine.append(payload)
            number += 1

    threads = [
        threading.Thread(target=write, args=(mine, n)) for n, mine in enumerate(written)
    ]
    for thread in threads:
        thread.start()
    for _ in range(20):
        writer.tend()
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    files = list(spool_files(tmp_path, "n"))
    assert len(files) > 3
    assert [is_dead(path) for path in files] == [True] * (len(files) - 1) + [False]
    read = [line for path in files for line in read_all(path)[0]]
    assert sorted(read) == sorted(line for mine in written for line in mine)


def test_a_removed_file_is_left_for_a_new_one(tmp_path: Path) -> None:
    writer = SpoolWriter(tmp_path, "n")
    writer.append(b"gone")
    only(tmp_path).unlink()
    writer.tend()
    assert writer.append(b"kept")
    assert read_all(only(tmp_path)) == ([b"kept"], 0)


FULL_DISK = """
import resource, sys
from pathlib import Path
from marketplace.tracking.spool import SpoolWriter
writer = SpoolWriter(Path(sys.argv[1]), "n")
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
kept = [n for n in range(100) if writer.append(b'{"n":%d}' % n)]
writer.tend()
assert writer.lost == 100 - len(kept), writer.lost
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
assert writer.append(b'{"n":100}')
writer.tend()
writer.tend()
print(kept + [100])
"""


def test_a_full_disk_raises_nothing_and_the_loss_is_told(tmp_path: Path) -> None:
    """A limit on file size makes the same short writes and errors as a full disk."""
    script = [sys.executable, "-c", FULL_DISK, str(tmp_path)]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    kept = eval(done.stdout)
    payloads, damaged = read_all(only(tmp_path))
    assert damaged == 1  # the one of which a part fitted
    assert payloads == [b'{"n":%d}' % n for n in kept] + [
        b'{"lost":%d}' % (101 - len(kept))
    ]
    assert 0 < len(kept) < 101


STREAM = """
import os, sys
from pathlib import Path
from marketplace.tracking.spool import SpoolWriter
writer = SpoolWriter(Path(sys.argv[1]), "n")
n = 0
while True:
    writer.append(b'{"n":%d,"pad":"%s"}' % (n, b"x" * 900))
    os.write(1, b"%d\\n" % n)
    n += 1
"""


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", STREAM, str(tmp_path)], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    acknowledged = [process.stdout.readline() for _ in range(2000)]
    process.send_signal(signal.SIGKILL)
    acknowledged += process.stdout.read().splitlines(keepends=True)
    process.wait()
    process.stdout.close()
    path = only(tmp_path)
    assert is_dead(path)
    payloads, damaged = read_all(path)
    whole = [line for line in acknowledged if line.endswith(b"\n")]
    assert len(whole) >= 2000
    assert [p[: p.index(b",")] for p in payloads][: len(whole)] == [
        b'{"n":%d' % int(n) for n in whole
    ]
    assert damaged <= 1
    assert len(payloads) <= len(whole) + 1
