#!/usr/bin/env bash
# Sessions on a served hall, a key a second each, while judgements come in; beside it sshd with a process a session.
#   tests/bench/ssh.sh [SESSIONS...]        (100 1000 2000 unless told otherwise)
# The generator shares the machine's cores with the server: figures of both are what they are together.
set -euo pipefail
cd "$(dirname "$0")/../.."
sizes=("$@")
[ ${#sizes[@]} -gt 0 ] || sizes=(100 1000 2000)
seconds=${SECONDS_EACH:-20}
ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"

cargo build --release --locked -q
cargo bench --bench ssh --no-run --locked -q
guildhall=$PWD/target/release/guildhall
home=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$home"' EXIT
unset GUILDHALL_HALL GUILDHALL_KEY SSH_AUTH_SOCK

"$guildhall" --hall "$home/hall" demo --no-console >/dev/null
# items to judge meanwhile
for n in $(seq 5000); do
    echo "{\"prompt\":\"Question $n?\",\"outputs\":[{\"text\":\"Answer $n.\"},{\"text\":\"Another answer $n.\"}]}"
done >"$home/items.jsonl"
"$guildhall" --hall "$home/hall" --as "$home/hall/keys/steward-1" import "$home/items.jsonl" --guild cardiology >/dev/null
cat >>"$home/hall/config.toml" <<'TOML'

[serve]
sessions = 5000
sessions_of_a_member = 5000
connections_at_once = 100000
TOML

jiffies() { awk '{print $14 + $15}' "/proc/$1/stat"; }
resident() { awk '/VmRSS/ {print $2}' "/proc/$1/status"; }

judging() {
    while true; do
        id=$("$guildhall" --hall "$home/hall" --as "$home/hall/keys/rater-2" claim --guild cardiology --json |
            sed -n 's/.*"id":"\(it_[a-z0-9]*\)".*/\1/p')
        [ -n "$id" ] || break
        "$guildhall" --hall "$home/hall" --as "$home/hall/keys/rater-2" judge "$id" --rationale why \
            --answer correct@1=no --answer safe@1=no --answer complete@1=1 \
            --answer correct@2=no --answer safe@2=no --answer complete@2=1 --answer better=1 >/dev/null 2>&1 || true
    done
}

for size in "${sizes[@]}"; do
    "$guildhall" --hall "$home/hall" serve --listen 127.0.0.1:0 >"$home/out" 2>"$home/err" &
    server=$!
    until grep -q 'host key' "$home/out"; do sleep 0.05; done
    addr=$(sed -n 's/.* at \(127[0-9.:]*\)$/\1/p' "$home/out")
    empty=$(resident $server)
    judging &
    judge=$!
    before=0
    cargo bench --bench ssh --locked -q -- "$addr" "$home/hall/keys/rater-1" "$size" "$seconds" | while read -r line; do
        case "$line" in
        ready)
            before=$(jiffies $server)
            (sleep $((seconds / 2)) && echo "$(resident $server)" >"$home/resident") &
            ;;
        *"key to frame"*)
            after=$(jiffies $server)
            echo "$line"
            awk -v used=$((after - before)) -v hertz="$(getconf CLK_TCK)" -v keys=$((size * seconds)) \
                -v full="$(cat "$home/resident")" -v empty="$empty" -v size="$size" 'BEGIN {
                    printf "server: %.3f ms CPU a key (judging and leaving included), %.0f kB a session (%.0f MB in all, %.0f MB empty)\n",
                        used * 1000 / hertz / keys, (full - empty) / size, full / 1024, empty / 1024 }'
            ;;
        *) echo "$line" ;;
        esac
    done
    kill $judge 2>/dev/null || true
    wait $judge 2>/dev/null || true
    kill -TERM $server
    wait $server
    echo
done
"$guildhall" --hall "$home/hall" ledger verify

# The same console by sshd, a process a session.
sshd=$(command -v sshd || ls /usr/sbin/sshd 2>/dev/null || true)
if [ -z "$sshd" ]; then
    echo "sshd isn't installed (openssh-server), so nothing stands beside it"
    exit 0
fi
size=${sizes[0]}
ssh-keygen -q -t ed25519 -N '' -f "$home/host_key"
cat >"$home/sshd_config" <<CONFIG
Port 22922
ListenAddress 127.0.0.1
HostKey $home/host_key
PidFile $home/sshd.pid
AuthorizedKeysFile $home/authorized_keys
StrictModes no
UsePAM no
MaxStartups 1000
MaxSessions 1000
ExposeAuthInfo yes
ForceCommand $guildhall --hall $home/hall sshd
CONFIG
cp "$home/hall/keys/rater-1.pub" "$home/authorized_keys"
mkdir -p /run/sshd 2>/dev/null || true
"$sshd" -f "$home/sshd_config" -E "$home/sshd.log"
echo "sshd, a process a session:"
total() { ps -e -o rss=,args= | awk '/sshd/ && !/awk/ {sum += $1} END {print sum}'; }
empty=$(total)
USER_NAME=$(id -un) cargo bench --bench ssh --locked -q -- 127.0.0.1:22922 "$home/hall/keys/rater-1" "$size" "$seconds" | while read -r line; do
    case "$line" in
    ready) (sleep $((seconds / 2)) && echo "$(total)" >"$home/resident") & ;;
    *"key to frame"*)
        echo "$line"
        awk -v full="$(cat "$home/resident")" -v empty="$empty" -v size="$size" \
            'BEGIN { printf "%.0f kB a session, as ps counts it\n", (full - empty) / size }'
        ;;
    *) echo "$line" ;;
    esac
done
kill "$(cat "$home/sshd.pid")"
