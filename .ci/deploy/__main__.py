"""What stands in deploy/, each file checked by what it is written for.

    python3 .ci/deploy image compose proxy systemd kubernetes prometheus dashboard guide
    python3 .ci/deploy balance PROGRAM      the proxy before two brokers, one of them killed
    python3 .ci/deploy by-hand PROGRAM      what OPERATIONS.md has people type, on a PostgreSQL

Each check is shown to be one that can fail: faults are planted in copies, and must be found.
Needs what .ci/requirements.txt and .ci/debian install.
"""

import sys

import balance
import by_hand
import composed
import dashboard
import guide
import image
import kubernetes
import prometheus
import proxy
import systemd

CHECKS = {
    "image": image.check,
    "compose": composed.check,
    "proxy": proxy.check,
    "systemd": systemd.check,
    "kubernetes": kubernetes.check,
    "prometheus": prometheus.check,
    "dashboard": dashboard.check,
    "guide": guide.check,
}

# Those that run the program.
WITH_PROGRAM = {"balance": balance.check, "by-hand": by_hand.check}


def main(arguments):
    if len(arguments) == 2 and arguments[0] in WITH_PROGRAM:
        return WITH_PROGRAM[arguments[0]](arguments[1])
    unknown = [name for name in arguments if name not in CHECKS]
    if unknown or not arguments:
        sys.exit(f"which check? expected: {' '.join(CHECKS)}, or {' or '.join(WITH_PROGRAM)} PROGRAM; not {unknown}")
    for name in arguments:
        CHECKS[name]()


main(sys.argv[1:])
