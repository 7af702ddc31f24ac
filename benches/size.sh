#!/usr/bin/env bash
# What a program on one client costs: its size when stripped, the crates that it is made of, the
# time to build it from nothing. Against the same program on the bare HTTP library, with the same
# features of it. Run it from anywhere, and give it some minutes: benches/size.sh
set -euo pipefail
cd "$(dirname "$0")/size"

# The versions that the library itself is tested with.
cp ../../Cargo.lock Cargo.lock
target=$(mktemp -d)
trap 'rm -rf "$target"' EXIT

printf '%-16s %10s %8s %10s %10s\n' program MiB crates 'release s' 'debug s'
for program in bare-blocking ours-blocking bare-async ours-async; do
    crates=$(cargo tree --quiet -e normal --prefix none --format '{p}' --features "$program" |
        sed 1d | sort -u | wc -l)
    took=()
    for profile in release dev; do
        began=$(date +%s.%N)
        CARGO_TARGET_DIR="$target/$program" cargo build --quiet --profile "$profile" \
            --features "$program" --bin "$program"
        took+=("$(awk "BEGIN { print $(date +%s.%N) - $began }")")
    done
    bytes=$(stat -c %s "$target/$program/release/$program")
    printf '%-16s %10.2f %8d %10.1f %10.1f\n' "$program" \
        "$(awk "BEGIN { print $bytes / 1048576 }")" "$crates" "${took[@]}"
    rm -rf "${target:?}/$program"
done
