"""Damaged data files: what is read of them is what Python's `csv` reads by the same rules, or it is
refused with file, line and column. `RAVINE_FUZZ_FILES` asks for more files than the 100,000 of the
tests, `RAVINE_FUZZ_SEED` for others, `RAVINE_FUZZ_ONE` for the file of this number alone."""

import csv
import io
import math
import os
import random
import re
import threading
from pathlib import Path

import numpy as np
import pytest

from ravine import data

FILES = int(os.environ.get("RAVINE_FUZZ_FILES", "100000"))
SEED = int(os.environ.get("RAVINE_FUZZ_SEED", "1"))

#: What stands around cells.
SPACE = " \t\n\x0c\r"
NUMBER = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|infinity|nan)", re.A | re.I)
MISSING = ("", "na", "n/a", "nan", "null", "none", "?")
#: By delimiter, white space before a quote, of which the csv module skips blanks alone.
BEFORE_QUOTE = {
    delimiter: re.compile(rf"(^|[{delimiter}\r\n])[ {space}]*[{space}][ {space}]*(?=\")")
    for delimiter, space in ((",", "\t\x0c"), (";", "\t\x0c"), ("\t", "\x0c"))
}
PLACED = re.compile(r":(?P<line>\d+): column `(?P<column>.+?)`: (?P<what>.+)", re.S)
WHOLE = (
    "is empty",
    "has a header but no rows",
    "has labels but no `index:value`",
)


class Refused(Exception):
    """A file that is to be refused, and at which line where that is of a line."""

    def __init__(self, line: int | None) -> None:
        super().__init__(line)
        self.line = line


def is_number(cell: str) -> bool:
    return NUMBER.fullmatch(cell) is not None


def number(cell: str, line: int) -> float:
    """A finite number."""
    if not is_number(cell) or not math.isfinite(value := float(cell)):
        raise Refused(line)
    return value


def lines_of(text: str) -> list[str]:
    """The lines without what ends them, LF, CR LF or CR."""
    return [line.rstrip("\r\n") for line in io.StringIO(text, newline="")]


def is_svm(lines: list[str]) -> bool:
    """Whether the first line that is more than a label has `index:value` or `qid:number` next."""
    for line in lines:
        words = [w for w in re.split(f"[{SPACE}]+", line.split("#")[0]) if w]
        if len(words) > 1:
            index, colon, value = words[1].partition(":")
            if index == "qid" and re.fullmatch(r"\+?\d{1,19}", value, re.A):
                return True
            whole = re.fullmatch(r"\+?0*\d{1,9}", index, re.A) is not None
            return bool(colon) and whole and not set(value) & {",", ";"}
        if words and not is_number(words[0]):
            return False
    return False


def read_svm(lines: list[str]) -> tuple[list[list[tuple[int, float]]], list[float]]:
    """Rows of entries and labels."""
    rows, labels = [], []
    plain = [re.sub(f"[{SPACE}]", " ", line.split("#")[0]) for line in lines]
    reader = csv.reader(plain, delimiter=" ", quoting=csv.QUOTE_NONE, skipinitialspace=True)
    for line, row in enumerate(reader, 1):
        words = [word for word in row if word]
        if not words:
            continue
        labels.append(number(words.pop(0), line))
        if words and re.fullmatch(r"qid:\+?\d{1,19}", words[0], re.A):
            words.pop(0)
        entries: list[tuple[int, float]] = []
        for word in words:
            index, colon, value = word.partition(":")
            if not colon or not re.fullmatch(r"\+?\d+", index, re.A):
                raise Refused(line)
            column = int(index) - 1
            if not (entries[-1][0] if entries else -1) < column < 1 << 24:
                raise Refused(line)
            entries.append((column, number(value, line)))
        rows.append(entries)
    if not any(rows):
        raise Refused(None)
    return rows, labels


def delimiter_of(lines: list[str]) -> str:
    """The most frequent of comma, semicolon and tab in the first line that is not blank."""
    first = next((line for line in lines if line.strip(SPACE)), "")
    outside = "".join(first.split('"')[::2])
    return max(",;\t", key=outside.count)


