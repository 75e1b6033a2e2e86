#!/usr/bin/env bash
# Known faults, licences and sources of the dependencies; exceptions stand with their reasons in `.cargo/audit.toml` and
# `.cargo/deny.toml`. Not in `.ci/run`, as it goes by the advisories of the day.
#   tests/long/dependencies.sh        (cargo-audit and cargo-deny must be installed)
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo audit
cargo deny --locked check
