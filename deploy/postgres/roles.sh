#!/usr/bin/env bash
# Makes the broker's role and database: when the PostgreSQL of deploy/compose.yaml starts for the first
# time, or by hand, once, as an administrator (PGHOST, PGPORT, PGPASSWORD … say where and how).
#
#   ASKONCE_PASSWORD_FILE=secrets/database-password deploy/postgres/roles.sh
#
# The broker owns its tables, and is nobody's superuser.
set -euo pipefail

export ASKONCE_PASSWORD_FILE=${ASKONCE_PASSWORD_FILE:-/run/secrets/database-password}

# psql reads the password from its file, so that it stands in no list of processes.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\set password `cat "$ASKONCE_PASSWORD_FILE"`
CREATE ROLE askonce LOGIN PASSWORD :'password';
CREATE DATABASE askonce OWNER askonce ENCODING 'UTF8' TEMPLATE template0 LOCALE 'C';
REVOKE ALL ON DATABASE askonce FROM PUBLIC;
-- What people are made members of: analysts read views without answers, a standby and backups read
-- the log.
CREATE ROLE askonce_analyst NOLOGIN;
CREATE ROLE askonce_replication NOLOGIN;
GRANT CONNECT ON DATABASE askonce TO askonce_analyst;
SQL
