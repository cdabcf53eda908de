#!/usr/bin/env bash
# Lints the SQL of every migration on its own, as PostgreSQL would get it. No database is needed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export DATABASE_OWNER_URL=postgresql+psycopg://lint@127.0.0.1/lint

if ! .venv/bin/alembic upgrade base:head --sql >"$folder/all" 2>"$folder/log"; then
    cat "$folder/log" >&2
    exit 1
fi
# One file per migration: within one file the linter takes every table for a new one, on which all is allowed.
# env.py sets the timeouts and the transaction; here the linter is told so.
awk -v folder="$folder" '
    /^-- Running upgrade / {
        file = sprintf("%s/%s.sql", folder, $NF)
        print "SET lock_timeout = '"'4s'"';\nSET statement_timeout = '"'60s'"';" > file
    }
    file != "" && !/^(BEGIN|COMMIT);$/ { print > file }
' "$folder/all"
.venv/bin/squawk --config deploy/squawk.toml "$folder"/*.sql
