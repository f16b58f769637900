#!/usr/bin/env bash
# The notebook's study in PyTorch and in Elbow, in turn, one thread each; prints the ratio of their times a step.
# Needs Python with torch and numpy (PYTHON names another interpreter). Training and evaluation count, start-up and
# the writing of files do not. PyTorch makes a thirtieth of the steps, for its time a step does not change.
#
#   benches/compare/study.sh [repetitions=3]
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo build --quiet -p cli
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for _ in $(seq "${1:-3}"); do
    torch=$("${PYTHON:-python3}" benches/compare/notebook_torch.py --steps 5000 --threads 1 |
        sed -n 's/^study .* s, \([0-9.]*\) us\/step.*/\1/p')
    target/debug/elbow --quiet --threads 1 --paradigms output,all --out "$out/study"
    "${PYTHON:-python3}" - "$torch" "$out/study/summary.json" <<'PYTHON'
import json, sys
torch, runs = float(sys.argv[1]), json.load(open(sys.argv[2]))["runs"]
elbow = sum(run["seconds"] for run in runs) / sum(run["steps"] for run in runs) * 1e6
print(f"PyTorch {torch:.1f} µs a step, Elbow {elbow:.3f} µs a step: {torch / elbow:.0f} times as fast")
PYTHON
done
