"""deploy/kubernetes: made by kustomize, held against the schemas of Kubernetes, and whole in itself."""

import functools
import re

import kubernetes_validate
import yaml

from common import DEPLOY, Unmet, demand, passes, planted

# How long the broker takes to stop at most, in seconds, beside limits.drain_deadline: connections are
# cut, the store is closed.
CLOSING_S = 10


def check():
    whole(DEPLOY / "kubernetes")
    planted(functools.partial(whole, overlays=["base"]), DEPLOY / "kubernetes", [
        ("base/deployment.yaml", "  replicas: 2\n", "  replcas: 2\n", "replcas"),
    ])
    planted(functools.partial(whole, overlays=["base"], holds=(hold_together,)), DEPLOY / "kubernetes", [
        ("base/deployment.yaml", "secretName: askonce-mail", "secretName: askonce-post", "askonce-post"),
        ("base/deployment.yaml", "configMap: { name: askonce }", "configMap: { name: asknoce }", "asknoce"),
        ("base/deployment.yaml", "path: /readyz, port: measurements", "path: /readyz, port: measures", "measures"),
        ("base/deployment.yaml", "terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: 25", "25"),
        ("base/deployment.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "readOnly"),
        ("base/services.yaml", "component: broker", "component: brokers", "selects nothing"),
        ("base/services.yaml", "targetPort: pages", "targetPort: page", "page"),
        ("base/disruption-budget.yaml", "component: broker", "component: brokers", "selects nothing"),
        ("base/network-policy.yaml", "port: measurements", "port: metrics", "metrics"),
        ("base/network-policy.yaml", "podSelector: {}", "podSelector: { matchLabels: { a: b } }", "denies everything"),
        ("base/askonce.toml", "/run/secrets/database/ca.crt", "/run/secrets/database/ca.pem", "ca.pem"),
        ("base/kustomization.yaml", "  - services.yaml\n", "  - service.yaml\n", "service.yaml"),
    ])
    planted(functools.partial(whole, overlays=["init"], holds=(hold_together,)), DEPLOY / "kubernetes", [
        ("init/job.yaml", "secretName: askonce-database", "secretName: askonce-db", "askonce-db"),
    ])


def whole(folder, overlays=("base", "init"), holds=None):
    examples = list(yaml.safe_load_all((folder / "base/secrets.example.yaml").read_text()))
    for overlay in overlays:
        things = list(yaml.safe_load_all(passes("kubectl", "kustomize", folder / overlay)))
        for hold in holds or (valid, hold_together):
            hold(things, examples)


def valid(things, examples):
    """Holds each against its schema, strictly: what the schema does not know is a fault."""
    for thing in [*things, *examples]:
        try:
            kubernetes_validate.validate(thing, kubernetes_validate.latest_version(), strict=True)
        except kubernetes_validate.ValidationError as error:
            raise Unmet(f"{thing['kind']} {thing['metadata']['name']}: {error.message}") from error


def hold_together(things, examples):
    """What one names of another is there."""
    secrets = {secret["metadata"]["name"]: set(secret["stringData"]) for secret in examples}
    Things(things, secrets).hold()


class Things:
    """Everything that is applied at once."""

    def __init__(self, things, secrets):
        self.secrets = secrets
        self.named = {(thing["kind"], thing["metadata"]["name"]): thing for thing in things}
        # Of every pod its name, labels, and what it is made by.
        self.pods = [
            (name, thing["spec"]["template"]["metadata"]["labels"], thing["spec"]["template"]["spec"])
            for (kind, name), thing in self.named.items() if kind in ("Deployment", "Job")
        ]
        demand(self.pods, "no pod is made")

    def hold(self):
        for (kind, name), thing in self.named.items():
            if kind != "Namespace":
                demand(thing["metadata"].get("namespace") == "askonce", f"{kind} {name} is in no namespace")
        for name, _, pod in self.pods:
            self.pod(name, pod)
        for (kind, name), thing in self.named.items():
            if kind == "Service":
                self.ports(f"{kind} {name}", self.selected(f"{kind} {name}", thing["spec"]["selector"]),
                           [port["targetPort"] for port in thing["spec"]["ports"]])
            elif kind == "PodDisruptionBudget":
                self.selected(f"{kind} {name}", thing["spec"]["selector"]["matchLabels"])
            elif kind == "NetworkPolicy" and name != "deny-everything":
                pods = self.selected(f"{kind} {name}", thing["spec"]["podSelector"]["matchLabels"])
                ports = [port["port"] for rule in thing["spec"].get("ingress", []) for port in rule["ports"]]
                self.ports(f"{kind} {name}", pods, ports)
        nobody = self.named.get(("NetworkPolicy", "deny-everything"), {"spec": {}})["spec"]
        demand(nobody == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}, "no policy denies everything first")

    def selected(self, who, labels):
        found = [pod for _, has, pod in self.pods if labels.items() <= has.items()]
        demand(found, f"{who} selects nothing: {labels}")
        return found

    def ports(self, who, pods, ports):
        known = {port["name"] for pod in pods for container in pod["containers"] for port in container.get("ports", [])}
        for port in ports:
            demand(port in known, f"{who}: no container has a port {port}")

    def pod(self, name, pod):
        demand(("ServiceAccount", pod["serviceAccountName"]) in self.named, f"{name}: no such service account")
        demand(pod["securityContext"].get("runAsNonRoot") is True, f"{name} may run as root")
        files, configs = {}, []
        for volume in pod["volumes"]:
            if "secret" in volume:
                secret = volume["secret"]["secretName"]
                demand(secret in self.secrets, f"{name}: secrets.example.yaml has no {secret}")
                files[volume["name"]] = self.secrets[secret]
            else:
                config = self.named.get(("ConfigMap", volume["configMap"]["name"]))
                demand(config, f"{name}: there is no ConfigMap {volume['configMap']['name']}")
                files[volume["name"]] = set(config["data"])
                configs += config["data"].values()
        for container in pod["containers"]:
            self.container(name, container, pod, files, configs)

    def container(self, name, container, pod, files, configs):
        demand(re.search(r"[:@][^/]+$", container["image"]), f"{name}: {container['image']} names no version")
        context = container["securityContext"]
        demand(context["readOnlyRootFilesystem"] and context["capabilities"] == {"drop": ["ALL"]}
               and context["allowPrivilegeEscalation"] is False, f"{name}: readOnly, capabilities or escalation")
        demand(container["resources"]["requests"] and container["resources"]["limits"]["memory"], f"{name}: no resources")
        there = {
            f"{mount['mountPath']}/{file}" for mount in container["volumeMounts"] for file in files[mount["name"]]
        }
        said = {path for config in configs for path in re.findall(r'^[^#\n]*"(/(?:run|etc)/[^"]+)"', config, re.M)}
        said |= {word for word in container["args"] if word.startswith("/")}
        demand(said <= there, f"{name}: no volume holds {sorted(said - there)}")
        probes = [container[probe] for probe in ("startupProbe", "livenessProbe", "readinessProbe") if probe in container]
        self.ports(name, [pod], [probe["httpGet"]["port"] for probe in probes])
        if probes:
            demand(len(probes) == 3, f"{name}: a probe is missing")
            waits = container["lifecycle"]["preStop"]["sleep"]["seconds"] + drain_deadline(configs) + CLOSING_S
            grace = pod["terminationGracePeriodSeconds"]
            demand(grace >= waits, f"{name} is killed after {grace} s and may take {waits} s to stop")


def drain_deadline(configs):
    """In seconds: what the configuration says, or the default of the sample."""
    texts = [*configs, (DEPLOY / "askonce.toml").read_text()]
    said = [match for text in texts for match in re.findall(r'^#?drain_deadline = "(\d+)s"', text, re.M)]
    return int(said[0])
