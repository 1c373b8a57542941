"""The real things that the contract tests may be tried against: where they are, or why they are not."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

#: Where ``make contract`` installs Azurite.
AZURITE = Path(sys.prefix) / "azurite/node_modules/azurite"
#: Debian keeps servers where not everybody looks.
_PATH = os.pathsep.join((str(Path(sys.prefix) / "bin"), os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
KUBECONFIG, SERVICE_BUS = "GONOGO_CONTRACT_KUBECONFIG", "GONOGO_CONTRACT_SERVICEBUS"
_STARTING = 60.0


@dataclass(frozen=True)
class Peer:
    """One of them; ``absent`` says why it is not there."""

    protocol: str
    name: str
    absent: str | None = None

    def __str__(self) -> str:
        return f"{self.protocol}: {self.name}" + (f" is absent: {self.absent}" if self.absent else "")


def program(name: str) -> str | None:
    """A program of the machine or of the virtual environment."""
    return shutil.which(name, path=_PATH)


def azurite() -> Peer:
    """Blob storage's emulator."""
    if not (AZURITE / "package.json").is_file():
        return Peer("Blob", "Azurite", "not installed (`make contract` does)")
    version = json.loads((AZURITE / "package.json").read_text())["version"]
    return Peer("Blob", f"Azurite {version}", None if program("node") else "there is no Node to run it")


def nsd() -> Peer:
    """An authoritative name server."""
    return Peer("DNS", "NSD", None if program("nsd") else "not installed (Debian's package nsd)")


def nginx() -> Peer:
    """A web server."""
    return Peer("web", "nginx", None if program("nginx") else "not installed (Debian's package nginx)")


def cluster() -> Peer:
    """Any Kubernetes cluster that may be read."""
    return Peer("Kubernetes", "a cluster", None if os.environ.get(KUBECONFIG) else f"{KUBECONFIG} names no kubeconfig")


def service_bus() -> Peer:
    """A Service Bus namespace, or the emulator."""
    told = os.environ.get(SERVICE_BUS)
    return Peer("Service Bus", "a namespace", None if told else f"{SERVICE_BUS} holds no connection string")


def broker() -> Peer:
    """The sandbox's own half of Service Bus, which has to be built."""
    return Peer("Service Bus", "the sandbox", None if find_spec("proton") else "python-qpid-proton is not installed")


def peers() -> tuple[Peer, ...]:
    """All of them."""
    return (azurite(), nsd(), nginx(), cluster(), service_bus(), broker())


@contextmanager
def running(command: Sequence[str], ready: str, more: Mapping[str, str] | None = None) -> Iterator[re.Match[str]]:
    """A program that is stopped afterwards; hands out what it said that matches ``ready``."""
    environment = {**os.environ, "PATH": _PATH, **(more or {})}
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said: deque[str] = deque(maxlen=20)
    found: list[re.Match[str]] = []
    heard = threading.Event()

    def listen() -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                said.append(line)
                match = re.search(ready, line)
                if match and not found:
                    found.append(match)
                    heard.set()
        heard.set()

    listening = threading.Thread(target=listen, daemon=True)
    listening.start()
    try:
        heard.wait(_STARTING)
        if not found:
            raise RuntimeError(f"{command[0]} did not start: {''.join(said) or 'it said nothing'}")
        yield found[0]
    finally:
        process.terminate()
        process.wait()
        listening.join()


def free_port() -> int:
    """A port that nobody has, neither over TCP nor over UDP, a moment before it is taken."""
    while True:
        with socket.socket() as over_tcp, socket.socket(type=socket.SOCK_DGRAM) as over_udp:
            over_tcp.bind(("127.0.0.1", 0))
            port = int(over_tcp.getsockname()[1])
            try:
                over_udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
