"""Writes the Parquet files beside it: `python parquet.py`, with pyarrow."""

import decimal
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent


def column(values, kind):
    return pa.array(values, type=kind)


TABLE = pa.table(
    {
        "x": column([1.5, None, -2.0, float("nan"), 4.25], pa.float64()),
        "single": column([0.5, 1.0, 2.0, 3.0, None], pa.float32()),
        "half": column([0.5, None, 2.0, 3.0, -1.0], pa.float16()),
        "count": column([1, 2, None, -4, 5], pa.int8()),
        "large": column([0, 1, 2, 3, 2**63], pa.uint64()),
        "price": column([decimal.Decimal(t) for t in ("1.25", "-0.05", "3.00", "4.10", "5.00")], pa.decimal128(9, 2)),
        "flag": column([True, False, None, True, False], pa.bool_()),
        "name": column(["b", "a", None, "", "b"], pa.string()),
        "group": pa.DictionaryArray.from_arrays([1, 0, None, 1, 1], ["low", "high"]),
        "code": column(["007", "010", "007", None, "1"], pa.large_string()),
        "day": column([0, 1, 2, 3, 4], pa.date32()),
        "at": column([0, 1, 2, 3, 4], pa.timestamp("ms")),
        "parts": column([[1, 2], [], None, [3], [4]], pa.list_(pa.int64())),
        "pair": column([{"u": 1, "v": 2}] * 5, pa.struct([("u", pa.int64()), ("v", pa.int64())])),
        "raw": column([b"\xff", b"a", b"b", b"c", b"d"], pa.binary()),
    }
)

for name in ("snappy", "zstd", "gzip", "lz4", "none"):
    # Several row groups, the last one short.
    pq.write_table(TABLE, HERE / f"kinds_{name}.parquet", compression=name.upper(), row_group_size=2)
pq.write_table(TABLE.slice(0, 0), HERE / "no_rows.parquet")
pq.write_table(TABLE.select(["day", "raw"]), HERE / "other_kinds.parquet")
pq.write_table(TABLE, HERE / "kinds_plain.parquet", use_dictionary=False, data_page_version="2.0")
