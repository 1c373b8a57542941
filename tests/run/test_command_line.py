"""What ``gonogo`` says to what it cannot use."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.command_line import main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["diff", "{}/none", "{}"], "none: cannot be read: No such file or directory"),
        (["diff", "{}", "{}"], "results.json: cannot be read: No such file or directory"),
        (["diff", "{}/text", "{}/text"], "text: is no results.json"),
        (["schema", "--write", "{}/none"], "none: No such file or directory"),
    ],
    ids=["no run", "no results", "no record", "no folder"],
)
def test_it_is_one_sentence_and_exit_4(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "text").write_text("words")
    assert main([each.format(tmp_path) for each in arguments]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


@pytest.mark.parametrize("arguments", [[], ["merge-all"], ["schema", "verdict"], ["sandbox", "--phase", "before"]])
def test_a_wrong_usage_leaves_with_4(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 4
    assert "usage: gonogo" in capsys.readouterr().err
