"""Installed from the wheel, the gate runs from a user's own repository, own checks beside the shipped ones."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.run.gate import clean_environment, copy_of_the_clone

OWN_CHECK = '''
import pytest


@pytest.mark.check(severity="blocker", remedy="Buy one.")
def test_has_nodes(cluster, kubernetes):
    """Every cluster has a node."""
    assert list(kubernetes.nodes()), f"{cluster} has no node"
'''


@pytest.fixture(scope="module")
def site_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which nothing but the wheel is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    clone = copy_of_the_clone(folder / "clone")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=clone, env=clean_environment(), capture_output=True, check=True, timeout=120)
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site-packages")
    return folder / "site-packages"


def test_nothing_generic_lands_in_site_packages(site_packages: Path) -> None:
    assert {entry.name.partition("-")[0] for entry in site_packages.iterdir()} == {"gonogo"}
    points = next(site_packages.glob("*.dist-info/entry_points.txt")).read_text()
    assert "pytest11" not in points
    assert "gonogo = gonogo.fixtures.command_line:main" in points


def test_a_users_repository_runs_shipped_and_own_checks(site_packages: Path, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["gonogo.fixtures.plugin", "gonogo.reports.plugin"]\n')
    (tmp_path / "checks/nodes").mkdir(parents=True)
    (tmp_path / "checks/nodes/test_nodes.py").write_text(OWN_CHECK)
    own = ["checks", "--env", "sandbox", "--phase", "pre-cutover", "--run-dir", "run"]
    narrowed = pytest_in(tmp_path, site_packages, *own)
    assert narrowed.returncode == 12, narrowed.stdout + narrowed.stderr
    whole = pytest_in(tmp_path, site_packages, *own, "--pyargs", "gonogo.checks")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    results = json.loads((tmp_path / "run/results.json").read_bytes())
    states = {each["check"]: each["state"] for each in results["results"]}
    assert states["nodes.has_nodes"] == "met"
    assert states["compute.oom_kills"] == "met"


def test_the_command_line_is_there(site_packages: Path, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "from gonogo.fixtures.command_line import main; raise SystemExit(main(['schema']))"],
        cwd=tmp_path,
        env=clean_environment(PYTHONPATH=str(site_packages)),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(ran.stdout)["$schema"]


def pytest_in(folder: Path, site_packages: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a user's repository."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *arguments],
        cwd=folder,
        env=clean_environment(PYTHONPATH=str(site_packages)),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
