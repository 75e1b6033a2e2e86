#!/usr/bin/env bash
# Dawid-Skene and Krippendorff's alpha beside crowd-kit, an EM over scipy.sparse and the krippendorff package, in one run.
#   tests/bench/consensus.sh [JUDGEMENTS...]        (10000 100000 1000000 10000000 unless told otherwise)
# The Python packages go into a scratch environment, VENV if set; crowd-kit is left out above MOST judgements (1000000).
set -euo pipefail
cd "$(dirname "$0")/../.."
sizes=("$@")
[ ${#sizes[@]} -gt 0 ] || sizes=(10000 100000 1000000 10000000)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
venv=${VENV:-$scratch/venv}
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q crowd-kit==1.4.2 scipy krippendorff
fi
cargo build --release --locked -q
bench=$(cargo bench --bench consensus --no-run --locked 2>&1 | sed -n 's/.*(\(target.*\)).*/\1/p')
[ -n "$bench" ] || { cargo bench --bench consensus --no-run --locked && exit 1; }
exec "$venv/bin/python" tests/bench/consensus.py "$bench" target/release/guildhall "$scratch" "${sizes[@]}"
