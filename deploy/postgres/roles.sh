#!/usr/bin/env bash
# Makes the broker's role and database, when the PostgreSQL of deploy/compose.yaml starts for the
# first time. The broker owns its tables and is nobody else's superuser.
set -euo pipefail

# Read by psql from a file, so that it stands in no list of processes.
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\set password `cat /run/secrets/database-password`
CREATE ROLE askonce LOGIN PASSWORD :'password';
CREATE DATABASE askonce OWNER askonce ENCODING 'UTF8' TEMPLATE template0 LOCALE 'C';
REVOKE ALL ON DATABASE askonce FROM PUBLIC;
-- What people are made members of: analysts read views, a standby and backups read the log.
CREATE ROLE askonce_analyst NOLOGIN;
CREATE ROLE askonce_replication NOLOGIN;
GRANT CONNECT ON DATABASE askonce TO askonce_analyst;
SQL
