"""deploy/compose.yaml, by the schema of the specification and by Compose itself; and what it promises."""

import importlib.util
import json
import os
import pathlib

from common import DEPLOY, TOP, demand, passes, planted, run, secrets

# No tool in its image could ask; the brokers' side of it is asked by the proxy itself.
UNASKED = {"proxy", "init"}


# Compose itself, out of its package: what the package puts in the path says 0 whatever happens.
COMPOSE = pathlib.Path(importlib.util.find_spec("compose").origin).parent / "docker-compose"


def check():
    specified(DEPLOY)
    planted(specified, DEPLOY, [
        ("compose.yaml", "    mem_limit: 512m\n", "    memory_limit: 512m\n", "memory_limit"),
    ])
    whole(DEPLOY)
    planted(whole, DEPLOY, [
        ("compose.yaml", "    networks: [data]\n", "    networks: [data, brokers]\n", "reaches the database"),
        ("compose.yaml", "    networks: [data]\n", "    networks: [dat]\n", "dat"),
        ("compose.yaml", "  cap_drop: [ALL]\n", "", "cap_drop"),
        ("compose.yaml", "  read_only: true\n", "", "read_only"),
        ("compose.yaml", "image: postgres:16.10-bookworm", "image: postgres", "names no version"),
        ("compose.yaml", "/proxy.key\" }", "/proxy-1.key\" }", "make-secrets"),
        ("compose.yaml", "POSTGRES_PASSWORD_FILE: /run/secrets/database-admin-password",
         "POSTGRES_PASSWORD: change-me", "PASSWORD"),
        ("compose.yaml", "database: { condition: service_healthy }", "database: { condition: service_started }",
         "service_healthy"),
    ])
    bare = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    code, said = run(COMPOSE, "--file", DEPLOY / "compose.yaml", "--project-directory", TOP,
                     "--env-file", "/dev/null", "config", "--quiet", env=bare)
    demand(code != 0 and "required variable ASKONCE_" in said, f"nothing is asked for that must be said: {said}")


def specified(deploy):
    passes("check-jsonschema", "--builtin-schema", "vendor.compose-spec", deploy / "compose.yaml")


def whole(deploy):
    bare = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    said = passes(
        COMPOSE, "--file", deploy / "compose.yaml", "--project-directory", deploy.parent,
        "--env-file", deploy / "example.env", "--profile", "init", "config", "--format", "json",
        env={**bare, "ASKONCE_SECRETS": str(secrets())},
    )
    project = json.loads(said)
    for secret in project["secrets"].values():
        demand(os.path.exists(secret["file"]), f"make-secrets makes no {secret['file']}")
    for config in project["configs"].values():
        demand(os.path.exists(config["file"]), f"there is no {config['file']}")
    services = project["services"]
    for name, service in services.items():
        confined(name, service)
    for name in ("proxy",):
        shared = set(services[name]["networks"]) & set(services["database"]["networks"])
        demand(not shared, f"{name} reaches the database over {shared}")
    demand("ports" not in services["database"], "the database is reached from beyond the host")
    demand(project["networks"]["data"].get("internal"), "the network of the database leads out")


def confined(name, service):
    demand(service.get("read_only"), f"{name}: read_only is not said")
    demand(service.get("cap_drop") == ["ALL"], f"{name}: cap_drop does not drop all")
    demand("no-new-privileges:true" in service.get("security_opt", []), f"{name} may gain privileges")
    demand(service.get("mem_limit") and service.get("cpus") and service.get("pids_limit"), f"{name} has no limits")
    demand(service.get("user", "0").split(":")[0].isdigit() and service["user"] != "0:0", f"{name} runs as root")
    tag = service["image"].rsplit("/", 1)[-1]
    demand(":" in tag or "@" in tag, f"{name}: the image {service['image']} names no version")
    demand(name in UNASKED or service.get("healthcheck", {}).get("test") or service.get("build"),
           f"{name} is never asked whether it is healthy")
    for other, how in (service.get("depends_on") or {}).items():
        demand(how["condition"] == "service_healthy", f"{name} does not wait for {other} to be service_healthy")
    for variable in service.get("environment", {}):
        is_secret = any(word in variable for word in ("PASSWORD", "TOKEN", "KEY"))
        demand(not is_secret or variable.endswith("_FILE"), f"{name}: {variable} is a secret in the environment: PASSWORD by file")
