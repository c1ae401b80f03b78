"""Settings, read once from the environment; nothing else in the portal reads it.

| variable | meaning | default |
|---|---|---|
| PORTAL_ENV | ``demo`` or ``production`` | ``production`` |
| PORTAL_DATABASE_URL | SQLAlchemy URL | SQLite file in the instance folder |
| PORTAL_SECRET_KEY | signs sessions; 32 characters or more | demo: made and kept in the instance folder |
| PORTAL_DATA_KEY | encrypts sensitive personal data; 32 bytes in base64 | demo: made and kept in the instance folder |
| PORTAL_DATA_KEYS_OLD | earlier data keys, by commas, until ``portal data rekey`` is done | none |
| PORTAL_INSTANCE | folder for the embedded database and other local files | ``./instance`` |
| PORTAL_PACK_PATH | further pack roots, separated by the system's path separator | none |
| PORTAL_TRUSTED_HOSTS | host names the portal answers to, by commas | ``localhost,127.0.0.1`` |
| PORTAL_HTTPS | ``1`` where the portal is reached by HTTPS: Secure cookies and HSTS | ``1`` in production |
| PORTAL_PROXIES | how many reverse proxies stand in front, for the client's address | ``0`` |
| PORTAL_METRICS_TOKEN | who sends it as a bearer token may read ``/metrics`` | none: only this machine |
| PORTAL_SESSION_IDLE_MINUTES | a session that is not used for so long ends; 1 to 30 | ``30`` |
| PORTAL_SECOND_FACTOR | ``required`` of the roles that ask for one, or ``optional`` | demo: ``optional`` |
| PORTAL_SECOND_PERSON | ``required``: two people for whoever sees personal data, ``optional`` | demo: ``optional`` |
| PORTAL_ADMIN_RECORDS | ``hidden``: administrators see no cases and other records, or ``shown`` | ``hidden`` |
| PORTAL_SESSION_HOURS | a session ends so long after signing in, used or not; 1 to 12 | ``12`` |
| PORTAL_SIGN_INS_PER_ADDRESS | wrong sign-ins from one address within 5 minutes; 10 to 100000 | ``50`` |
| PORTAL_HINTS_FILE | the channels of hints to WeCom, DingTalk, Feishu or mail, a line for each | none: no hints |
| PORTAL_ADDRESS | where staff reach the portal, such as ``https://portal.example.gov.cn``: the link of a hint | none |
| PORTAL_HINTS_PRIVATE | ``allowed``: hints may go to hosts of private networks, or ``refused`` | ``refused`` |
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portal.core.errors import PortalError, msg
from portal.core.hints import Hints, channels

MIN_SECRET = 32
MIN_DIFFERENT = 10
MIN_TOKEN = 16
# What is asked of administrators where nothing is set: the demo is to be tried out without an authenticator.
DATABASE_FILE = "portal.db"
LOCAL_HOSTS = ("localhost", "127.0.0.1")
# A name or an IPv4 address; a full stop before it lets in what is below it, a port behind it counts for nothing.
_HOST = re.compile(r"[.\w][\w.-]*(:[0-9]{1,5})?")
_ADDRESS = re.compile(r"https?://[\w.-]+(:[0-9]{1,5})?(/[\w./-]*)?")
_USUAL = {"demo": "optional", "production": "required"}
_KNOWN_SECRETS = frozenset(
    {"change-me", "secret", "thisismyscretkey", "\\2\\1thisismyscretkey\\1\\2\\e\\y\\y\\h"}
)


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process runs."""

    database_url: str
    secret_key: str
    instance_path: Path
    env: str = "production"
    data_key: str = field(default="", repr=False)
    old_data_keys: tuple[str, ...] = field(default=(), repr=False)
    pack_roots: tuple[Path, ...] = ()
    trusted_hosts: tuple[str, ...] = LOCAL_HOSTS
    https: bool = True
    proxies: int = 0
    testing: bool = False
    session_idle_minutes: int = 30
    session_hours: int = 12
    metrics_token: str = ""
    second_factor: bool = True
    second_person: bool = True
    admin_records: bool = False
    sign_ins_per_address: int = 50
    hints: Hints = field(default_factory=Hints)

    @property
    def demo(self) -> bool:
        """Whether demo data and demo accounts are allowed here."""
        return self.env == "demo"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings; raise PortalError where one cannot be used."""
        env = dict(os.environ if environ is None else environ)
        kind = env.get("PORTAL_ENV", "production")
        if kind not in ("demo", "production"):
            raise PortalError(
                "settings.env", msg("PORTAL_ENV must be demo or production, not %(value)s"), {"value": kind}
            )
        instance = instance_folder(env)
        roots = [Path(p).resolve() for p in env.get("PORTAL_PACK_PATH", "").split(os.pathsep) if p]
        return cls(
            database_url=env.get("PORTAL_DATABASE_URL") or f"sqlite:///{instance / DATABASE_FILE}",
            secret_key=_secret(env.get("PORTAL_SECRET_KEY", ""), kind, instance),
            instance_path=instance,
            data_key=_data_key(env.get("PORTAL_DATA_KEY", ""), kind, instance),
            old_data_keys=tuple(
                k.strip() for k in env.get("PORTAL_DATA_KEYS_OLD", "").split(",") if k.strip()
            ),
            env=kind,
            pack_roots=tuple(roots),
            trusted_hosts=_hosts(env.get("PORTAL_TRUSTED_HOSTS", "")),
            https=_choice(env, "PORTAL_HTTPS", ("1", "0"), "0" if kind == "demo" else "1"),
            proxies=_number(env, "PORTAL_PROXIES", 9, least=0, usual=0),
            session_idle_minutes=_number(env, "PORTAL_SESSION_IDLE_MINUTES", 30),
            session_hours=_number(env, "PORTAL_SESSION_HOURS", 12),
            metrics_token=_token(env.get("PORTAL_METRICS_TOKEN", "")),
            sign_ins_per_address=_number(env, "PORTAL_SIGN_INS_PER_ADDRESS", 100_000, least=10, usual=50),
            second_factor=_choice(env, "PORTAL_SECOND_FACTOR", ("required", "optional"), _USUAL[kind]),
            second_person=_choice(env, "PORTAL_SECOND_PERSON", ("required", "optional"), _USUAL[kind]),
            admin_records=_choice(env, "PORTAL_ADMIN_RECORDS", ("shown", "hidden"), "hidden"),
            hints=_hints(env),
        )


def database_url(environ: Mapping[str, str] | None = None) -> str | None:
    """Return the address of the database, without any other setting; None where none is named and no file is there."""
    env = os.environ if environ is None else environ
    if env.get("PORTAL_DATABASE_URL"):
        return env["PORTAL_DATABASE_URL"]
    file = instance_folder(env) / DATABASE_FILE
    return f"sqlite:///{file}" if file.is_file() else None


def instance_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Return the folder of the embedded database and other local files; it need not be there."""
    env = os.environ if environ is None else environ
    return Path(env.get("PORTAL_INSTANCE", "instance")).resolve()