def records_of(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """The records with the lines that they begin on."""
    lines = lines_of(text)

    records = []
    reader = csv.reader(
        io.StringIO(BEFORE_QUOTE[delimiter].sub(r"\1", text), newline=""),
        delimiter=delimiter,
        skipinitialspace=True,
    )
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return records
        ended = [re.sub("\r\n?", "\n", cell).strip(SPACE) for cell in row]
        # The cell of a blank line is none, but one of two quotes is; before the first record, tabs
        # say nothing.
        said = ended not in ([], [""]) if records else False
        if said or lines[line - 1].strip(SPACE):
            records.append((line, ended))


def read_table(text: str, delimiter: str) -> tuple[list[str], list[list[str]], list[bool]]:
    """Names, rows of cells, and which columns are of numbers."""
    records = records_of(text, delimiter)
    if not records:
        raise Refused(None)
    line, first = records[0]
    if any("\udc80" <= c <= "\udcff" for cell in first for c in cell):
        raise Refused(line)
    if any(map(is_number, first)):
        names = [f"column {j}" for j in range(1, len(first) + 1)]
    else:
        names = [cell or f"column {j}" for j, cell in enumerate(first, 1)]
        records = records[1:]
        if len(set(names)) < len(names):
            raise Refused(line)
        if not records:
            raise Refused(None)
    numeric = [is_number(cell) for cell in records[0][1]]
    for line, row in records:
        if len(row) != len(names):
            raise Refused(line)
        for j, cell in enumerate(row):
            if cell.lower() in MISSING or any("\udc80" <= c <= "\udcff" for c in cell):
                raise Refused(line)
            if numeric[j]:
                number(cell, line)
            # A decimal comma at the head of a column.
            elif row is records[0][1] and "," in cell and is_number(cell.replace(",", ".", 1)):
                raise Refused(line)
    return names, [row for _, row in records], numeric


def compare_table(read: data.Dataset, text: str, delimiter: str, target: int) -> None:
    names, rows, numeric = read_table(text, delimiter)
    columns, called = [], []
    for j, name in enumerate(names):
        cells = [row[j] for row in rows]
        levels = sorted(set(cells), key=lambda cell: cell.encode())
        if j == target:
            assert read.target == name
            if numeric[j]:
                assert read.y.tolist() == [float(cell) for cell in cells]
            else:
                assert read.classes == tuple(levels)
                assert [levels[k] for k in read.y.tolist()] == cells
        elif numeric[j]:
            called.append(name)
            columns.append([float(cell) for cell in cells])
        else:
            for level in levels[1:]:
                called.append(f"{name}={level}")
                columns.append([float(cell == level) for cell in cells])
    assert read.names == tuple(called)
    assert read.X.shape == (len(rows), len(called))
    assert read.X.T.tolist() == columns


def compare_svm(read: data.Dataset, lines: list[str]) -> None:
    rows, labels = read_svm(lines)
    assert read.y.tolist() == labels
    assert read.X.shape[0] == len(rows)
    assert np.diff(read.X.indptr).tolist() == [len(row) for row in rows]
    entries = [entry for row in rows for entry in row]
    assert list(zip(read.X.indices.tolist(), read.X.data.tolist(), strict=True)) == entries


CELLS = ("red", "blue", "a b", "1", "-2.5", "3e2", ".5", "7.", "x,y", "p;q", 'say "no"', "é", "2,5")
ENDS = ("\n", "\r\n", "\r")


def cell(dice: random.Random, delimiter: str, kind: str) -> str:
    text = str(dice.randrange(-9, 99)) if kind == "number" else dice.choice(CELLS)
    if kind == "number" and dice.random() < 0.3:
        text = repr(dice.uniform(-1, 1) * 10.0 ** dice.randrange(-5, 9))
    if '"' in text or delimiter in text or dice.random() < 0.1:
        text = '"' + text.replace('"', '""') + '"'
    if dice.random() < 0.05:
        text = f" {text} "
    if dice.random() < 0.01:
        text = dice.choice(('""', "NA", "?", "", '"two\nlines"', '"two\r\nlines"'))
    return text


def table(dice: random.Random) -> str:
    delimiter = dice.choice(",;\t")
    kinds = [dice.choice(("number", "number", "text")) for _ in range(dice.randrange(1, 5))]
    ends = ENDS if dice.random() < 0.2 else (dice.choice(ENDS),)
    lines = []
    if dice.random() < 0.8:
        lines.append(
            delimiter.join(f"n{j}" if dice.random() < 0.95 else "" for j in range(len(kinds)))
        )
    for _ in range(dice.randrange(0, 7)):
        lines.append(delimiter.join(cell(dice, delimiter, kind) for kind in kinds))
        if dice.random() < 0.05:
            lines.append(dice.choice(("", " ", "\t", delimiter * (len(kinds) - 1))))
    text = "".join(line + dice.choice(ends) for line in lines)
    return text if dice.random() < 0.7 else text.rstrip("\r\n")


def svm(dice: random.Random) -> str:
    ends = ENDS if dice.random() < 0.2 else (dice.choice(ENDS),)
    lines = []
    for _ in range(dice.randrange(1, 7)):
        words = [dice.choice(("1", "-1", "+1", "2.5"))]
        if dice.random() < 0.1:
            words.append(f"qid:{dice.randrange(9)}")
        for index in sorted(dice.sample(range(1, 9), dice.randrange(0, 5))):
            words.append(f"{index}:{dice.choice(('1', '-2.5', '3e2', '.5', '0'))}")
        line = dice.choice((" ", " ", "  ", "\t")).join(words)
        lines.append(line + dice.choice(("",) * 9 + (" # note",)))
        if dice.random() < 0.05:
            lines.append(dice.choice(("", " ", "# note")))
    return "".join(line + dice.choice(ends) for line in lines)


INSERTED = (b'"', b'""', b"\r", b"\n", b"\r\n", b",", b";", b"\t", b" ", b"\x0c", b"\0", b"\xff")
INSERTED += (b"\xef\xbb\xbf", b"1:2", b"#", b"e", b"-", b".", b"nan", b"inf", b"\xc3\xa9", b"\n\n")


def damaged(dice: random.Random) -> bytes:
    """A file of one of the formats, with up to four damages."""
    raw = bytearray((table if dice.random() < 0.75 else svm)(dice).encode())
    if dice.random() < 0.1:
        raw[:0] = b"\xef\xbb\xbf"
    for _ in range(dice.choice((0, 0, 1, 1, 1, 2, 3, 4))):
        at = dice.randrange(len(raw) + 1)
        length = dice.randrange(1, 9)
        damage = dice.randrange(6)
        if damage == 0 and at < len(raw):
            raw[at] ^= 1 << dice.randrange(8)
        elif damage == 1 and at < len(raw):
            raw[at] = dice.randrange(256)
        elif damage == 2:
            del raw[at : at + length]
        elif damage == 3:
            raw[at:at] = raw[at : at + length]
        elif damage == 4 and dice.random() < 0.2:
            del raw[at:]
        else:
            raw[at:at] = dice.choice(INSERTED)
    return bytes(raw)


def through_pipe(raw: bytes, dice: random.Random, target: int | None) -> data.Dataset:
    """Read from a pipe; now and then its writer gives a few bytes at a time."""
    out, into = os.pipe()
    if dice.random() < 0.95:
        os.write(into, raw)
        os.close(into)
        try:
            return data.read(f"/dev/fd/{out}", target)
        finally:
            os.close(out)
    sizes = [dice.randrange(1, 40) for _ in range(len(raw))]

    def write() -> None:
        at = 0
        with os.fdopen(into, "wb", buffering=0) as pipe:
            try:
                for size in sizes:
                    pipe.write(raw[at : at + size])
                    at += size
                    if at >= len(raw):
                        break
            except BrokenPipeError:
                pass

    writer = threading.Thread(target=write)
    writer.start()
    try:
        return data.read(f"/dev/fd/{out}", target)
    finally:
        os.close(out)
        writer.join()


def check(number: int, path: Path) -> bool:
    """Whether the file of that number was read; it is an error where it should not have been."""
    dice = random.Random(SEED * 1_000_003 + number)
    raw = damaged(dice)
    text = raw.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    lines = lines_of(text)
    sparse = is_svm(lines)
    delimiter = delimiter_of(lines)
    for match in BEFORE_QUOTE[delimiter].finditer(text):
        # Whether that is a quoted cell or within one, only a reader of quotes can tell.
        if text.count('"', 0, match.start()) % 2 == 1:
            return False
    target = 0
    if not sparse:
        try:
            target = dice.randrange(len(read_table(text, delimiter)[0]))
        except Refused:
            pass
    column = None if sparse else target + 1
    try:
        if number % 50 > 0:
            read = through_pipe(raw, dice, column)
        else:
            path.write_bytes(raw)
            read = data.read(path, column)
    except ValueError as error:
        message = str(error)
        name = "/dev/fd/" if number % 50 > 0 else str(path)
        assert message.startswith(name), message
        place = PLACED.search(message, len(name))
        assert place or message.endswith(WHOLE), message
        try:
            read_svm(lines) if sparse else read_table(text, delimiter)
        except Refused as refused:
            if place and "a quote is" not in message:
                assert int(place["line"]) == refused.line, f"{message}, not {refused.line}"
            assert place or refused.line is None or "a quote" in message, message
        else:
            # The csv module takes quotes as they come.
            assert "a quote is" in message, message
        return False
    if sparse:
        compare_svm(read, lines)
    else:
        compare_table(read, text, delimiter, target)
    return True


@pytest.mark.timeout(0)
@pytest.mark.filterwarnings("ignore:.*all numbers")
def test_damaged_files_are_read_as_csv_reads_them_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "damaged.csv"
    one = os.environ.get("RAVINE_FUZZ_ONE")
    if one is not None:
        check(int(one), path)
        return
    read, faults = 0, []
    for number in range(FILES):
        try:
            read += check(number, path)
        except (AssertionError, Refused) as error:
            faults.append(f"{number}: {type(error).__name__} {error}")
    assert not faults, f"{len(faults)} of {FILES}\n" + "\n".join(faults[:20])
    assert read > FILES / 5
