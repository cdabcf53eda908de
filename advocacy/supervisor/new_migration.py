"""`python -m advocacy.supervisor.new_migration NAME`: compare models and schema, write the next numbered migration."""

import re
import sys

from advocacy.supervisor.migrate import migrations_folder
from advocacy.supervisor.processes import StartError
from advocacy.supervisor.servers import running_servers
from config.settings import SettingsError


def main(name: str) -> None:
    """Write the file and make it the head. Raises StartError for a name that is not a few lower-case words."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{2,60}", name):
        raise StartError(f"{name!r} is not usable; name the migration by a few words such as add_goal.")
    from alembic import command
    from alembic.config import Config

    folder = migrations_folder()
    with running_servers() as running:
        number = max((int(file.name[:4]) for file in folder.glob("versions/[0-9]*.py")), default=0) + 1
        configuration = Config(str(folder.parent / "alembic.ini"))
        configuration.set_main_option("sqlalchemy.url", running.settings.database_owner_url.replace("%", "%%"))
        command.upgrade(configuration, "head")
        command.revision(configuration, message=name, rev_id=f"{number:04d}", autogenerate=True)
    (folder / "current_head").write_text(f"{number:04d}\n", encoding="ascii")


if __name__ == "__main__":
    try:
        main(" ".join(sys.argv[1:]))
    except (StartError, SettingsError) as problem:
        sys.exit(str(problem))