def _hints(env: Mapping[str, str]) -> Hints:
    """Return the channels of hints, which need the portal's own address; without a file there are none."""
    private = _choice(env, "PORTAL_HINTS_PRIVATE", ("allowed", "refused"), "refused")
    file, address = env.get("PORTAL_HINTS_FILE", ""), env.get("PORTAL_ADDRESS", "").rstrip("/")
    if not file:
        return Hints(address=address, private=private)
    if _ADDRESS.fullmatch(address) is None:
        raise PortalError(
            "settings.address",
            msg("PORTAL_ADDRESS must be the address of the portal, such as https://portal.example.gov.cn"),
        )
    try:
        text = Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        message = msg("PORTAL_HINTS_FILE: there is no file %(file)s that can be read")
        raise PortalError("settings.hints", message, {"file": file}) from None
    return Hints(channels(text), address, private)


def _hosts(given: str) -> tuple[str, ...]:
    """Return names of hosts as browsers send them, in small letters; one that could never match is refused."""
    hosts = tuple(one.strip().lower() for one in given.split(",") if one.strip())
    for host in hosts:
        if _HOST.fullmatch(host) is None:
            raise PortalError(
                "settings.hosts",
                msg("PORTAL_TRUSTED_HOSTS: “%(host)s” is no name of a host, such as portal.example.gov.cn"),
                {"host": host},
            )
    return hosts or LOCAL_HOSTS


