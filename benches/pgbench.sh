#!/usr/bin/env bash
# Runs the plain schema under pgbench on a throw-away PostgreSQL and prints its transactions a
# second: pgbench.sh CLIENTS SECONDS. Needs initdb, postgres and pgbench.
set -euo pipefail
clients=${1:?how many clients} seconds=${2:?for how many seconds}
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
stop() {
    run pg_ctl -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT
run initdb -D "$folder/data" -A trust -U bench >/dev/null
run pg_ctl -D "$folder/data" -w -l "$folder/log" start \
    -o "-k $folder -c listen_addresses='' -c synchronous_commit=on -c max_connections=200" >/dev/null
export PGHOST=$folder PGUSER=bench PGDATABASE=postgres
run psql -q -f plain-schema.sql
run pgbench -n -f plain-schema.pgbench -c "$clients" -j 2 -T "$seconds" -M prepared 2>&1 |
    sed -n 's/^tps = \([0-9.]*\) .*/\1/p'
