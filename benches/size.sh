#!/usr/bin/env bash
# What a program on one client costs: its size when stripped, the crates that it is made of, the
# processor's time to build it from nothing. Against the same program on the bare HTTP library,
# with the same features of it. Run it from anywhere, and give it some minutes: benches/size.sh,
# or benches/size.sh PROGRAM… for some of them.
set -euo pipefail
cd "$(dirname "$0")/size"

# The versions that the library itself is tested with.
cp ../../Cargo.lock Cargo.lock
target=$(mktemp -d)
trap 'rm -rf "$target"' EXIT
export CARGO_TARGET_DIR="$target" CARGO_INCREMENTAL=0 TIMEFORMAT='%U %S'

[ $# -gt 0 ] || set -- bare-blocking ours-blocking bare-async ours-async
printf '%-16s %8s %8s %12s %12s\n' program MiB crates 'release, s' 'debug, s'
for program in "$@"; do
    crates=$(cargo tree --quiet -e normal --prefix none --format '{p}' --features "$program" |
        sed 1d | cut -d' ' -f1,2 | sort -u | wc -l)
    took=()
    for profile in release dev; do
        rm -rf "${target:?}"/*
        { time cargo build --quiet --profile "$profile" --features "$program" --bin "$program" \
            2>&3; } 3>&2 2>"$target.time"
        took+=("$(awk '{ print $1 + $2 }' "$target.time")")
        [ "$profile" = dev ] || bytes=$(stat -c %s "$target/release/$program")
    done
    printf '%-16s %8.2f %8d %12.1f %12.1f\n' "$program" \
        "$(awk "BEGIN { print $bytes / 1048576 }")" "$crates" "${took[@]}"
done
rm -f "$target.time"
