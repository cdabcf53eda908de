#!/usr/bin/env bash
# Lints the SQL of every migration on its own, as PostgreSQL would get it. No database is needed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export DATABASE_OWNER_URL=postgresql+psycopg://lint@127.0.0.1/lint

previous=base
for file in migrations/versions/[0-9]*.py; do
    revision=$(sed -nE 's/^revision[^=]*= *"([^"]+)".*/\1/p' "$file")
    if ! .venv/bin/alembic upgrade "$previous:$revision" --sql >"$folder/$(basename "$file" .py).sql" 2>"$folder/log"; then
        cat "$folder/log" >&2
        exit 1
    fi
    previous=$revision
done
.venv/bin/squawk --config deploy/squawk.toml "$folder"/*.sql
