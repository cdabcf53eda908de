"""`python -m advocacy.supervisor`: everything on this machine, without the command line around it."""

import sys

from advocacy.supervisor.processes import StartError
from advocacy.supervisor.up import up
from config.settings import SettingsError

if __name__ == "__main__":
    try:
        sys.exit(up())
    except (StartError, SettingsError) as problem:
        sys.exit(str(problem))
