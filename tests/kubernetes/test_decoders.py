"""Many threads that want the same structs at the same moment: what is known of a struct must be whole by then."""

import subprocess
import sys

from tests.run.gate import ROOT, clean_environment

AT_ONCE = """
import sys
from multiprocessing.pool import ThreadPool
from threading import Barrier

from fixtures.decoders import decoder
from fixtures.sources.kubernetes.decoding import page
from fixtures.sources.kubernetes.kinds import BY_KEY

sys.setswitchinterval(1e-6)
kinds = [BY_KEY[key] for key in ("deployments", "statefulsets", "daemonsets", "replicasets", "pods", "jobs")]
container = b'{"name": "a", "env": [{"name": "A", "value": "1"}], "resources": {"limits": {"memory": "1Gi"}}}'
spec = b'{"containers": [%s], "template": {"spec": {"containers": [%s]}}}' % (container, container)
body = b'{"metadata": {}, "items": [{"metadata": {"name": "a", "namespace": "b"}, "spec": %s}]}' % spec
gate = Barrier(len(kinds))

def read(kind):
    gate.wait()
    return [bad.message for bad in page(kind, body)[1]]

with ThreadPool(len(kinds)) as pool:
    assert not any(found := pool.map(read, kinds, chunksize=1)), found
"""


def test_no_thread_meets_a_struct_that_another_is_learning_about() -> None:
    for _ in range(5):
        ran = subprocess.run(
            [sys.executable, "-c", AT_ONCE],
            cwd=ROOT,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr[-2000:]
