"""deploy/grafana/dashboard.json: every query parsed by promtool, every panel whole and in its place."""

import json

import yaml

from common import DEPLOY, demand, passes, planted, scratch

# What Grafana puts into a query, and something that can stand for it.
VARIABLES = {"$__rate_interval": "5m", "$instance": ".*"}

# Units by their ids in Grafana.
UNITS = {"short", "s", "bytes", "reqps", "ops", "percentunit"}

COLUMNS = 24


def check():
    whole(DEPLOY / "grafana")
    planted(whole, DEPLOY / "grafana", [
        ("dashboard.json", '"sum(askonce_ready', '"sum askonce_ready', "parse error"),
        ("dashboard.json", '"unit": "percentunit"', '"unit": "percents"', "percents"),
        ("dashboard.json", '"id": 3,', '"id": 2,', "twice"),
        ("dashboard.json", '"x": 4,', '"x": 3,', "overlap"),
        ("dashboard.json", '"title": "Brokers ready"', '"title": ""', "title"),
        ("dashboard.json", "$__rate_interval", "$__interval", "$__interval"),
    ])


def whole(folder):
    board = json.loads((folder / "dashboard.json").read_text())
    demand(board["uid"] == "askonce" and board["title"] and board["schemaVersion"] >= 39, "the dashboard is not ours")
    known = {variable["name"] for variable in board["templating"]["list"]}
    demand(known == {"datasource", "instance"}, f"variables: {known}")
    panels, queries, taken, ids = board["panels"], [], {}, set()
    for panel in panels:
        title = panel["title"]
        demand(title, f"panel {panel['id']} has no title")
        demand(panel["id"] not in ids, f"{title}: the id {panel['id']} stands there twice")
        ids.add(panel["id"])
        place(panel, taken)
        if panel["type"] == "row":
            continue
        demand(panel.get("description"), f"{title} says not what it shows")
        demand(panel["fieldConfig"]["defaults"]["unit"] in UNITS, f"{title}: {panel['fieldConfig']['defaults']['unit']}")
        demand(panel["datasource"]["uid"] == "${datasource}" and panel["targets"], f"{title} asks nobody")
        for target in panel["targets"]:
            query = target["expr"]
            for variable, value in VARIABLES.items():
                query = query.replace(variable, value)
            demand("$" not in query, f"{title}: a variable that nobody sets, such as $__interval: {query}")
            queries.append(query)
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(queries)]
    with scratch() as made:
        file = made / "queries.yaml"
        file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
        passes("promtool", "check", "rules", "--lint=none", file)
    print(f"{len(panels)} panels, {len(queries)} queries")


def place(panel, taken):
    at = panel["gridPos"]
    demand(at["x"] + at["w"] <= COLUMNS, f"{panel['title']} is beyond the edge")
    for x in range(at["x"], at["x"] + at["w"]):
        for y in range(at["y"], at["y"] + at["h"]):
            other = taken.setdefault((x, y), panel["title"])
            demand(other == panel["title"], f"{panel['title']} and {other} overlap")
