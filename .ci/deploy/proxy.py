"""deploy/envoy.yaml, by Envoy itself, with the certificates that make-secrets makes; a warning is a fault."""

import re
import shutil

from common import DEPLOY, demand, planted, run, scratch, secrets


def check():
    whole(DEPLOY)
    planted(whole, DEPLOY, [
        ("envoy.yaml", "retry_on: ", "retry_upon: ", "retry_upon"),
        ("envoy.yaml", "                            cluster: grpc\n", "                            cluster: gprc\n", "gprc"),
        ("envoy.yaml", "      lb_policy: ROUND_ROBIN\n", "      lb_policy: ROUND_ROBIN\n      dns_refresh_rate: 5s\n", "eprecated"),
    ])


def prepare(deploy, folder, replace=()):
    """What the proxy reads, in a folder as compose.yaml puts it into /etc/envoy."""
    for source, target in [
        ("proxy.pem", "proxy.pem"), ("proxy.key", "proxy.key"), ("authority.pem", "brokers-authority.pem"),
    ]:
        shutil.copy(secrets() / source, folder / target)
    for source, target in [("envoy.yaml", "envoy.yaml"), ("envoy-certificate.yaml", "certificate.yaml")]:
        text = (deploy / source).read_text().replace("/etc/envoy", str(folder))
        for was, becomes in replace:
            text = text.replace(was, becomes)
        (folder / target).write_text(text)
    return folder / "envoy.yaml"


def whole(deploy):
    with scratch() as folder:
        config = prepare(deploy, folder)
        code, said = run("envoy", "--mode", "validate", "--config-path", config)
        demand(code == 0, said)
        warned = [line for line in said.splitlines() if re.search(r"\]\[(warning|error|critical)\]", line)]
        demand(not warned, "\n".join(warned))
