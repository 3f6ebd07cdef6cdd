#!/bin/sh
# check_format.sh CLANG_FORMAT ROOT -- fails, naming the lines, if clang-format would change a C
# source or header under ROOT.
set -eu
cd "$2"
for directory in include base proto agent simserver tests bench examples; do
    if [ -d "$directory" ]; then
        find "$directory" -name '*.[ch]'
    fi
done | xargs "$1" --dry-run --Werror
