"""What the server costs beside the model: waiting time, throughput, memory.

    python -m benchmarks.serving_speed --model models/portraits

`/api/generate` with landmarks, one face a request, over sockets of this machine. Beside it the
model and the PNG encoder alone, in this process, in turns with the server. At many clients the
server is compared with what its own processor seconds would give if they all went into model and
encoder, so that the clients' share of the machine does not count.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import re
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.full_size import machine
from interface import command_line, pictures
from interface.command_line import UserError, setting

ROUNDS = 5
WARM = 4  # requests of each size before anything is measured
LARGEST_CALL = 32  # images: the server's --batch


@dataclasses.dataclass(frozen=True)
class Options:
    """Measures the server beside the model alone; prints Markdown tables."""

    model: str = setting("DIR of SavedModels", "models/portraits")
    single: int = setting("requests one after the other", 500, at_least=ROUNDS)
    clients: int = setting("at once", 32, at_least=1)
    requests: int = setting("of all of them together", 10_000, at_least=ROUNDS)


def main(argv: list[str]) -> None:
    """Run as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    from serving import models

    (version,) = models.Models(models.named([options.model]))
    alone = Alone(version)
    with serving(options.model) as address:
        form = face_of(version)
        client = Clients(address, form)
        for count in range(1, LARGEST_CALL + 1):  # TensorFlow keeps memory for each size of a call
            Clients(address, {**form, "count": str(count)}).ask(1, WARM)
        print(f"{machine()}:\n\n{waiting(alone, client, options.single)}\n")
        print(f"{throughput(alone, client, address, options)}", flush=True)


def waiting(alone: Alone, client: Clients, count: int) -> str:
    """A table of what one client waits for one face."""
    of_model, of_server = [], []
    for _ in range(ROUNDS):
        of_model += [alone.seconds(1) for _ in range(count // ROUNDS)]
        of_server += client.ask(1, count // ROUNDS)
    model, server = (1000 * statistics.median(times) for times in (of_model, of_server))
    return (
        "| model and PNG alone: ms | /api/generate: ms (p50) | p99 | beyond the model | wanted |\n"
        "|---|---|---|---|---|\n"
        f"| {model:.1f} | {server:.1f} | {1000 * np.quantile(of_server, 0.99):.1f} | "
        f"{server - model:+.1f} ms | ≤ 1.5 × + 3 ms = {1.5 * model + 3:.1f} |"
    )


def throughput(alone: Alone, client: Clients, address: str, options: Options) -> str:
    """A table of what many clients get, and of what the server's memory does meanwhile."""
    count = options.requests // ROUNDS
    rates, shares, rows, memory = [], [], [], [megabytes(told(address))]
    for _ in range(ROUNDS):
        before, start = told(address), time.perf_counter()
        client.ask(options.clients, count)
        seconds, after = time.perf_counter() - start, told(address)
        used = {name: after[name] - before[name] for name in after}
        rows.append(used["batch_rows_sum"] / used["batch_rows_count"])
        needed = alone.processor_seconds(max(1, round(rows[-1])))
        rates.append(count / seconds)
        shares.append(needed * count / used["process_cpu_seconds_total"])
        memory.append(megabytes(after))
    return (
        "| clients | images/s | images a call | of what its processor seconds allow | wanted | "
        f"memory before: MB | after {count * ROUNDS:,} requests |\n"
        "|---|---|---|---|---|---|---|\n"
        f"| {options.clients} | {statistics.median(rates):.0f} | {statistics.median(rows):.1f} | "
        f"{statistics.median(shares):.2f} | ≥ 0.8 | {memory[0]:.0f} | {memory[-1]:.0f} |"
    )


class Alone:
    """The model and the PNG encoder, without a server."""

    def __init__(self, version: Any) -> None:
        self._call, side = version.signatures["sample"].call, version.resolution
        self._mask = np.zeros([1, side, side, 1], np.float32)
        self.seconds(1)

    def seconds(self, rows: int) -> float:
        """Of a call for so many images, and their PNG files."""
        start = time.perf_counter()
        self._paint(rows)
        return time.perf_counter() - start

    def processor_seconds(self, rows: int) -> float:
        """An image, when calls are for so many."""
        self._paint(rows)
        times = max(5, 100 // rows)
        start = time.process_time()
        for _ in range(times):
            self._paint(rows)
        return (time.process_time() - start) / times / rows

    def _paint(self, rows: int) -> None:
        seeds = np.arange(rows)
        for image in self._call(mask=np.repeat(self._mask, rows, axis=0), seed=seeds)["image"]:
            pictures.png(image)


class Clients:
    """Clients with a connection each, as cheap as clients can be.

    Args:
      address: of the server, http://host:port/.
      form: fields of each request.
    """

    def __init__(self, address: str, form: dict[str, str]) -> None:
        self._place = urllib.parse.urlsplit(address)
        body = urllib.parse.urlencode(form).encode()
        kind = "application/x-www-form-urlencoded"
        head = f"POST /api/generate HTTP/1.1\r\nHost: {self._place.netloc}\r\nContent-Type: {kind}"
        self._request = f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    def ask(self, clients: int, requests: int) -> list[float]:
        """So many requests, shared by so many clients: the seconds of each."""
        return asyncio.run(self._all(clients, requests))

    async def _all(self, clients: int, requests: int) -> list[float]:
        left = iter(range(requests))
        times = await asyncio.gather(*[self._one(left) for _ in range(clients)])
        return [seconds for each in times for seconds in each]

    async def _one(self, left: Iterator[int]) -> list[float]:
        reader, writer = await asyncio.open_connection(self._place.hostname, self._place.port)
        times = []
        for _ in left:
            start = time.perf_counter()
            writer.write(self._request)
            head = await reader.readuntil(b"\r\n\r\n")
            size = re.search(rb"content-length: (\d+)", head)
            assert head.startswith(b"HTTP/1.1 200") and size, head
            await reader.readexactly(int(size[1]))
            times.append(time.perf_counter() - start)
        writer.close()
        return times


def face_of(version: Any) -> dict[str, str]:
    """A form that asks for a face: the data set's mean one, or a circle."""
    turn = np.arange(68)[:, None] * np.pi / 34
    points = np.hstack([np.cos(turn), np.sin(turn)]) / 4 + 0.5
    points = points if version.shapes is None else version.shapes.mean
    return {"landmarks": json.dumps(points.round(4).tolist()), "seed": "3"}


def told(address: str) -> dict[str, float]:
    """The numbers that /metrics tells by name alone, without our prefix."""
    with urllib.request.urlopen(f"{address}metrics") as answer:
        lines = answer.read().decode().splitlines()
    pairs = [line.split() for line in lines if line[0] != "#" and "{" not in line]
    return {name.removeprefix("mask_embedding_"): float(value) for name, value in pairs}


def megabytes(numbers: dict[str, float]) -> float:
    """Of the server's memory."""
    return numbers["process_resident_memory_bytes"] / 1e6


@contextlib.contextmanager
def serving(model: str, page: bool = False) -> Iterator[str]:
    """The address of a server that ends with the block."""
    shown = "--page" if page else "--nopage"
    command = [sys.executable, "-m", "serving.app", f"--model={model}", "--port=0", shown]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            address = re.search(r"http://\S+", process.stdout.readline())
            if not address:
                raise UserError(f"--model {model}: the server did not start")
            yield address[0]
        finally:
            process.terminate()


if __name__ == "__main__":
    command_line.run(main)
