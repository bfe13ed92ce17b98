"""Number to cards with 1,000,000 clients and 1,300,000 numbers on SQLite: direct, and over HTTP.

`CLIENTS=10000` in the environment makes a smaller one, to try the benchmark itself.
"""

import asyncio
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from config.settings import Settings
from crm.app import Crm, open_crm
from crm.clients.models import CardType
from crm.clients.views import CardFilter
from hovorna.telephone import Telephone
from tests.bench import _million
from tests.bench._house import cpu_seconds, tcp_port

_ROOT = Path(__file__).parents[2]
DIRECT = 20_000
CONNECTIONS = 8
REQUESTS = 12_000
START_SECONDS = 60


def run() -> dict[str, object]:
    return asyncio.run(_run())


async def _run() -> dict[str, object]:
    clients = int(os.environ.get("CLIENTS", _million.CLIENTS))
    with tempfile.TemporaryDirectory(prefix="hovorna-bench-") as name:
        data = Path(name)
        began = time.perf_counter()
        token = await _million.make(data, clients)
        size = (data / "hovorna.db").stat().st_size
        figures: dict[str, object] = {
            "clients": clients,
            "make_s": round(time.perf_counter() - began, 1),
            "database_mb": round(size / 1e6),
        }
        figures |= await _direct(data, clients)
        async with _served(data) as (port, process):
            figures |= await _over_http(port, token, clients, process)
        return figures


async def _direct(data: Path, clients: int) -> dict[str, object]:
    crm = await open_crm(Settings(data=data), Telephone())
    try:
        actor = await crm.sign_in.actor_by_login("bench")
        chance = random.Random(1)
        times = []
        for _ in range(DIRECT):
            client = chance.randint(1, clients)
            number = _million.first_number(client)
            began = time.perf_counter()
            found = await crm.lookup.find(actor, number)
            times.append((time.perf_counter() - began) * 1000)
            assert client in [card.id for card in found.cards]
        return {
            "direct_p50_ms": _percentile(times, 50),
            "direct_p95_ms": _percentile(times, 95),
            "direct_p99_ms": _percentile(times, 99),
            **await _lists(crm),
        }
    finally:
        await crm.close()


async def _lists(crm: Crm) -> dict[str, object]:
    """What the pages ask of so large a database."""
    actor = await crm.sign_in.actor_by_login("bench")
    wanted = {
        "list_contacts_ms": CardFilter(),
        "list_by_name_ms": CardFilter(order="name"),
        "search_common_word_ms": CardFilter(q="novak"),
        "search_prefix_ms": CardFilter(q="nov"),
        "search_number_ms": CardFilter(q="777 123 4"),
        "search_two_words_ms": CardFilter(q="jan nov"),
    }
    figures: dict[str, object] = {}
    for name, filter_ in wanted.items():
        times = []
        for _ in range(5):
            began = time.perf_counter()
            await crm.clients.list_cards(actor, CardType.CONTACT, filter_)
            times.append((time.perf_counter() - began) * 1000)
        figures[name] = round(statistics.median(times), 1)
    return figures


@asynccontextmanager
async def _served(data: Path) -> AsyncIterator[tuple[int, psutil.Process]]:
    """The real web in a process of its own, beside nothing."""
    port = tcp_port()
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HOVORNA_")}
    environment = kept | {
        "HOVORNA_DATA": str(data),
        "HOVORNA_HTTP_PORT": str(port),
        "HOVORNA_LOG_LEVEL": "warning",
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "hovorna", "web"),
        env=environment,
        cwd=_ROOT,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            while child.returncode is None:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except ConnectionError:
                    await asyncio.sleep(0.1)
                    continue
                writer.close()
                break
            else:
                raise RuntimeError("hovorna web ended")
        yield port, psutil.Process(child.pid)
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGTERM)
        await child.wait()


async def _over_http(
    port: int, token: str, clients: int, process: psutil.Process
) -> dict[str, object]:
    await _ask(port, token, clients, 500, 0)  # the first ones read the file into memory
    used, began = cpu_seconds(process), time.perf_counter()
    share = REQUESTS // CONNECTIONS
    answers = await asyncio.gather(
        *(_ask(port, token, clients, share, i + 1) for i in range(CONNECTIONS))
    )
    seconds = time.perf_counter() - began
    times = [t for part in answers for t in part]
    alone = await _ask(port, token, clients, 1000, 99)
    return {
        "http_requests_per_s": round(len(times) / seconds),
        "http_p50_ms": _percentile(times, 50),
        "http_p95_ms": _percentile(times, 95),
        "http_one_client_p50_ms": _percentile(alone, 50),
        "http_cpu_cores": round((cpu_seconds(process) - used) / seconds, 2),
        "http_rss_mb": round(process.memory_info().rss / 1e6, 1),
    }


async def _ask(port: int, token: str, clients: int, count: int, seed: int) -> list[float]:
    """Milliseconds of each request on one connection. A bare client: the server is measured."""
    chance = random.Random(seed)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times = []
    try:
        for _ in range(count):
            client = chance.randint(1, clients)
            number = _million.first_number(client).replace("+", "%2B")
            began = time.perf_counter()
            writer.write(
                f"GET /api/v1/lookup?number={number} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                f"Authorization: Bearer {token}\r\n\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            times.append((time.perf_counter() - began) * 1000)
            assert head.startswith(b"HTTP/1.1 200"), body
            assert f'"id":{client},'.encode() in body.replace(b": ", b":"), body
    finally:
        writer.close()
    return times


def _percentile(times: list[float], percent: int) -> float:
    return round(statistics.quantiles(times, n=100)[percent - 1], 3)
