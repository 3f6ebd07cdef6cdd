#!/bin/sh
# check_docs.sh CC ROOT -- fails if the C code in docs/adding-*.md does not compile: all ```c blocks
# of a page, in order, are one file.
set -eu
cd "$2"
for page in docs/adding-*.md; do
    awk '/^```c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$page" |
        "$1" -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only \
            -Iinclude -Ibase -Iagent/algo -Isimserver/classic -x c - || { echo "in $page"; exit 1; }
done
