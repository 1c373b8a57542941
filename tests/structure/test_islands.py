"""The three islands never import one another; a check imports pytest and the standard library, and nothing else."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ISLANDS = ("checks", "fixtures", "reports")
HEAVY = {"aiohttp", "azure", "cryptography", "dns", "httpx", "jinja2", "kubernetes", "rich", "urllib3", "yaml"}
#: What of the standard library leads to a network, a process or a clock.
OUTSIDE = {"socket", "subprocess", "urllib", "http", "ssl", "time", "os"}


def files(*folders: str) -> list[Path]:
    return [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """Every import as (level, module), wherever it stands in the file."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""


@pytest.mark.parametrize("file", files("fixtures", "reports"), ids=lambda file: str(file.relative_to(ROOT)))
def test_inside_an_island_imports_are_relative_and_stay_on_it(file: Path) -> None:
    depth = len(file.relative_to(ROOT).parts) - 1
    for level, module in imports(file):
        assert level or module.partition(".")[0] not in ISLANDS, f"{file.name} imports {module}"
        assert level <= depth, f"{file.name} reaches out of its island: {'.' * level}{module}"


@pytest.mark.parametrize("file", files("checks"), ids=lambda file: str(file.relative_to(ROOT)))
def test_a_check_imports_pytest_and_the_standard_library_only(file: Path) -> None:
    for level, module in imports(file):
        name = module.partition(".")[0]
        assert not level, f"{file.name} imports a sibling: {module}"
        assert name == "pytest" or name in sys.stdlib_module_names, f"{file.name} imports {module}"
        assert name not in OUTSIDE or module == "urllib.parse", f"{file.name} imports {module}"


def test_only_the_composition_root_names_two_islands() -> None:
    root = (ROOT / "conftest.py").read_text()
    assert '"fixtures.plugin"' in root
    assert '"reports.plugin"' in root


def at_import(file: Path) -> Iterator[str]:
    """Absolute imports that run when the module is imported: not inside functions, not for types only."""
    todo: list[ast.stmt] = list(ast.parse(file.read_text()).body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        elif isinstance(node, ast.If | ast.Try | ast.With):
            todo += node.body


@pytest.mark.parametrize(
    "file",
    [*sorted((ROOT / "fixtures").glob("*.py")), *sorted((ROOT / "fixtures/sources").glob("*/__init__.py"))],
    ids=lambda file: str(file.relative_to(ROOT)),
)
def test_no_sdk_is_imported_before_it_is_wanted(file: Path) -> None:
    assert not {module.partition(".")[0] for module in at_import(file)} & HEAVY


def swallows(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches everything and does not raise it again."""
    everything = handler.type is None or ast.unparse(handler.type) in ("Exception", "BaseException")
    last = handler.body[-1]
    return everything and not (isinstance(last, ast.Raise) and last.exc is None)


def test_the_one_place_that_catches_everything_is_where_a_failure_becomes_evidence() -> None:
    catching = {
        str(file.relative_to(ROOT))
        for file in files(*ISLANDS)
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ExceptHandler) and swallows(node)
    }
    assert catching == {"fixtures/asking.py"}
