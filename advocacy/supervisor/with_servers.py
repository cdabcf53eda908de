"""`python -m advocacy.supervisor.with_servers MODULE [ARGUMENT...]`: run a module on the servers of a running `up`."""

import os
import sys

from advocacy.supervisor.processes import StartError
from advocacy.supervisor.servers import home_of, is_given, published, with_keys
from config.settings import SettingsError


def main(arguments: list[str]) -> None:
    """Become the module, with the servers' addresses and the keys in its environment."""
    environ = with_keys(os.environ)
    if not is_given(environ, "DATABASE_URL"):
        found = published(home_of(environ))
        if found is None:
            raise StartError("No servers are running: start `make run` first, or set DATABASE_URL and REDIS_URL.")
        environ |= found
    os.execve(sys.executable, [sys.executable, "-m", *arguments], environ)  # noqa: S606 - the caller's own command


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (StartError, SettingsError) as problem:
        sys.exit(str(problem))
