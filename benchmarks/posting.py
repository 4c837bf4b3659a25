"""Posting webhooks to a server by wrk, every one another, and what that took."""

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from benchmarks.sales import Sent

# wrk counts by time, but every request is to be another one: so many, then it ends.
LUA = """
local ffi = require("ffi")
ffi.cdef("typedef struct {long s; long us;} moment; int gettimeofday(moment*, void*);")
local requests, at, answered, refused, wanted, begun = {}, 0, 0, 0, 0, nil
local function now()
  local moment = ffi.new("moment[1]")
  ffi.C.gettimeofday(moment, nil)
  return tonumber(moment[0].s) + tonumber(moment[0].us) / 1e6
end
function init(arguments)
  local file = io.open(arguments[1], "rb")
  wanted = file:read("*n")
  local size = file:read("*n")
  while size do
    file:read(1)
    table.insert(requests, file:read(size))
    size = file:read("*n")
  end
  file:close()
end
function request()
  at = at + 1
  begun = begun or now()
  return requests[at]
end
function response(status)
  answered = answered + 1
  if status ~= 200 then refused = refused + 1 end
  if answered == wanted then
    print(string.format("refused %d, took %.6f", refused, now() - begun))
    io.flush()
    os.exit(0)
  end
end
"""


class Took(NamedTuple):
    """What one round came to: webhooks a second, and processor's ms for each."""

    rate: float
    cpu: float


def post(url: str, pid: int, sent: list[Sent], connections: int, folder: Path) -> Took:
    """By wrk over so many connections; that many more are given than are counted."""
    wanted = len(sent) - connections
    script, queue = folder / "webhooks.lua", folder / "requests"
    script.write_text(LUA)
    with queue.open("wb") as file:
        file.write(f"{wanted}\n".encode())
        for each in sent:
            lines = [f"{name}: {value}" for name, value in each.headers.items()]
            lines += ["Host: bench.example", f"Content-Length: {len(each.body)}"]
            head = f"POST {each.path} HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n"
            raw = head.encode() + each.body
            file.write(f"{len(raw)}\n".encode() + raw + b"\n")
    busy = seconds_of(pid)
    wrk = ["wrk", "-t1", f"-c{connections}", "-d600s", "--timeout", "30s"]
    printed = subprocess.run(
        [*wrk, "-s", str(script), url, "--", str(queue)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    busy = seconds_of(pid) - busy
    took = re.search(r"refused 0, took ([\d.]+)", printed)
    if took is None:
        raise SystemExit(f"some requests failed:\n{printed}")
    return Took(wanted / float(took[1]), busy * 1000 / wanted)


def seconds_of(group: int) -> float:
    """What the processes of a group have used of the processor."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
