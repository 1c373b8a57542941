"""Many threads that want the same answers at the same moment: what is known of a struct must be whole by then."""

import subprocess
import sys

from tests.run.gate import ROOT, clean_environment

AT_ONCE = """
import sys
from multiprocessing.pool import ThreadPool
from threading import Barrier

from fixtures.sources.arm.answers import decoded
from fixtures.sources.arm.objects import Resource
from fixtures.sources.arm.topics import topics

def below(kind):
    for each in kind.__subclasses__():
        yield each
        yield from below(each)

topics()
kinds = list(below(Resource))
sys.setswitchinterval(1e-6)
gate = Barrier(12)

def read(number):
    gate.wait()
    for kind in kinds[number % 3 :]:
        decoded(b'{"id": "/x", "properties": {}}', kind, "/x")

with ThreadPool(12) as pool:
    pool.map(read, range(12), chunksize=1)
"""


def test_no_thread_meets_a_struct_that_another_is_learning_about() -> None:
    for _ in range(3):
        ran = subprocess.run(
            [sys.executable, "-c", AT_ONCE],
            cwd=ROOT,
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, f"exit {ran.returncode}: {ran.stderr[-2000:]}"
