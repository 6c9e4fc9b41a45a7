"""deploy/OPERATIONS.md: every link leads somewhere, every alert has its section and every section its alert."""

import re

from common import DEPLOY, demand, planted
from prometheus import alerts, anchors


def check():
    whole(DEPLOY)
    planted(whole, DEPLOY, [
        ("OPERATIONS.md", "(#restore)", "(#restoring)", "#restoring"),
        ("OPERATIONS.md", "(envoy.yaml)", "(envoy.yml)", "envoy.yml"),
        ("OPERATIONS.md", "### AskOnceIndexBehind", "### AskOnceIndexAhead", "askonceindexahead"),
    ])


def whole(deploy):
    text = (deploy / "OPERATIONS.md").read_text()
    here = anchors(deploy)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = target.partition("#")
        if file:
            # What is above deploy/ is there in the tree only, not in a copy.
            there = (DEPLOY if file.startswith("../") else deploy) / file
            demand(there.exists(), f"OPERATIONS.md leads to {target}, which does not exist")
        else:
            demand(anchor in here, f"OPERATIONS.md has no section #{anchor}")
    sections = {heading for heading in here if heading.startswith("askonce")}
    known = {alert["alert"].lower() for alert in alerts(deploy / "prometheus")}
    demand(sections == known, f"alerts and their sections differ: {sorted(sections ^ known)}")
