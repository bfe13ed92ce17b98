"""What holds for every request: headers, limits, errors, request ids."""

from tests.unit.web.house import House


async def test_every_answer_has_security_headers(house: House) -> None:
    for path in ("/healthz", "/api/v1/me", "/nowhere"):
        response = await house.client.get(path, allow_redirects=False)
        policy = response.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert len(response.headers["X-Request-Id"]) == 16
