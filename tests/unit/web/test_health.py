"""What those who watch the service are told."""

from pathlib import Path

import pytest

from crm.errors import DatabaseUnavailable
from tests.unit.web.conftest import no_blocking
from tests.unit.web.house import House, open_house
from tests.unit.web.test_auth import sign_in
from tests.unit.web.test_live import listen
from web.ports import Gauges, PartStatus


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
async def test_alive_and_ready(house: House, prefix: str) -> None:
    assert (await house.client.get(f"{prefix}/healthz")).status == 200
    response = await house.client.get(f"{prefix}/readyz")
    body = await response.json()
    assert (response.status, body["ready"]) == (200, True)
    assert body["parts"]["pbx"] == {"ok": True, "detail": "22.10.0"}


async def test_not_ready_says_why(house: House) -> None:
    house.status.pbx_status = PartStatus(False, "not connected")
    response = await house.client.get("/readyz")
    body = await response.json()
    assert (response.status, body["ready"]) == (503, False)
    assert body["parts"]["pbx"] == {"ok": False, "detail": "not connected"}
    assert body["parts"]["database"]["ok"] is True
    assert (await house.client.get("/healthz")).status == 200


FULL = (
    "The disk of /var/<spool>, where the PBX records, is nearly full: soon nothing will be "
    "recorded. Free some space, or set recordings_keep_days."
)


async def test_what_an_administrator_must_mend_is_told_though_calls_go_on(house: House) -> None:
    assert (await (await house.client.get("/readyz")).json())["troubles"] == 0
    house.status.to_mend = (FULL, "CEL is not available: no source is set (cel_source)")
    response = await house.client.get("/readyz")
    body = await response.json()
    assert (response.status, body["ready"], body["troubles"]) == (200, True, 2)
    assert "spool" not in str(body)  # paths are for those who are signed in
    assert "hovorna_troubles 2.0" in await (await house.client.get("/metrics")).text()


async def test_the_board_tells_an_administrator_what_to_mend(house: House) -> None:
    house.status.to_mend = (FULL,)
    for who, told in (("admin", True), ("sup", False), ("eva", False)):
        await sign_in(house, who)
        text = await (await house.client.get("/board/content")).text()
        assert ("soon nothing will be recorded" in text) is told
        assert ("/var/&lt;spool&gt;" in text) is told
        house.client.session.cookie_jar.clear()


async def test_a_database_that_is_away_is_a_reason(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> None:
        raise DatabaseUnavailable("disk I/O error at /var/lib/hovorna")

    monkeypatch.setattr(house.crm, "ping", away)
    response = await house.client.get("/readyz")
    database = (await response.json())["parts"]["database"]
    assert (response.status, database) == (503, {"ok": False, "detail": "DatabaseUnavailable"})


async def test_figures_count_requests_by_route_and_open_sockets(house: House) -> None:
    house.status.figures = Gauges(
        ami_lag_seconds=0.25, ami_events=1234, calls_live=7, recordings_waiting=3
    )
    house.status.bridge_status = PartStatus(False, "AMI login refused")
    for number in range(3):
        await house.call("GET", f"/calls/{number + 1000}")
    ws = await listen(house)
    text = await (await house.client.get("/metrics")).text()
    route = 'method="GET",route="/api/v1/calls/{id}",status="404"'
    assert f"hovorna_http_requests_total{{{route}}} 3.0" in text
    assert "hovorna_live_sockets 1.0" in text
    assert "hovorna_ami_lag_seconds 0.25" in text
    assert "hovorna_ami_events 1234.0" in text
    assert "hovorna_calls_live 7.0" in text
    assert "hovorna_recordings_waiting 3.0" in text
    assert 'hovorna_part_up{part="bridge"} 0.0' in text
    assert 'hovorna_part_up{part="pbx"} 1.0' in text
    await ws.close()


async def test_paths_that_do_not_exist_make_no_figures_of_their_own(house: House) -> None:
    for name in ("a", "b"):
        await house.client.get(f"/api/v1/nothing/{name}")
    text = await (await house.client.get("/metrics")).text()
    assert 'hovorna_http_requests_total{method="GET",route="-",status="404"} 2.0' in text
    assert "nothing" not in text


async def test_figures_are_for_this_machine_and_administrators(tmp_path: Path) -> None:
    async with open_house(tmp_path, trusted_proxies=("127.0.0.1",)) as house:
        with no_blocking():
            far = {"X-Forwarded-For": "203.0.113.7"}
            assert (await house.client.get("/metrics", headers=far)).status == 403
            for who, status in {"eva": 403, "sup": 403, "admin": 200}.items():
                headers = far | {"Authorization": f"Bearer {house.tokens[who]}"}
                assert (await house.client.get("/metrics", headers=headers)).status == status


async def test_a_proxy_we_were_not_told_of_does_not_make_everybody_local(house: House) -> None:
    response = await house.client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"})
    assert response.status == 403
