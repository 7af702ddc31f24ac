#!/usr/bin/env bash
# Instructions that it takes to decode one item, counted by valgrind's callgrind: a figure that
# does not depend on what else the machine does. Run it from anywhere: benches/instructions.sh
set -euo pipefail
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null || { echo 'it needs valgrind: apt-get install valgrind' >&2; exit 1; }

program=$(cargo bench --quiet --bench decode --no-run --message-format=json |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -1)

# How many instructions it takes to do one thing so many times, the start of the program included.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" repeat "$@" 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

# Without the start of the program, which both counts have.
per_item() {
    local few many
    few=$(count "$1" "$2" 2) many=$(count "$1" "$2" 12)
    echo $(((many - few) / 10 / $3))
}

printf '%-14s %10s %12s %8s\n' 'an item of' derived anaplan-sdk ratio
for case in 'integrations 250' 'runs 250' 'flow 100'; do
    read -r name items <<<"$case"
    derived=$(per_item "$name" derived "$items") ours=$(per_item "$name" ours "$items")
    printf '%-14s %10d %12d %8.3f\n' "$name" "$derived" "$ours" \
        "$(awk "BEGIN { print $ours / $derived }")"
done
