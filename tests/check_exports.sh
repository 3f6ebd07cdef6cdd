#!/bin/sh
# check_exports.sh NM LIBRARY INCLUDE -- fails unless the shared library exports exactly the
# functions that the public headers mark SW_API.
set -eu
declared=$(cat "$3"/stepwire/*.h | sed -n 's/^SW_API .*\(sw_[a-z0-9_]*\)(.*/\1/p' | LC_ALL=C sort)
exported=$("$1" -D --defined-only "$2" | awk '{ print $3 }' | grep -v '^__odr_asan' | LC_ALL=C sort)
if [ "$declared" != "$exported" ]; then
    printf 'declared:\n%s\n\nexported:\n%s\n' "$declared" "$exported"
    exit 1
fi
