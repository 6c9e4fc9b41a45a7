"""The proxy as it is delivered, before two brokers, while calls go on: who answers, and what a caller
sees when a broker is told to stop, is killed, and comes back.

Each broker has an embedded store of its own here, made alike: what is looked at is the proxy.
"""

import collections
import pathlib
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.request

import grpc

from common import DEPLOY, Unmet, demand, scratch, secrets
from proxy import prepare

# How long anything may take to come about, in seconds.
DEADLINE_S = 30

# How many callers call at once, all over one connection.
CALLERS = 8

METHOD = "/askonce.v1.RegistryService/ListOrganisations"

# Where the delivered file listens.
PORTS = ["7410", "7411", "7443", "7480", "9901", "9902"]


def check(program):
    with scratch() as folder:
        stage = Stage(pathlib.Path(program).resolve(), folder)
        try:
            stage.play()
        finally:
            stage.end()


class Stage:
    """Two brokers, the proxy, and callers."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.processes = {}
        # Where the proxy listens here, by where the delivered file says.
        self.port = {port: free_port() for port in PORTS}
        # Where each broker does: API, pages, measurements.
        self.brokers = {number: [free_port() for _ in range(3)] for number in (1, 2)}
        self.outcomes = collections.Counter()
        self.lock = threading.Lock()
        self.over = threading.Event()

    def play(self):
        self.start()
        callers = [threading.Thread(target=self.call_on, daemon=True) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        self.both_answer()
        self.pages_and_their_way()
        self.one_stops()
        self.one_is_killed()
        self.none_is_left()
        self.over.set()
        for caller in callers:
            caller.join(DEADLINE_S)

    def start(self):
        data = self.folder / "data-1"
        made = subprocess.run([self.program, "init", "--data", data], check=True, capture_output=True, text=True)
        self.token = made.stdout.strip()
        shutil.copytree(data, self.folder / "data-2")
        for number in self.brokers:
            self.serve(number)
        replace = [("0.0.0.0", "127.0.0.1")]
        for number, (api, pages, _) in self.brokers.items():
            name = f"address: broker-{number}, port_value: "
            replace += [(f"{name}7410", f"address: 127.0.0.1, port_value: {api}"),
                        (f"{name}7443", f"address: 127.0.0.1, port_value: {pages}")]
        replace += [(f"port_value: {port} }}", f"port_value: {here} }}") for port, here in self.port.items()]
        text = prepare(DEPLOY, self.folder, replace)
        content = text.read_text()
        # Of the pages' brokers the port is asked whose health theirs is: the API's.
        for number in self.brokers:
            before, after = content.rsplit(f"port_value: {self.brokers[number][1]}", 1)
            health = f"health_check_config: {{ port_value: {self.port['7410']} }}"
            demand(health in after, f"the pages of broker-{number} are not asked for their health")
            after = after.replace(health, f"health_check_config: {{ port_value: {self.brokers[number][0]} }}", 1)
            content = f"{before}port_value: {self.brokers[number][1]}{after}"
        text.write_text(content)
        log = open(self.folder / "proxy.log", "w", encoding="utf-8")
        self.processes["proxy"] = subprocess.Popen(
            ["envoy", "--config-path", text, "--concurrency", "2", "--disable-hot-restart"], stdout=log, stderr=subprocess.STDOUT,
        )
        credentials = grpc.ssl_channel_credentials((secrets() / "authority.pem").read_bytes())
        self.channel = grpc.secure_channel(f"localhost:{self.port['7410']}", credentials)
        self.ask = self.channel.unary_unary(METHOD)
        self.wait("the proxy lets a call through", lambda: self.call() == "OK")

    def serve(self, number):
        api, pages, measurements = self.brokers[number]
        files = secrets()
        settings = {
            "portal.listen": f"127.0.0.1:{pages}", "portal.url": "https://localhost",
            "portal.tls_certificate": files / f"broker-{number}.pem", "portal.tls_key": files / f"broker-{number}.key",
            "portal.trusted_proxy": "127.0.0.1",
            "mail.host": "localhost", "mail.encryption": "none", "mail.from": "forms@council.example",
        }
        log = open(self.folder / f"broker-{number}.log", "a", encoding="utf-8")
        self.processes[number] = subprocess.Popen(
            [self.program, "serve", "--data", self.folder / f"data-{number}",
             "--listen", f"127.0.0.1:{api}", "--metrics-addr", f"127.0.0.1:{measurements}",
             "--tls-certificate", files / f"broker-{number}.pem", "--tls-key", files / f"broker-{number}.key",
             *[part for key, value in settings.items() for part in ("--set", f"{key}={value}")]],
            stdout=subprocess.DEVNULL, stderr=log,
        )

    def call(self):
        """One call; the code that it ended with."""
        try:
            self.ask(b"", metadata=[("authorization", f"Bearer {self.token}")], timeout=DEADLINE_S)
            return "OK"
        except grpc.RpcError as error:
            return error.code().name

    def call_on(self):
        while not self.over.is_set():
            outcome = self.call()
            with self.lock:
                self.outcomes[outcome] += 1

    def anew(self):
        with self.lock:
            was, self.outcomes = self.outcomes, collections.Counter()
        return was

    def answered(self, number):
        """How many calls a broker has answered; none if it is not there."""
        try:
            url = f"http://127.0.0.1:{self.brokers[number][2]}/metrics"
            page = urllib.request.urlopen(url, timeout=DEADLINE_S).read().decode()
        except OSError:
            return None
        lines = [line for line in page.splitlines()
                 if line.startswith("rpc_server_call_duration_seconds_count") and 'method="ListOrganisations"' in line]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    def grows(self, number, by=50):
        """Waits until a broker has answered so many more calls."""
        began = self.answered(number) or 0
        self.wait(f"broker {number} answers", lambda: (self.answered(number) or 0) >= began + by)

    def wait(self, what, holds):
        until = time.monotonic() + DEADLINE_S
        while not holds():
            for name, process in self.processes.items():
                demand(process.poll() is None or name in self.gone, f"{name} has ended by itself: {self.log(name)}")
            demand(time.monotonic() < until, f"not within {DEADLINE_S} s: {what}: {dict(self.outcomes)}")
            self.over.wait(0.05)

    gone = ()

    def both_answer(self):
        self.anew()
        for number in self.brokers:
            self.grows(number)
        seen = self.anew()
        demand(set(seen) == {"OK"}, f"with both brokers up: {dict(seen)}")
        print(f"one connection, both brokers answer: {dict(seen)}")

    def pages_and_their_way(self):
        context = ssl.create_default_context(cafile=secrets() / "authority.pem")
        page = urllib.request.urlopen(f"https://localhost:{self.port['7443']}/sign-in", timeout=DEADLINE_S, context=context)
        demand(page.status == 200, f"the pages: {page.status}")
        opener = urllib.request.build_opener(Still)
        way = opener.open(f"http://localhost:{self.port['7480']}/sign-in/sesame?a=b", timeout=DEADLINE_S)
        where = way.headers["location"]
        demand(way.status == 301 and where.startswith("https://localhost") and "sesame" not in where and "?" not in where,
               f"the way to the pages: {way.status} {where}")
        credentials = grpc.ssl_channel_credentials((secrets() / "authority.pem").read_bytes())
        with grpc.secure_channel(f"localhost:{self.port['7411']}", credentials) as through:
            through.unary_unary(METHOD)(b"", metadata=[("authorization", f"Bearer {self.token}")], timeout=DEADLINE_S)
        log = self.log("proxy")
        demand("sesame" not in log and "/sign-in" not in log, f"the proxy logs a path of the pages: {log}")
        print("pages, the way to them, and connections passed through: as they should")

    def one_stops(self):
        """A broker that is told to stop fails no call."""
        self.gone = (1,)
        self.anew()
        self.processes[1].terminate()
        demand(self.processes[1].wait(DEADLINE_S) == 0, "broker 1 did not stop well")
        self.grows(2)
        self.serve(1)
        self.gone = ()
        self.grows(1)
        seen = self.anew()
        demand(set(seen) == {"OK"}, f"while a broker was stopped and started: {dict(seen)}")
        print(f"one is told to stop and comes back: {dict(seen)}")

    def one_is_killed(self):
        """A broker that is killed fails the calls that it had in hand, and no other: a caller may meet
        that twice, before the proxy sees that the connection is gone."""
        self.gone = (2,)
        self.anew()
        self.processes[2].kill()
        self.processes[2].wait(DEADLINE_S)
        self.grows(1)
        self.serve(2)
        self.gone = ()
        self.grows(2)
        seen = self.anew()
        demand(set(seen) <= {"OK", "UNAVAILABLE"} and seen["UNAVAILABLE"] <= 2 * CALLERS, f"while a broker was killed: {dict(seen)}")
        print(f"one is killed and comes back: {dict(seen)}")

    def none_is_left(self):
        """With no broker calls end at once, with a code that says to come back."""
        self.gone = (1, 2)
        for number in self.brokers:
            self.processes[number].kill()
            self.processes[number].wait(DEADLINE_S)
        self.anew()
        self.wait("calls are refused", lambda: sum(self.outcomes.values()) > 3 * CALLERS)
        seen = self.anew()
        demand(set(seen) - {"OK"} == {"UNAVAILABLE"}, f"with no broker: {dict(seen)}")
        print(f"none is left: {dict(seen)}")

    def log(self, name):
        file = self.folder / ("proxy.log" if name == "proxy" else f"broker-{name}.log")
        return file.read_text()[-2000:]

    def end(self):
        self.over.set()
        for process in self.processes.values():
            process.kill()
            process.wait()


class Still(urllib.request.HTTPRedirectHandler):
    """Goes nowhere that it is sent."""

    def redirect_request(self, *_):
        return None

    def http_error_301(self, request, response, code, message, headers):
        return response


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
