"""deploy/systemd, by systemd-analyze: anything that verify says is a fault, and exposure has a bound."""

from common import DEPLOY, demand, passes, planted, run, scratch

# Most exposure of a unit, in tenths: 1.1 is measured.
EXPOSURE_MAX = 12

# Programs that the units name and that are not installed here; another that can be run stands for them.
PROGRAMS = ["/usr/local/bin/askonce", "/usr/local/lib/askonce/askonce-backup"]


def check():
    whole(DEPLOY / "systemd")
    planted(whole, DEPLOY / "systemd", [
        ("askonce.service", "ProtectSystem=strict", "ProtectSytem=strict", "ProtectSytem"),
        ("askonce.service", "TimeoutStopSec=60", "TimeoutStopSec=soon", "time value"),
        ("askonce.service", "CapabilityBoundingSet=\n", "", "exposure"),
        ("askonce.service", "User=askonce\n", "", "exposure"),
        ("askonce-backup@.service", "/usr/local/lib/askonce/askonce-backup", "/usr/local/lib/askonce/back-up", "back-up"),
        ("askonce-backup@.timer", "OnCalendar=*-*-* 02:30:00", "OnCalendar=nightly-ish", "calendar"),
    ])
    passes("bash", "-n", DEPLOY / "systemd/askonce-backup")


def whole(folder):
    with scratch() as copy:
        units = sorted(folder.glob("*.service")) + sorted(folder.glob("*.timer"))
        for unit in units:
            text = unit.read_text()
            for program in PROGRAMS:
                text = text.replace(f"={program} ", "=/bin/true ")
            (copy / unit.name).write_text(text)
        names = [unit.name.replace("@.", "@embedded.") for unit in units]
        code, said = run("systemd-analyze", "verify", *[f"./{name}" for name in names], cwd=copy)
        demand(code == 0 and not said.strip(), f"systemd-analyze verify: exit {code}\n{said}")
        for unit in units:
            if unit.suffix == ".service":
                code, said = run("systemd-analyze", "security", "--no-pager", "--offline=true",
                                 f"--threshold={EXPOSURE_MAX}", f"./{unit.name}", cwd=copy)
                last = said.strip().splitlines()[-1]
                demand(code == 0, f"{unit.name}: too much exposure (threshold {EXPOSURE_MAX / 10}): {last}")
                print(last)
