#!/usr/bin/env bash
# Runs the plain schema under pgbench and prints its transactions a second: pgbench.sh CLIENTS
# SECONDS [HALF], an ask having twice HALF fields (5 if not said). On the server of PGHOST, in a
# database of its own that is dropped afterwards; on a throw-away PostgreSQL if that is not set.
# Needs pgbench and psql, and for a throw-away server initdb and postgres.
set -euo pipefail
clients=${1:?how many clients} seconds=${2:?for how many seconds} half=${3:-5}
here=$(cd "$(dirname "$0")" && pwd)
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
export PATH="${bin:+$bin:}$PATH"
folder=$(mktemp -d)
cp "$here"/plain-schema.* "$folder"
as=()
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
    chown -R nobody "$folder"
    as=(setpriv --reuid nobody --regid nogroup --clear-groups env "HOME=$folder")
fi
run() { (cd "$folder" && "${as[@]}" "$@"); }
if [ -n "${PGHOST:-}" ]; then
    database=plain_$$
    stop() {
        psql -q -d postgres -c "DROP DATABASE $database WITH (FORCE)" >&2 || true
        rm -rf "$folder"
    }
    trap stop EXIT
    psql -q -d postgres -c "CREATE DATABASE $database" >&2
    export PGDATABASE=$database
else
    stop() {
        run pg_ctl -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
        rm -rf "$folder"
    }
    trap stop EXIT
    run initdb -D "$folder/data" -A trust -U bench >/dev/null
    run pg_ctl -D "$folder/data" -w -l "$folder/log" start \
        -o "-k $folder -c listen_addresses='' -c synchronous_commit=on -c max_connections=200" >/dev/null
    export PGHOST=$folder PGUSER=bench PGDATABASE=postgres
fi
run psql -q -f plain-schema.sql
run pgbench -n -f plain-schema.pgbench -c "$clients" -j 2 -T "$seconds" -M prepared -D half="$half" 2>&1 |
    sed -n 's/^tps = \([0-9.]*\) .*/\1/p'
