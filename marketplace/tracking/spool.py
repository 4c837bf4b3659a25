"""The spool: append-only files that hold clicks until ingest has them in the database.

One file per writing process, named ``<node>-<uuid>-<seq>``. A frame is a record
separator, length, CRC-32 and payload, closed by a newline::

    \\x1e0000f3 8d2c01aa {"click": …}\\n

The payload contains neither control character (JSON escapes them), so a torn frame ends
where the next one begins, whatever was cut. A writer holds a lock on its file as long
as it lives: a file whose lock can be had belongs to nobody and gets no further line.
"""

import fcntl
import logging
import os
import threading
import time
import uuid
import weakref
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

SYNC_SECONDS = 1.0
ROTATE_BYTES = 64 * 2**20
ROTATE_SECONDS = 3600.0
READ_BYTES = 4 * 2**20
_MARK = b"\x1e"
_HEADER = 16  # length in hex, space, CRC in hex, space

log = logging.getLogger(__name__)


class SpoolWriter:
    """Appends payloads to this process's file; opened by the first, after any fork.

    Nothing here raises: a click that could not be written is counted in `lost`, told
    to the log once a second and, as soon as writing works again, to the spool itself
    (a frame ``{"lost": n}``), so that ingest can show it.
    """

    def __init__(self, folder: Path, node_id: str) -> None:
        self._folder = folder
        self._node = node_id
        self._fresh()
        _WRITERS.add(self)

    def _fresh(self) -> None:
        self._lock = threading.Lock()
        self._fd = -1
        self._name = uuid.uuid4().hex
        self._sequence = 0
        self._opened = 0.0
        self._retry_at = 0.0
        self._thread: threading.Thread | None = None
        self.lost = 0
        self._told = 0  # of `lost`, what the spool itself knows of

    def append(self, payload: bytes) -> bool:
        """Write one frame with a single `write`; False if it is lost."""
        frame = _frame(payload)
        fd = self._fd
        if fd < 0 and (fd := self._open()) < 0:
            return self._lose("no file could be opened")
        try:
            written = os.write(fd, frame)
        except OSError as error:
            return self._lose(str(error))
        return written == len(frame) or self._lose("the disk took part of a line")

    def _lose(self, why: str) -> bool:
        with self._lock:
            if self.lost == self._told:
                log.error("spool: clicks are being lost: %s", why)
            self.lost += 1
        return False

    def _open(self) -> int:
        with self._lock:
            if self._fd < 0 and time.monotonic() >= self._retry_at:
                self._start_thread()
                try:
                    self._fd = self._make_file()
                except OSError as error:
                    self._retry_at = time.monotonic() + SYNC_SECONDS
                    log.error("spool: %s", error)
            return self._fd

    def _start_thread(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(
                target=_keep, args=(weakref.ref(self),), name="spool", daemon=True
            )
            self._thread.start()

    def _make_file(self) -> int:
        """A fresh locked file; it gets its name only once it is locked."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"{self._node}-{self._name}-{self._sequence:06d}"
        hidden = self._folder / f".{name}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        fd = os.open(hidden, flags, 0o640)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.rename(hidden, self._folder / name)
            _sync_folder(self._folder)
        except OSError:
            os.close(fd)
            hidden.unlink(missing_ok=True)
            raise
        self._sequence += 1
        self._opened = time.monotonic()
        return fd

    def tend(self) -> None:
        """Once a second, aside: to the disk, a new file when due, losses told."""
        untold = self.lost - self._told
        fd = self._open() if untold else self._fd
        if fd < 0:
            return
        try:
            os.fdatasync(fd)
            if self._worn_out(os.fstat(fd)):
                self._rotate(fd)
            if untold:
                self._tell(fd, untold)
        except OSError as error:
            log.error("spool: %s", error)

    def _tell(self, fd: int, untold: int) -> None:
        frame = _frame(b'{"lost":%d}' % untold)
        if os.write(fd, frame) == len(frame):
            self._told += untold
            log.error("spool: %d clicks were lost", untold)

    def _worn_out(self, stat: os.stat_result) -> bool:
        if stat.st_nlink == 0:  # somebody removed the file: nobody would read it
            return True
        if stat.st_size == 0:
            return False
        age = time.monotonic() - self._opened
        return stat.st_size >= ROTATE_BYTES or age >= ROTATE_SECONDS

    def _rotate(self, fd: int) -> None:
        """Go on in a new file under the same descriptor number.

        A thread about to write has the number in hand: it must never belong to
        anything but a spool file of this process.
        """
        old = os.dup(fd)
        try:
            with self._lock:
                if self._fd == fd:
                    fresh = self._make_file()
                    os.dup2(fresh, fd, inheritable=False)
                    os.close(fresh)
            os.fdatasync(old)
        finally:
            os.close(old)  # the last of the old file: its lock goes

    def close(self) -> None:
        """Let go of the file (a process that ends does so by itself)."""
        with self._lock:
            fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def _after_fork(self) -> None:
        """In the child: the parent's file is not ours, nor may we keep it locked."""
        fd = self._fd
        self._fresh()
        if fd >= 0:
            with suppress(OSError):
                os.close(fd)


def _frame(payload: bytes) -> bytes:
    return b"\x1e%06x %08x %b\n" % (len(payload), crc32(payload), payload)


def _sync_folder(folder: Path) -> None:
    """Make a new name in the folder outlive power loss."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


_WRITERS: weakref.WeakSet[SpoolWriter] = weakref.WeakSet()


def _forked() -> None:
    for writer in list(_WRITERS):
        writer._after_fork()


os.register_at_fork(after_in_child=_forked)


def _keep(reference: weakref.ref[SpoolWriter]) -> None:
    while (writer := reference()) is not None:
        writer.tend()
        del writer
        time.sleep(SYNC_SECONDS)


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole payloads, where to go on, and how many frames were damaged."""

    payloads: list[bytes]
    offset: int
    damaged: int


def read_lines(
    path: Path, offset: int, limit: int, *, dead: bool | None = None
) -> Lines:
    """At most `limit` payloads from `offset` on.

    Damaged frames are passed over and counted. An unfinished last one is left for
    later in a live file, closed off in a dead one (`dead`: as found now by `is_dead`).
    """
    if dead is None:
        dead = is_dead(path)
    with path.open("rb") as file:
        file.seek(offset)
        block = file.read(READ_BYTES)
    payloads: list[bytes] = []
    damaged = position = 0
    while len(payloads) < limit:
        end = block.find(b"\n", position)
        if end < 0:
            break
        payload, torn = _unframe(block[position:end])
        damaged += torn
        if payload is not None:
            payloads.append(payload)
        position = end + 1
    else:
        return Lines(payloads, offset + position, damaged)
    complete = len(block) < READ_BYTES  # this is all the file has
    if position < len(block) and (dead if complete else position == 0):
        damaged += block.count(_MARK, position) or 1
        position = len(block)
    return Lines(payloads, offset + position, damaged)


def _unframe(line: bytes) -> tuple[bytes | None, int]:
    """The payload of a line, if whole, and how many damaged frames are in it."""
    start = line.rfind(_MARK)
    torn = (line.count(_MARK, 0, start) or 1) if start > 0 else 0
    header = line[start + 1 : start + 1 + _HEADER]
    payload = line[start + 1 + _HEADER :]
    if start >= 0 and header == b"%06x %08x " % (len(payload), crc32(payload)):
        return payload, torn
    return None, torn + 1


def is_dead(path: Path) -> bool:
    """Whether no writer holds the file: it will get no further line."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def spool_files(folder: Path, node_id: str) -> Iterator[Path]:
    """This node's files, in the order in which each process wrote them."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        parts = path.name.rsplit("-", 2)
        if len(parts) == 3 and parts[0] == node_id and parts[2].isdigit():
            yield path
