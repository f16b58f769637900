#!/usr/bin/env python3
"""Writes scikit-learn's handwritten digits as a table, if it is not there yet.

    python3 tools/digits.py digits.csv

1797 rows: the 64 pixels of an image of 8×8, row by row, from 0 to 16, and the digit. docs/networks.md trains them.
"""

import os
import sys
import tempfile


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: python3 tools/digits.py FILE")
    path = os.path.abspath(sys.argv[1])
    if os.path.exists(path):
        print(f"{path} is there already")
        return
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        sys.exit("scikit-learn is missing: pip install scikit-learn")
    digits = load_digits()
    header = [f"p{row}{column}" for row in range(8) for column in range(8)] + ["digit"]
    rows = ([*map(int, pixels), int(digit)] for pixels, digit in zip(digits.data, digits.target))
    # Written beside its place, so that nothing half-written stands under its name.
    handle, beside = tempfile.mkstemp(dir=os.path.dirname(path), suffix=".csv")
    try:
        with os.fdopen(handle, "w", newline="\n") as file:
            for row in [header, *rows]:
                file.write(",".join(map(str, row)) + "\n")
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise
    print(f"{path}: {len(digits.target)} images of 64 pixels")


if __name__ == "__main__":
    main()
