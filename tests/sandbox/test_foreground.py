from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fixtures.evidence import Routes
from fixtures.sandbox.foreground import foreground, told

ROOT = Path(__file__).parents[2]


def test_it_says_how_to_reach_everything():
    routes = Routes(
        kubeconfig="/w/kubeconfig",
        contexts={"neu": "aks-neu"},
        resolvers={"public": ["127.0.0.1:5300"]},
        connects={"20.60.1.4:443": "127.0.0.1:4430"},
        ca_file="/w/ca.pem",
    )
    hosts = {"https://api.example/healthz": "20.60.1.4:443", "https://gone.example/": "20.0.0.9:443"}
    assert list(told(routes, "tiny, pre-cutover", hosts)) == [
        "The sandbox serves tiny, pre-cutover. Ctrl-C ends it.",
        "",
        "export KUBECONFIG=/w/kubeconfig",
        "kubectl --context aks-neu get deployments,cronjobs -A   # neu",
        "",
        "dig @127.0.0.1 -p 5300 api.example   # public",
        "",
        "curl --cacert /w/ca.pem --connect-to ::127.0.0.1:4430 https://api.example/healthz   # 20.60.1.4:443",
        "addresses of the world and where they are served:",
        "  20.60.1.4:443 -> 127.0.0.1:4430",
    ]


def test_it_serves_until_it_is_interrupted():
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from fixtures.sandbox.foreground import foreground; "
    command = [sys.executable, "-c", program + "sys.exit(foreground('sandbox'))"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        assert process.stdout is not None
        lines: list[str] = []
        while not any(line.startswith("curl ") for line in lines):
            line = process.stdout.readline()
            assert line, process.stderr.read() if process.stderr else ""
            lines.append(line)
        kubeconfig = Path(next(line for line in lines if line.startswith("export ")).split("=")[1].strip())
        assert kubeconfig.exists()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        watchdog.cancel()
    assert (process.returncode, said) == (0, "")
    assert not kubeconfig.exists()


@pytest.mark.parametrize(
    ("environment", "faults", "said"),
    [
        ("sandbx", (), "sandbx: there is no such environment, there are"),
        ("sandbox", ("compute/no-such-fault",), "compute/no-such-fault: is neither a fault file nor a fault of"),
        ("absent.yaml", (), "absent.yaml"),
    ],
)
def test_what_cannot_be_served(capsys, environment, faults, said):
    assert foreground(environment, None, faults, "pre-cutover") == 4
    assert said in capsys.readouterr().err
