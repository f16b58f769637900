"""Tables as Python's csv module and pandas write them with their defaults: python3 make.py (with pandas).

Made with Python 3.11 and pandas 3.1; see also make.R.
"""

import csv
import sys

import pandas as pd

print("Python", sys.version.split()[0], "pandas", pd.__version__)
hours = [0.5 * i for i in range(10)]
level = [20 + (7 * i) % 5 + 0.125 for i in range(10)]
days = pd.date_range("2021-03-01", periods=10)
note = ['plain', 'with, comma', 'with "quotes"', 'two\nlines', ''] * 2

with open("python-csv-writer.csv", "w", newline="") as file:
    csv.writer(file).writerows([("hour", "level", "note"), *zip(hours, level, note)])
with open("python-csv-dictwriter-excel-tab.tsv", "w", newline="") as file:
    writer = csv.DictWriter(file, ["hour", "level"], dialect="excel-tab")
    writer.writeheader()
    writer.writerows({"hour": h, "level": l} for h, l in zip(hours, level))
with open("python-csv-unix.csv", "w", newline="") as file:
    csv.writer(file, dialect="unix").writerows([("hour", "level"), *zip(hours, level)])

frame = pd.DataFrame({"hour": hours, "level": level})
frame.to_csv("pandas-to-csv.csv")
frame.to_csv("pandas-no-index.csv", index=False)
frame.to_csv("pandas-european.csv", sep=";", decimal=",", index=False)
frame.to_csv("pandas-tab.tsv", sep="\t")
frame.to_csv("pandas-gzip.csv.gz", index=False, compression={"method": "gzip", "mtime": 1})
frame.to_csv("pandas-utf-16.csv", index=False, encoding="utf-16")
frame.set_index("hour").to_csv("pandas-named-index.csv")
gaps = frame.copy()
gaps.loc[[2, 5], "level"] = None
gaps.to_csv("pandas-missing.csv")
pd.Series(level, index=days, name="level").to_csv("pandas-dates.csv")
pd.Series(level, index=days.tz_localize("Europe/Berlin"), name="level").to_csv("pandas-dates-with-zone.csv")
pd.Series(level, index=pd.period_range("2020-01", periods=10, freq="M")).to_csv("pandas-months.csv")
pd.Series(level).to_csv("pandas-series.csv")
frame.to_string(open("pandas-to-string.txt", "w"))
