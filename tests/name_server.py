"""A name server on loopback, for whoever asks about TXT records."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


@dataclass
class NameServer:
    """Answers from `texts` (name → TXT records); `mood` says how."""

    address: str
    texts: dict[str, list[str]] = field(default_factory=dict)
    mood: str = "well"  # refusing, silent, babbling
    asked: list[str] = field(default_factory=list)

    def answer(self, wire: bytes) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text().rstrip(".")
        self.asked.append(name)
        if self.mood in ("silent", "babbling"):
            return None if self.mood == "silent" else b"\x00\x01 what?"
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        if self.mood == "refusing":
            reply.set_rcode(dns.rcode.REFUSED)
        elif name not in self.texts:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif self.texts[name] and question.rdtype == dns.rdatatype.TXT:
            written = [f'"{text}"' for text in self.texts[name]]
            reply.answer.append(
                dns.rrset.from_text(question.name, 60, "IN", "TXT", *written)
            )
        return reply.to_wire()


@contextmanager
def name_server() -> Iterator[NameServer]:
    """One that runs meanwhile."""
    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asking.bind(("127.0.0.1", 0))
    server = NameServer("{}:{}".format(*asking.getsockname()))

    def serve() -> None:
        while True:
            wire, caller = asking.recvfrom(65_535)
            if not wire:
                return
            reply = server.answer(wire)
            if reply is not None:
                asking.sendto(reply, caller)

    thread = threading.Thread(target=serve)
    thread.start()
    yield server
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
        ending.sendto(b"", asking.getsockname())
    thread.join()
    asking.close()
