"""deploy/Dockerfile, by hadolint; and that what it copies is what the builder is given."""

import re

from common import DEPLOY, TOP, demand, passes, planted


def check():
    whole(DEPLOY)
    planted(whole, DEPLOY, [
        ("Dockerfile", "RUNTIME=gcr.io/distroless/cc-debian12:nonroot\n",
         "RUNTIME=gcr.io/distroless/cc-debian12\n", "names no version"),
        ("Dockerfile", "COPY proto proto\n", "COPY proto proto\nRUN cd /tmp && apt-get update\n", "DL3003"),
        ("Dockerfile", "WORKDIR /build\n", "WORKDIR build\n", "DL3000"),
        ("Dockerfile", 'ENTRYPOINT ["/usr/local/bin/askonce"]', "ENTRYPOINT askonce", "DL3025"),
        ("Dockerfile", "USER 65532:65532\n", "USER root\n", "DL3002"),
        ("Dockerfile", "USER 65532:65532\n", "USER nonroot\n", "DL3066"),
        ("Dockerfile.dockerignore", "!proto\n", "", "proto"),
        ("Dockerfile.dockerignore", "*\n", "target\n", "everything"),
    ])


def whole(deploy):
    file = deploy / "Dockerfile"
    passes("hadolint", file)
    text = file.read_text()
    for base in re.findall(r"^ARG (?:BUILDER|RUNTIME)=(\S+)$", text, re.MULTILINE):
        demand(re.search(r":[^/]+$|@sha256:", base), f"the base image {base} names no version")
    wanted = tuple(map(int, re.search(r'^rust-version = "(\d+)\.(\d+)', (TOP / "Cargo.toml").read_text(), re.M).groups()))
    has = tuple(map(int, re.search(r"^ARG BUILDER=rust:(\d+)\.(\d+)", text, re.M).groups()))
    demand(has >= wanted, f"the builder has Rust {has}, the manifest asks for {wanted}")
    ignored = (deploy / "Dockerfile.dockerignore").read_text().split("\n")
    lines = [line for line in ignored if line and not line.startswith("#")]
    demand(lines[0] == "*", "Dockerfile.dockerignore does not leave out everything first")
    given = {line[1:] for line in lines[1:]}
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)
        for source in line.split()[:-1]
    }
    demand(copied == given, f"copied and given to the builder differ: {sorted(copied ^ given)}")
    for source in copied:
        demand((TOP / source).exists(), f"{source} is copied and does not exist")
