"""The examples in the guide's chapter on the package run, and print what it shows."""

import doctest
from pathlib import Path

CHAPTER = Path(__file__).parents[3] / "guide" / "src" / "python.md"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def python_lines(text: str) -> str:
    """The lines of the blocks in Python, the others blank, so that numbers of lines stay."""
    lines, inside = [], False
    for line in text.splitlines():
        if line.startswith("```"):
            inside = line == "```python"
            lines.append("")
        else:
            lines.append(line if inside else "")
    return "\n".join(lines) + "\n"


def test_the_chapter_shows_what_happens() -> None:
    source = python_lines(CHAPTER.read_text())
    test = doctest.DocTestParser().get_doctest(source, {}, "python.md", str(CHAPTER), 0)
    assert len(test.examples) > 30
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=FLAGS).run(test, out=report.append)
    assert result.failed == 0, "".join(report)
