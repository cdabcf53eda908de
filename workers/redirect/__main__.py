"""`python -m workers.redirect`: answer short links. With several processes, this one only watches over them."""

import asyncio
import gc
import signal
import subprocess
import sys
import time

import structlog
import uvloop

from advocacy.foundation import logs
from advocacy.sharing.clicks import agents
from advocacy.supervisor.processes import dies_with_parent, dies_with_parent_now
from config.settings import Settings, SettingsError
from workers.redirect.connection import Connection
from workers.redirect.server import Redirect

log = structlog.get_logger("redirect.main")

ONE_OF_SEVERAL = "--one-of-several"
RESTART_PAUSE_SECONDS = 0.2
STOP_SECONDS = 10.0
BACKLOG = 2_048


async def _serve(settings: Settings, *, shares_port: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for which in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(which, stop.set)
    host, _, port = settings.link_bind.rpartition(":")

    async def listen(redirect: Redirect) -> asyncio.Server:
        return await loop.create_server(
            lambda: Connection(redirect),
            host.strip("[]"),
            int(port),
            backlog=BACKLOG,
            reuse_port=shares_port or None,
        )

    agents.is_preview("")  # builds the pattern before the first click needs it
    redirect = Redirect(settings)
    # What lives as long as the process need not be looked at again, and requests make no cycles.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    await redirect.run(listen, stop)


def _watch(settings: Settings) -> None:
    """Keep the wanted number of processes on one port, and end them with this one."""
    wanted = True

    def stop(_number: int, _frame: object) -> None:
        nonlocal wanted
        wanted = False

    for which in (signal.SIGTERM, signal.SIGINT):
        signal.signal(which, stop)
    children: list[subprocess.Popen[bytes]] = []
    while wanted:
        children = [child for child in children if child.poll() is None]
        while len(children) < settings.link_processes:
            children.append(
                subprocess.Popen(  # noqa: S603 - ourselves
                    [sys.executable, "-m", "workers.redirect", ONE_OF_SEVERAL],
                    preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one prctl call, safe before exec
                )
            )
        time.sleep(RESTART_PAUSE_SECONDS)
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()


def main(arguments: list[str]) -> None:
    """Run until told to stop. Raises SettingsError with all problems at once."""
    settings = Settings.for_redirect()
    logs.configure(settings, "redirect")
    is_one_of_several = ONE_OF_SEVERAL in arguments
    if settings.link_processes > 1 and not is_one_of_several:
        _watch(settings)
        return
    if is_one_of_several:
        dies_with_parent_now(signal.SIGTERM)
    uvloop.run(_serve(settings, shares_port=is_one_of_several))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except SettingsError as problem:
        sys.exit(str(problem))
