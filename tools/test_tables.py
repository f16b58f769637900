"""Tables of elbow, read by the libraries that people read them with: pandas and polars, CSV and Parquet.

Run as `python3 tools/test_tables.py PROGRAM`, with pandas, polars and pyarrow installed and an elbow built with the feature
`parquet`. Every cell that a library reads is compared with the text of the CSV file, and so are the types of columns.
"""

import csv
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas
import polars

# Runs that finish and that diverge, classes and values, whole numbers, words, numbers, and lists in quotes.
PLAN = """
steps = 60
seeds = 3
[[list]]
target = "moons"
[[list]]
target = "piecewise"
[grid]
layers = [[4, 4], [5]]
lr-all = [0.01, 1e9]
batch = [10, 20]
optimizer = ["sgd", "adam"]
"""

WHOLE = {"run", "seed", "step", "width", "batch", "diverged_at", "dead_units", "elbows_outside"}
NUMBERS = {"lr-all", "minibatch_loss", "train_loss", "test_loss", "train_accuracy", "test_accuracy"}


def same(found, text, name):
    """Whether a cell that was read is that of the file."""
    is_missing = found is None or found is pandas.NA or (isinstance(found, float) and math.isnan(found))
    if text == "" or is_missing:
        return text == "" and is_missing
    if name in WHOLE:
        return int(found) == int(text)
    if name in NUMBERS:
        return float(found) == float(text)
    return str(found) == text


def compare(what, rows, columns, kinds):
    """Compares columns, by name, with the rows of the file, and their kinds with those that are wanted."""
    names = list(rows[0])
    assert list(columns) == names, f"{what}: {list(columns)}"
    for name, cells in columns.items():
        assert len(cells) == len(rows), f"{what}: {name} has {len(cells)} cells of {len(rows)}"
        for row, cell in zip(rows, cells):
            assert same(cell, row[name], name), f"{what}: {name} of run {row['run']}: {cell!r}, not {row[name]!r}"
        wanted = "whole" if name in WHOLE else "number" if name in NUMBERS else "text"
        assert kinds[name] == wanted, f"{what}: {name} is {kinds[name]}, not {wanted}"


def kind_in_pandas(column):
    types = pandas.api.types
    if types.is_integer_dtype(column):
        return "whole"
    if types.is_float_dtype(column):
        return "number"
    return "text" if types.is_string_dtype(column) or types.is_object_dtype(column) else str(column.dtype)


def kind_in_polars(kind):
    if kind.is_integer():
        return "whole"
    return "number" if kind.is_float() else "text" if kind == polars.String else str(kind)


def pandas_table(what, table, rows):
    compare(what, rows, {name: table[name].tolist() for name in table}, {name: kind_in_pandas(table[name]) for name in table})


def polars_table(what, table, rows):
    columns = {name: table[name].to_list() for name in table.columns}
    compare(what, rows, columns, {name: kind_in_polars(table.schema[name]) for name in table.columns})


def read(path):
    """Reads a CSV file and the Parquet file beside it with both libraries; returns how many rows there are."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = list(rows[0])
    # As docs/sweeps.md and docs/compare.md say: a hash is no number, an empty cell no reason for another type, and there
    # is no word that stands for a missing value.
    kinds = {name: "Int64" if name in WHOLE else "Float64" if name in NUMBERS else "string" for name in names}
    table = pandas.read_csv(path, dtype=kinds, keep_default_na=False, na_values={name: [""] for name in names})
    pandas_table(f"pandas, {path.name}", table, rows)
    overrides = {
        name: polars.Int64 if name in WHOLE else polars.Float64 if name in NUMBERS else polars.String for name in names
    }
    polars_table(f"polars, {path.name}", polars.read_csv(path, schema_overrides=overrides), rows)
    # Without a word about types, but that of the hash, what has numbers is read as numbers: so docs/sweeps.md has it.
    plain = pandas.read_csv(path, dtype={"hash": str})
    hashes = {"hash": polars.String} if "hash" in names else None
    guessed = polars.read_csv(path, schema_overrides=hashes, infer_schema_length=None)
    for name in names:
        cells = [row[name] for row in rows if row[name]]
        if not cells or name not in NUMBERS | WHOLE | {"hash"}:
            continue
        # Whole numbers with empty cells among them are doubles in pandas.
        wanted = {"text"} if name == "hash" else {"number"} if name in NUMBERS else {"whole", "number"}
        found = {kind_in_pandas(plain[name]), kind_in_polars(guessed.schema[name])}
        assert found <= wanted, f"{path.name}: {name} is guessed to be {found}"
        values = [str(value) for value in plain[name].dropna()], [str(value) for value in guessed[name].drop_nulls()]
        kept = (lambda text: text) if name == "hash" else float
        assert all([kept(value) for value in column] == [kept(cell) for cell in cells] for column in values), name
    # Parquet needs nothing to be said.
    file = path.with_suffix(".parquet")
    pandas_table(f"pandas, {file.name}", pandas.read_parquet(file, dtype_backend="numpy_nullable"), rows)
    polars_table(f"polars, {file.name}", polars.read_parquet(file), rows)
    return len(rows)


def main(program):
    program = str(Path(program).resolve())
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)

        def elbow(*arguments):
            subprocess.run([program, *arguments, "--quiet"], cwd=place, check=True)

        (place / "plan.toml").write_text(PLAN, encoding="utf-8")
        elbow("sweep", "plan.toml", "--out", "swept", "--parquet")
        counts = [read(place / "swept" / "runs.csv")]
        for shard in (1, 2):
            elbow("sweep", "plan.toml", "--shard", f"{shard}/2", "--out", f"part-{shard}")
        elbow("merge", "part-1", "part-2", "--out", "merged", "--parquet")
        whole, merged = [(place / where / "runs.parquet").read_bytes() for where in ("swept", "merged")]
        assert whole == merged, "a merged Parquet file has other bytes"
        common = ["--seeds", "3", "--steps", "60", "--parquet"]
        elbow("compare", "--compare", "lr-all=0.01,1e9", "--widths", "3,5", *common, "--out", "values")
        elbow("compare", "--compare", "layers=4,4;5", "--target", "moons", *common, "--out", "classes")
        counts += [read(place / where / "compare.csv") for where in ("values", "classes")]
        # More rows than a group of a Parquet file has.
        elbow("compare", "--optimizers", "sgd,adam", "--widths", "1", "--seeds", "30", "--steps", "2000", "--save-every", "1",
              "--parquet", "--out", "many")
        counts.append(read(place / "many" / "compare.csv"))
        assert counts[-1] > 100_000
    print(f"pandas {pandas.__version__} and polars {polars.__version__} read {counts} rows as they are")


if __name__ == "__main__":
    main(sys.argv[1])
