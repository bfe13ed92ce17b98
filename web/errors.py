"""The one place where errors become HTTP answers.

For `/api` and its neighbours: RFC 9457 problem documents. For pages: what `app[ERROR_PAGE]` makes.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from crm import errors
from recordings.errors import ConversionError, RecordingMissingError
from web.context import REQUEST_ID

log = structlog.get_logger("web")

PROBLEM_TYPE = "application/problem+json"
MACHINE_PATHS = ("/api/", "/live", "/sip", "/softphone/account", "/healthz", "/readyz", "/metrics")


@dataclass(frozen=True, slots=True)
class Problem:
    """`code` is for programs and never translated; `fields` is field -> what is wrong with it."""

    status: int
    code: str
    detail: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return HTTPStatus(self.status).phrase


class HttpError(Exception):
    """Raised by the web's own code, where no domain error fits."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail or problem.code)
        self.problem = problem


ErrorPage = Callable[[web.Request, Problem], Awaitable[web.StreamResponse]]
ERROR_PAGE: web.AppKey[ErrorPage] = web.AppKey("error_page")


def unauthorized(detail: str = "Sign in, or send a valid token.") -> HttpError:
    headers = {"WWW-Authenticate": 'Bearer realm="hovorna"'}
    return HttpError(Problem(401, "unauthorized", detail, headers=headers))


def too_large(limit: int) -> HttpError:
    detail = f"The body is larger than the {limit} bytes allowed."
    return HttpError(Problem(413, "too_large", detail, headers={"Connection": "close"}))


def not_available(detail: str) -> HttpError:
    return HttpError(Problem(501, "not_available", detail))


def invalid(fields: Mapping[str, str]) -> HttpError:
    return HttpError(Problem(422, "invalid", "Some fields are not right.", fields))


_DOMAIN: dict[type[Exception], tuple[int, str]] = {
    errors.NotFound: (404, "not_found"),
    errors.Forbidden: (403, "forbidden"),
    errors.NotSignedIn: (401, "unauthorized"),
    errors.Conflict: (409, "conflict"),
    errors.LoginTaken: (409, "conflict"),
    errors.LimitReached: (403, "limit_reached"),
    errors.PhoneUnavailable: (503, "telephone_unavailable"),
    errors.DatabaseUnavailable: (503, "database_unavailable"),
    RecordingMissingError: (404, "not_found"),
    ConversionError: (503, "audio_unavailable"),
}


def problem_of(error: Exception) -> Problem | None:
    """How this error is told to the client; None for one that nobody foresaw."""
    match error:
        case HttpError():
            return error.problem
        case errors.Invalid():
            return invalid(error.fields).problem
        case errors.TooManyAttempts():
            after = {"Retry-After": str(error.retry_after)}
            return Problem(429, "too_many_attempts", str(error), headers=after)
        case errors.CrmError() | RecordingMissingError() | ConversionError():
            status, code = _DOMAIN.get(type(error), (500, "internal"))
            return Problem(status, code, str(error))
        case web.HTTPRequestEntityTooLarge():
            return Problem(413, "too_large", error.text or "", headers={"Connection": "close"})
        case web.HTTPException() if error.status >= 400:
            return _of_aiohttp(error)
    return None


def _of_aiohttp(error: web.HTTPException) -> Problem:
    allow = error.headers.get("Allow")
    code = HTTPStatus(error.status).phrase.lower().replace(" ", "_")
    return Problem(error.status, code, headers={"Allow": allow} if allow else {})


def problem_response(problem: Problem, request_id: str) -> web.Response:
    """RFC 9457. Members beyond it: `code`, `errors` (field -> message), `request_id`."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail or problem.title,
        "request_id": request_id,
    }
    if problem.fields:
        body["errors"] = dict(problem.fields)
    return web.Response(
        body=json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace"),
        status=problem.status,
        content_type=PROBLEM_TYPE,
        headers=problem.headers,
    )


def wants_problem(request: web.Request) -> bool:
    return request.path.startswith(MACHINE_PATHS)


@web.middleware
async def errors_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        problem = problem_of(error)
    except Exception as error:
        problem = problem_of(error)
        if problem is None:
            log.exception("request_failed", request_id=request[REQUEST_ID])
    if request.writer.output_size > 0:
        # Part of an answer is on its way; a second one would only garble it.
        raise ConnectionAbortedError
    if problem is None:
        problem = Problem(500, "internal", "Something went wrong here. It has been written down.")
    return await _answer(request, problem)


async def _answer(request: web.Request, problem: Problem) -> web.StreamResponse:
    page = None if wants_problem(request) else request.app.get(ERROR_PAGE)
    if page is None:
        return problem_response(problem, request[REQUEST_ID])
    try:
        response = await page(request, problem)
    except Exception:
        log.exception("error_page_failed", request_id=request[REQUEST_ID])
        return problem_response(problem, request[REQUEST_ID])
    response.set_status(problem.status)
    response.headers.update(problem.headers)
    return response
