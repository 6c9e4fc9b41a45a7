"""deploy/prometheus, by promtool: the rules, and their tests, which must fail when an alert is another."""

import re
import shutil

import yaml

from common import DEPLOY, demand, passes, planted, run, scratch


def check():
    folder = DEPLOY / "prometheus"
    whole(folder)
    planted(whole, folder, [
        ("alerts.yaml", "for: 1m", "for: one minute", "minute"),
        ("alerts.yaml", "sum by (le) (rate(", "sum by (le) rate(", "parse"),
        ("alerts.yaml", "      - alert: AskOnceBrokerDown", "      - alert: AskOnceBrokerGone", "AskOnceBrokerGone"),
        ("alerts.yaml", "OPERATIONS.md#askoncebrokerdown", "OPERATIONS.md#broker-down", "broker-down"),
        ("prometheus.yaml", "rule_files: [alerts.yaml]", "rule_files: [alarms.yml]", "alarms.yml"),
    ])
    every_alert_is_tested(folder)


def whole(folder):
    passes("promtool", "check", "config", folder / "prometheus.yaml")
    passes("promtool", "check", "rules", "--lint=all", "--lint-fatal", folder / "alerts.yaml")
    sections = anchors()
    for alert in alerts(folder):
        name = alert["alert"]
        demand(set(alert["annotations"]) == {"summary", "description", "runbook_url"}, f"{name}: an annotation is missing")
        demand(alert["labels"]["severity"] in ("page", "ticket"), f"{name}: {alert['labels']}")
        url = alert["annotations"]["runbook_url"]
        demand(url == f"OPERATIONS.md#{name.lower()}", f"{name}: {url} is not the way to its section")
        demand(name.lower() in sections, f"{name}: OPERATIONS.md has no section #{name.lower()}")
    config = yaml.safe_load((folder / "prometheus.yaml").read_text())
    for file in config["rule_files"]:
        demand((folder / file).exists(), f"there is no {file}")
    # What takes longest comes last.
    passes("promtool", "test", "rules", folder / "alerts-test.yaml")


def alerts(folder):
    groups = yaml.safe_load((folder / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def anchors(deploy=DEPLOY):
    """What can be linked to in the guide: its headings, as GitHub makes anchors of them."""
    headings = re.findall(r"^#+ (.+)$", (deploy / "OPERATIONS.md").read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def every_alert_is_tested(folder):
    """An alert that never fires must fail one of its tests, and so must one that always does."""
    names = [alert["alert"] for alert in alerts(folder)]
    for instead in ("vector(0) == 1", "vector(1)"):
        rules = yaml.safe_load((folder / "alerts.yaml").read_text())
        for group in rules["groups"]:
            for rule in group["rules"]:
                rule["expr"] = instead
        with scratch() as copy:
            (copy / "alerts.yaml").write_text(yaml.safe_dump(rules))
            shutil.copy(folder / "alerts-test.yaml", copy)
            _, said = run("promtool", "test", "rules", copy / "alerts-test.yaml")
        failed = set(re.findall(r"alertname: (\w+),", said))
        for name in names:
            demand(name in failed, f"{name}: its tests pass with `{instead}` as its expression")
    print(f"{len(names)} alerts, each tested to fire and not to")
