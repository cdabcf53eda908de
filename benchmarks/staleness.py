"""How old is the newest number while clicks arrive? 200 clicks/s for a minute against the whole product.

One link is clicked through the redirect by a plain client at a steady rate while its owner reads the share over the
API. The lag of an answer is the age of the oldest click it does not count yet. Not measured: many links, a network
between client and server, other load on the machine.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from advocacy.supervisor.processes import free_port  # noqa: E402
from benchmarks.report import machine, write  # noqa: E402

TARGET_SECONDS = 60.0
SENDERS = 4
POLL_SECONDS = 0.5


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rate", type=int, default=200, help="clicks a second")
    options.add_argument("--seconds", type=int, default=60)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="advocacy-bench-") as folder:
        product = Product(Path(folder))
        try:
            lags, unanswered = measure(product, chosen.rate, chosen.seconds)
        finally:
            product.stop()
    ordered = sorted(lags)
    absolutes = {
        "clicks": chosen.rate * chosen.seconds,
        "unanswered": unanswered,
        "lag_seconds_median": round(ordered[len(ordered) // 2], 2),
        "lag_seconds_p95": round(ordered[int(len(ordered) * 0.95)], 2),
        "lag_seconds_worst": round(ordered[-1], 2),
    }
    ratios = {"worst_vs_target": round(ordered[-1] / TARGET_SECONDS, 3)}
    write("staleness", machine(), absolutes, ratios)


class Product:
    """`advocacy up` with the demo, on free ports, in a folder of its own."""

    def __init__(self, home: Path) -> None:
        ports = {name: free_port() for name in ("PORTAL", "LINK", "UPLOADS", "INTERNAL")}
        self.environ = {
            **{name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}},
            "ADVOCACY_HOME": str(home),
            "ADVOCACY_INTERNAL_BIND": f"127.0.0.1:{ports['INTERNAL']}",
            **{f"ADVOCACY_{name}_URL": f"http://127.0.0.1:{ports[name]}" for name in ("PORTAL", "LINK", "UPLOADS")},
        }
        self.portal = self.environ["ADVOCACY_PORTAL_URL"]
        self.log = (home / "up.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "advocacy.cli", "up", "--with-demo"],
            cwd=ROOT,
            env=self.environ,
            stdout=self.log,
            stderr=self.log,
        )
        self._wait_until_ready(home)

    def _wait_until_ready(self, home: Path) -> None:
        for _ in range(600):
            try:
                with urlopen(f"{self.portal}/readyz", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.2)
        raise SystemExit((home / "up.log").read_text(errors="replace")[-3000:])

    def token(self, email: str, scopes: str) -> str:
        printed = subprocess.run(
            [sys.executable, "-m", "advocacy.cli", "token", "create", "--email", email, "--scopes", scopes, "--json"],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            check=True,
        )
        return str(json.loads(printed.stdout)["token"])

    def call(self, token: str, path: str, body: dict[str, str] | None = None) -> dict[str, object]:
        request = Request(
            f"{self.portal}/api/v1{path}",
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urlopen(request, timeout=10) as answer:
            return dict(json.load(answer))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self.log.close()


def measure(product: Product, rate: int, seconds: int) -> tuple[list[float], int]:
    """Return the lag at each look, and how many clicks got no answer."""
    token = product.token("ines.duarte@meridian.example", "feed:read,shares:read,shares:write")
    item = product.call(token, "/feed")["data"][0]["id"]  # type: ignore[index]
    share = product.call(
        token, "/shares", {"item_id": item, "network": "linkedin", "text": "Measured. I work at Meridian Works."}
    )
    link = urlsplit(str(share["link_url"]))
    answered: list[float] = []
    lock, unanswered = threading.Lock(), [0]
    start = time.monotonic() + 1.0

    def send(sender: int) -> None:
        connection = HTTPConnection(link.hostname or "", link.port, timeout=10)
        for number in range(sender, rate * seconds, SENDERS):
            time.sleep(max(0.0, start + number / rate - time.monotonic()))
            try:
                connection.request(
                    "GET", link.path, headers={"User-Agent": f"Mozilla/5.0 (X11; Linux x86_64) Visitor/{number}"}
                )
                connection.getresponse().read()
                with lock:
                    answered.append(time.monotonic())
            except OSError:
                connection.close()
                unanswered[0] += 1

    senders = [threading.Thread(target=send, args=(sender,)) for sender in range(SENDERS)]
    for sender in senders:
        sender.start()
    lags: list[float] = []
    deadline = start + seconds + 2 * TARGET_SECONDS
    while time.monotonic() < deadline:
        counted = int(product.call(token, f"/shares/{share['id']}")["clicks"]["raw"] or 0)  # type: ignore[index]
        with lock:
            times = sorted(answered)
        if times:
            lags.append(time.monotonic() - times[counted] if counted < len(times) else 0.0)
        if counted >= len(times) and not any(sender.is_alive() for sender in senders):
            return lags, unanswered[0]
        time.sleep(POLL_SECONDS)
    raise SystemExit("Not every click was counted in time.")


if __name__ == "__main__":
    main()
