#!/usr/bin/env bash
# Sessions that come, press keys at random and go, for a while; afterwards memory is as before, no lease is left that
# nobody will renew, and the ledger verifies.
#   tests/long/soak.sh [SESSIONS [MINUTES [SEED]]]        (500 30 1 unless told otherwise)
set -euo pipefail
cd "$(dirname "$0")/../.."
sessions=${1:-500} minutes=${2:-30} seed=${3:-1}
ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"
cargo build --release --locked -q
driver=$PWD/$(cargo bench --bench soak --no-run --locked 2>&1 | sed -n 's/.*(\(.*\))$/\1/p')
home=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$home"' EXIT
# copies, so that a build beside it changes nothing
cp target/release/guildhall "$home/guildhall"
cp "$driver" "$home/driver"
guildhall=$home/guildhall
unset GUILDHALL_HALL GUILDHALL_KEY SSH_AUTH_SOCK

"$guildhall" --hall "$home/hall" demo --no-console >/dev/null
for n in $(seq 3000); do
    echo "{\"prompt\":\"Question $n?\",\"outputs\":[{\"text\":\"Answer $n.\"},{\"text\":\"Another answer $n.\"}]}"
done >"$home/items.jsonl"
"$guildhall" --hall "$home/hall" --as "$home/hall/keys/steward-1" import "$home/items.jsonl" --guild cardiology >/dev/null
printf '\n[serve]\nsessions = 5000\nsessions_of_a_member = 5000\nconnections_at_once = 1000000\n' >>"$home/hall/config.toml"
"$guildhall" --hall "$home/hall" serve --listen 127.0.0.1:0 --metrics 127.0.0.1:0 >"$home/out" 2>"$home/err" &
server=$!
until grep -q metrics "$home/out"; do sleep 0.05; done
addr=$(sed -n 's/.* at \(127[0-9.:]*\)$/\1/p' "$home/out")
metrics=$(sed -n 's/metrics at //p' "$home/out")
resident() { awk '/VmRSS/ {print $2}' "/proc/$server/status"; }

# six rounds with a pause after each: an allocator takes some to find its level, so the last is held against the middle
levels=()
for round in 1 2 3 4 5 6; do
    "$home/driver" "$addr" "$home/hall/keys" "$sessions" "$((minutes / 6))" $((seed + round))
    sleep 30
    levels+=("$(($(resident) / 1024))")
    echo "memory after round $round: ${levels[-1]} MB"
done
left=$(python3 - "$metrics" <<'PY'
import sys, urllib.request
for line in urllib.request.urlopen(sys.argv[1]).read().decode().splitlines():
    if line.startswith(("guildhall_sessions ", "guildhall_connections ", "guildhall_session_panics_total ")):
        print(line)
PY
)
echo "$left"
kill -TERM $server
wait $server
python3 - "$home/hall/work.db" <<'PY'
import sqlite3, sys
leases = sqlite3.connect(sys.argv[1])
# a lease stays only with a draft, until it runs out
without = leases.execute(
    "SELECT count(*) FROM leases WHERE NOT EXISTS (SELECT 1 FROM drafts WHERE drafts.member = leases.member AND drafts.item = leases.item)"
).fetchone()[0]
print(f"leases without a draft: {without}")
sys.exit(without != 0)
PY
"$guildhall" --hall "$home/hall" ledger verify
for gone in guildhall_sessions guildhall_connections guildhall_session_panics_total; do
    grep -qx "$gone 0" <<<"$left" || { echo "$gone is not 0" >&2 && exit 1; }
done
[ "${levels[5]}" -le $((levels[2] * 11 / 10)) ] || { echo "memory grows" >&2 && exit 1; }
