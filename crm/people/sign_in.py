"""Signing in: sessions of browsers, tokens of programs, and slowing down those who guess."""

import asyncio
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from crm.bus import Bus, BusEvent
from crm.db import Clock, Database
from crm.errors import Forbidden, Invalid, NotFound, NotSignedIn, TooManyAttempts
from crm.people import audit
from crm.people.directory import Directories
from crm.people.models import ApiToken, Role, SignIn, SignInFailure, User
from crm.people.permissions import Actor, may_administer
from crm.people.secrets import Entropy, Passwords, token_hash
from crm.people.views import SessionView, TokenView, UserRef
from crm.text import clean
from crm.upsert import insert_missing

SESSION = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=5)
FREE_TRIES = 5  # failures without a wait; then 2, 4, 8... seconds, at most this many:
LONGEST_WAIT = 900
FORGOTTEN_AFTER = timedelta(hours=6)
TOKEN_PREFIX = "hov_"  # noqa: S105 - tells leak scanners what it is; not a secret


class SignInService:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        bus: Bus,
        directories: Directories,
        passwords: Passwords,
        entropy: Entropy,
    ) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus
        self._directories = directories
        self._passwords = passwords
        self._entropy = entropy

    async def sign_in(
        self, login: str, password: str, *, address: str = "", agent: str = ""
    ) -> SessionView:
        """Raises NotSignedIn, or TooManyAttempts without even looking at the password."""
        login = clean(login, 64).lower()
        subjects = [f"login:{login}"] + ([f"address:{clean(address, 64)}"] if address else [])
        # Counted as a failure before it is tried, so that tries at the same moment count too.
        user_id, password_hash = await self._db.write(lambda s: self._begin(s, login, subjects))
        if len(password) > 1000 or not await asyncio.to_thread(
            self._passwords.matches, password_hash, password
        ):
            await self._db.write(lambda s: self._failed(s, login))
            raise NotSignedIn
        token = self._entropy(32)
        expires = self._clock() + SESSION

        def work(session: Session) -> None:
            now = self._clock()
            self._succeeded(session, subjects)
            session.execute(delete(SignIn).where(SignIn.expires_at < now))
            session.add(
                SignIn(
                    token_hash=token_hash(token),
                    user_id=user_id,
                    created_at=now,
                    seen_at=now,
                    expires_at=expires,
                    address=clean(address, 64),
                    agent=clean(agent, 200),
                )
            )

        await self._db.write(work)
        return SessionView(token, user_id, expires)

    async def sign_out(self, token: str) -> None:
        """Ends the session; a second time changes nothing."""
        hashed = token_hash(token)
        await self._db.write(lambda s: s.execute(delete(SignIn).where(SignIn.token_hash == hashed)))
        self._bus.publish([BusEvent("session.ended", self._clock(), {})])

    async def sign_out_everywhere(self, actor: Actor) -> None:
        """Ends all of the actor's sessions, this one too. Tokens stay: they are revoked singly."""

        def work(session: Session) -> None:
            session.execute(delete(SignIn).where(SignIn.user_id == actor.id))
            audit.note(session, actor, self._clock(), "signed_out_everywhere", "user", actor.id)

        await self._db.write(work)
        self._bus.publish([BusEvent("session.ended", self._clock(), {})])

    async def actor_of_session(self, token: str) -> Actor | None:
        """None: unknown, expired, or its user is not active. Use prolongs it."""
        hashed, now = token_hash(token), self._clock()

        def find(session: Session) -> tuple[int, bool] | None:
            row = session.execute(
                select(SignIn.user_id, SignIn.seen_at).where(
                    SignIn.token_hash == hashed, SignIn.expires_at > now
                )
            ).one_or_none()
            return None if row is None else (row.user_id, now - row.seen_at > SEEN_EVERY)

        found = await self._db.read(find)
        if found is None:
            return None
        if found[1]:
            seen = update(SignIn).where(SignIn.token_hash == hashed)
            await self._db.write(
                lambda s: s.execute(seen.values(seen_at=now, expires_at=now + SESSION))
            )
        return self.actor(found[0])

    async def actor_of_token(self, secret: str) -> Actor | None:
        """None: unknown or revoked, or its user is not active."""
        hashed, now = token_hash(secret), self._clock()

        def find(session: Session) -> tuple[int, int, bool] | None:
            row = session.execute(
                select(ApiToken.id, ApiToken.user_id, ApiToken.used_at).where(
                    ApiToken.token_hash == hashed
                )
            ).one_or_none()
            if row is None:
                return None
            return row.id, row.user_id, row.used_at is None or now - row.used_at > SEEN_EVERY

        found = await self._db.read(find)
        if found is None:
            return None
        if found[2]:
            used = update(ApiToken).where(ApiToken.id == found[0]).values(used_at=now)
            await self._db.write(lambda s: s.execute(used))
        return self.actor(found[1])

    def actor(self, user_id: int) -> Actor | None:
        """The user as one who acts; None if there is none, or he is not active."""
        person = self._directories.now.people.get(user_id)
        if person is None or not person.active:
            return None
        return Actor(
            id=person.id,
            login=person.login,
            name=person.name,
            role=Role(person.role),
            department_id=person.department_id,
            language=person.language,
            timezone=person.timezone,
            extensions=person.extensions,
            password_once=person.password_once,
        )

    async def actor_by_login(self, login: str) -> Actor:
        """For the command line. Raises NotFound."""
        for person in self._directories.now.people.values():
            if person.login == login.lower():
                actor = self.actor(person.id)
                if actor is not None:
                    return actor
        raise NotFound("user", login)

    async def create_token(
        self, actor: Actor, name: str, *, user_id: int | None = None
    ) -> TokenView:
        """A token acts as its user; only an administrator makes one for another.

        The answer holds its secret, which nobody can be told again.
        """
        owner = actor.id if user_id is None else user_id
        if owner != actor.id and not may_administer(actor):
            raise Forbidden
        name = clean(name, 100)
        if not name:
            raise Invalid({"name": "must not be empty"})
        secret = TOKEN_PREFIX + self._entropy(32)

        def work(session: Session) -> TokenView:
            user = session.get(User, owner)
            if user is None:
                raise NotFound("user", owner)
            token = ApiToken(
                user_id=owner,
                name=name,
                token_hash=token_hash(secret),
                created_at=self._clock(),
            )
            session.add(token)
            session.flush()
            audit.note(session, actor, self._clock(), "created", "token", token.id, name=name)
            return TokenView(
                token.id, name, UserRef(owner, user.name), token.created_at, None, secret
            )

        return await self._db.write(work)

    async def list_tokens(self, actor: Actor) -> tuple[TokenView, ...]:
        """The actor's own; all of them for an administrator."""
        query = select(ApiToken, User.name).join(User, User.id == ApiToken.user_id)
        if not may_administer(actor):
            query = query.where(ApiToken.user_id == actor.id)

        def work(session: Session) -> tuple[TokenView, ...]:
            return tuple(
                TokenView(t.id, t.name, UserRef(t.user_id, user), t.created_at, t.used_at)
                for t, user in session.execute(query.order_by(ApiToken.id))
            )

        return await self._db.read(work)

    async def revoke_token(self, actor: Actor, token_id: int) -> None:
        """Raises NotFound, also for another's token unless the actor is an administrator."""

        def work(session: Session) -> None:
            token = session.get(ApiToken, token_id)
            if token is None or (token.user_id != actor.id and not may_administer(actor)):
                raise NotFound("token", token_id)
            session.delete(token)
            audit.note(session, actor, self._clock(), "revoked", "token", token_id)

        await self._db.write(work)
        self._bus.publish([BusEvent("token.revoked", self._clock(), {"id": token_id})])

    def _begin(self, session: Session, login: str, subjects: list[str]) -> tuple[int, str | None]:
        """The user's id and hash (0 and None: unknown). Raises TooManyAttempts."""
        now = self._clock()
        session.execute(delete(SignInFailure).where(SignInFailure.last_at < now - FORGOTTEN_AFTER))
        new = [{"subject": subject, "failures": 0, "last_at": now} for subject in subjects]
        insert_missing(session, SignInFailure, new)
        # Locked, in one order: tries at the same moment are counted one after the other.
        for row in session.scalars(
            select(SignInFailure)
            .where(SignInFailure.subject.in_(subjects))
            .order_by(SignInFailure.subject)
            .with_for_update()
        ):
            wait = _wait(row.failures) - (now - row.last_at).total_seconds()
            if wait > 0:
                raise TooManyAttempts(int(wait) + 1)
            row.failures += 1
            row.last_at = now
        user = session.execute(
            select(User.id, User.password_hash).where(User.login == login, User.active)
        ).one_or_none()
        return (0, None) if user is None else (user.id, user.password_hash)

    def _failed(self, session: Session, login: str) -> None:
        audit.note(session, None, self._clock(), "sign_in_failed", "user", login=login)

    def _succeeded(self, session: Session, subjects: list[str]) -> None:
        """The login starts anew. The address only takes this try back: one good account must not
        wash off the guesses at others."""
        session.execute(delete(SignInFailure).where(SignInFailure.subject == subjects[0]))
        session.execute(
            update(SignInFailure)
            .where(SignInFailure.subject.in_(subjects[1:]), SignInFailure.failures > 0)
            .values(failures=SignInFailure.failures - 1)
        )


def _wait(failures: int) -> int:
    """Seconds until the next try. An office behind one address shares its failures."""
    over = failures - FREE_TRIES
    return 0 if over < 0 else min(LONGEST_WAIT, 2 ** min(over + 1, 20))
