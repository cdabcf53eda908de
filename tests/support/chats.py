"""Slack and a flow of Power Automate as contract servers of our own: real HTTP on the loopback, as their documents say.

Fill `answers` with what a method answers next; without one it answers as the real service does when all is well.
"""

import hashlib
import hmac
import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode

from advocacy.foundation import clock, preferences
from config.settings import Settings

NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)
BOT_TOKEN, SIGNING_SECRET = "xoxb-1111111111-not-a-real-token", "8f742231b10e8888abcd99yyyzzz85a5"
WORKSPACE = "T1DC2JH3J"
FLOW = "/workflows/0b5e/triggers/manual/paths/invoke?api-version=2016-06-01&sig=only-the-flow-knows"


@dataclass(frozen=True)
class Says:
    """One answer: a status with a body, or one of the ways in which a connection ends badly."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    ends: str = ""  # "before": closed without an answer; "reset": broken off in mid-body; "slow": longer than we wait


@dataclass
class Came:
    """One call as it came in."""

    method: str
    fields: dict[str, Any]
    token: str


@dataclass
class ChatServer:
    """Both services behind one port. `members` are the people of the workspace by mail address."""

    port: int
    members: dict[str, str] = field(default_factory=dict)
    came: list[Came] = field(default_factory=list)
    answers: dict[str, list[Says]] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def flow(self) -> str:
        return f"http://127.0.0.1:{self.port}{FLOW}"

    def calls(self, method: str) -> list[Came]:
        return [came for came in self.came if came.method == method]

    def says(self, method: str, *answers: Says) -> None:
        self.answers.setdefault(method, []).extend(answers)

    def answer_to(self, came: Came) -> Says:
        queued = self.answers.get(came.method)
        if queued:
            return queued.pop(0)
        if came.method == "flow":
            return Says(202)
        if came.token != BOT_TOKEN:
            return Says(body={"ok": False, "error": "invalid_auth"})
        known = {
            "auth.test": {"ok": True, "team": "Meridian", "team_id": WORKSPACE, "user_id": "U0BOT", "bot_id": "B0BOT"},
            "chat.postMessage": {"ok": True, "channel": "D024BE91L", "ts": "1503435956.000247", "message": came.fields},
            "chat.update": {"ok": True, "channel": "D024BE91L", "ts": "1503435956.000247"},
        }
        if came.method == "users.lookupByEmail":
            member = self.members.get(came.fields.get("email", ""))
            found = {"ok": True, "user": {"id": member, "deleted": False, "is_bot": False}}
            return Says(body=found if member else {"ok": False, "error": "users_not_found"})
        return Says(body=known.get(came.method, {"ok": False, "error": "unknown_method"}))


def refused(error: str) -> Says:
    """Return Slack's way of saying no: status 200, and the reason inside."""
    return Says(body={"ok": False, "error": error})


@contextmanager
def chat_server(environment: dict[str, str]) -> Iterator[ChatServer]:
    """Run both services on a free port, and let this process speak to them instead of the real ones."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.startswith("/api/"):
                fields = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
                if "blocks" in fields:
                    fields["blocks"] = json.loads(fields["blocks"])
                came = Came(self.path.removeprefix("/api/"), fields, self.headers["Authorization"].split(" ")[1])
            else:
                came = Came("flow", json.loads(raw), self.path)
            server.came.append(came)
            self._say(server.answer_to(came))

        def _say(self, said: Says) -> None:
            if said.ends == "slow":
                server.over.wait(30)
            if said.ends in {"before", "slow"}:
                self.close_connection = True
                return
            body = said.body if isinstance(said.body, bytes) else json.dumps(said.body or {}).encode()
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) + (1_000 if said.ends == "reset" else 0)))
            self.end_headers()
            self.wfile.write(body)
            if said.ends == "reset":
                self.wfile.flush()
                # Closed with something unsent: the other side sees a reset in the middle of the body.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = ChatServer(running.server_address[1])
    thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    before = preferences.deployment()
    here = {
        "ADVOCACY_SLACK_API": f"http://127.0.0.1:{server.port}/api",
        "ADVOCACY_TEAMS_HOSTS": "127.0.0.1 *.logic.azure.com",
        "ADVOCACY_EGRESS_INSIDE": f"127.0.0.1:{server.port}",
    }
    try:
        preferences.init(Settings.from_env({**environment, **here}))
        yield server
    finally:
        preferences.init(before)
        server.over.set()
        running.shutdown()
        running.server_close()


def signed(raw: bytes, *, secret: str = SIGNING_SECRET, at: float | None = None) -> dict[str, str]:
    """Return the headers Slack would send with a body."""
    stamp = str(int(clock.now().timestamp() if at is None else at))
    mac = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + raw, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={mac}",
        "Content-Type": "application/x-www-form-urlencoded",
    }


def press(member_id: str, action: str, value: str = "", *, team: str = WORKSPACE) -> bytes:
    """Return the body Slack sends when somebody presses something below a message."""
    chosen = {"type": "static_select", "selected_option": {"value": value}}
    payload = {
        "type": "block_actions",
        "team": {"id": team, "domain": "meridian"},
        "user": {"id": member_id, "username": "amelie"},
        "container": {"type": "message", "channel_id": "D024BE91L", "message_ts": "1503435956.000247"},
        "actions": [{"action_id": action, "block_id": "=qXel", "action_ts": str(time.time())} | chosen],
        "response_url": "https://hooks.slack.com/actions/T1DC2JH3J/1/x",
        "trigger_id": "12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3",
    }
    return urlencode({"payload": json.dumps(payload)}).encode()
