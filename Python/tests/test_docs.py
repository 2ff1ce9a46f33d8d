"""The examples of the page run as they stand there, one after the other."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import unroll

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
PACKAGE = Path(unroll.__file__).parent


def blocks(language):
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    assert found
    return found


def test_the_examples_run(tmp_path, monkeypatch, capsys):
    pytest.importorskip("pandas")
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    names = {}
    for place, block in enumerate(blocks("python")):
        exec(compile(block, f"block {place + 1} of {PAGE.name}", "exec"), names)
    said = capsys.readouterr().out
    # What the page says in words.
    assert "interrupted" in said and "finished" in said
    assert "series 1, step 1: found nan, expected a finite number" in said
    compiler = next(filter(shutil.which, ["clang", "gcc", "cc"]), None)
    if compiler:
        Path("example.c").write_text(blocks("c")[0])
        header = Path(__file__).parents[2] / "Sources" / "CUnroll" / "include"
        subprocess.run(
            [compiler, "example.c", f"-I{header}", PACKAGE / "libunroll.so", f"-Wl,-rpath,{PACKAGE}"],
            check=True)
        output = subprocess.check_output("./a.out", text=True)
        assert abs(sum(map(float, output.split())) - 1) < 0.002