def _choice(env: Mapping[str, str], name: str, words: tuple[str, str], usual: str) -> bool:
    """Return whether the first of two words is set; where nothing is, the usual one holds."""
    given = env.get(name) or usual
    if given not in words:
        raise PortalError(
            "settings.choice",
            msg("%(name)s must be %(first)s or %(second)s"),
            {"name": name, "first": words[0], "second": words[1]},
        )
    return given == words[0]


def _token(given: str) -> str:
    """Return the token of who reads the counters; one that could be guessed is refused."""
    if given and (len(given) < MIN_TOKEN or len(set(given)) < MIN_TOKEN // 2):
        raise PortalError(
            "settings.token",
            msg("PORTAL_METRICS_TOKEN must be a random text of at least %(length)s characters"),
            {"length": MIN_TOKEN},
        )
    return given


def _number(env: Mapping[str, str], name: str, most: int, least: int = 1, usual: int | None = None) -> int:
    """Return a whole number from ``least`` to ``most``; where nothing is set, the usual one or else the most."""
    given = env.get(name) or str(most if usual is None else usual)
    if not (given.isascii() and given.isdecimal() and len(given) < 10 and least <= int(given) <= most):
        raise PortalError(
            "settings.number",
            msg("%(name)s must be a whole number from %(least)s to %(most)s"),
            {"name": name, "least": least, "most": most},
        )
    return int(given)


def _secret(given: str, kind: str, instance: Path) -> str:
    """Return the signing key; production must bring a real one, the demo keeps a random one in a file."""
    if given:
        if _is_weak(given):
            raise PortalError(
                "settings.secret",
                msg("PORTAL_SECRET_KEY must be a random text of at least %(length)s characters"),
                {"length": MIN_SECRET},
            )
        return given
    if kind != "demo":
        raise PortalError(
            "settings.secret",
            msg(
                "PORTAL_SECRET_KEY is not set. On a computer to try things out, this terminal does not know the "
                "settings yet: run the env.sh of your configuration, such as . ~/zhuji/env.sh. On a server, set "
                "it to a random text of at least %(length)s characters"
            ),
            {"length": MIN_SECRET},
        )
    return _kept(instance, "secret.key", secrets.token_urlsafe(48))


def _is_weak(secret: str) -> bool:
    """Return whether a signing key could be guessed: short, known, of few signs, or one piece over and over."""
    # A word repeated is found at another place in itself doubled than at its beginning and its end.
    repeats = (secret + secret).find(secret, 1) < len(secret)
    known = any(secret.lower().startswith(one.lower()) for one in _KNOWN_SECRETS)
    return len(secret) < MIN_SECRET or known or len(set(secret)) < MIN_DIFFERENT or repeats


def _is_plain(given: str) -> bool:
    """Return whether a key of the data is nothing that chance gives: few different bytes."""
    try:
        return bool(given) and len(set(base64.b64decode(given))) < MIN_DIFFERENT
    except ValueError:
        return False  # said by those who read it


def _data_key(given: str, kind: str, instance: Path) -> str:
    """Return the key of the data; production must bring one and keep it apart from the database."""
    if kind != "demo" and _is_plain(given):
        raise PortalError("settings.data_key", msg("A data key is 32 random bytes, written in base64"))
    if given or kind == "demo":
        return given or _kept(instance, "data.key", base64.b64encode(secrets.token_bytes(32)).decode())
    raise PortalError(
        "settings.data_key", msg("PORTAL_DATA_KEY must be set: portal data new-key makes one; keep it safe")
    )


def _kept(instance: Path, name: str, fresh: str) -> str:
    """Return what a file of the instance folder holds; of several processes that start at once, one writes it."""
    path = instance / name
    if not path.exists():
        instance.mkdir(parents=True, exist_ok=True)
        own = instance / f".{name}.{os.getpid()}"
        with open(own, "w", opener=lambda p, flags: os.open(p, flags, 0o600)) as file:
            file.write(fresh)
        # Linked when it is whole: nobody reads half a key.
        with contextlib.suppress(FileExistsError):
            os.link(own, path)
        own.unlink()
    return path.read_text().strip()
