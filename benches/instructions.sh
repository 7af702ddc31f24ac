#!/usr/bin/env bash
# The instructions that it takes to decode one item, and to make one call, counted by valgrind's
# callgrind: figures that do not depend on what else the machine does. The kernel's part of a
# call is not in them. Run it from anywhere: benches/instructions.sh
set -euo pipefail
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null || { echo 'it needs valgrind: apt-get install valgrind' >&2; exit 1; }

program() {
    cargo bench --quiet --features blocking --bench "$1" --no-run --message-format=json |
        sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -1
}
decode=$(program decode) call=$(program call)

# How many instructions it takes to do one thing so many times, the start of the program included.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

# Without the start of the program, which both counts have.
once() {
    local few many times="$1"
    shift
    few=$(count "$@" "$times") many=$(count "$@" $((2 * times)))
    echo $(((many - few) / times))
}

row() {
    printf '%-20s %10d %12d %8.3f\n' "$1" "$2" "$3" "$(awk "BEGIN { print $3 / $2 }")"
}

printf '%-20s %10s %12s %8s\n' 'decoding, an item' derived anaplan-sdk ratio
for case in 'integrations 250' 'runs 250' 'flow 100'; do
    read -r name items <<<"$case"
    row "$name" $(($(once 10 "$decode" repeat "$name" derived) / items)) \
        $(($(once 10 "$decode" repeat "$name" ours) / items))
done

printf '\n%-20s %10s %12s %8s\n' 'a call' bare anaplan-sdk ratio
row async "$(once 1000 "$call" repeat 'bare reqwest')" \
    "$(once 1000 "$call" repeat 'anaplan-sdk, async')"
row blocking "$(once 1000 "$call" repeat 'bare ureq')" \
    "$(once 1000 "$call" repeat 'anaplan-sdk, blocking')"
