#!/bin/sh
# check_install.sh CMAKE BUILD EXAMPLES CC [FLAG...] -- installs BUILD into a directory inside it,
# builds the examples against that, with CMake and with pkg-config, and lets each pair play.
set -eu
cmake=$1
build=$2
examples=$3
cc=$4
shift 4
flags="-Wall -Wextra -Werror $*"
root=$build/install-test
rm -rf "$root"

"$cmake" --install "$build" --prefix "$root/usr" >/dev/null
PKG_CONFIG_PATH=$(dirname "$(find "$root/usr" -name stepwire.pc)")
export PKG_CONFIG_PATH
LD_LIBRARY_PATH=$(pkg-config --variable=libdir stepwire)
export LD_LIBRARY_PATH

"$cmake" -G Ninja -S "$examples" -B "$root/by-cmake" -DCMAKE_PREFIX_PATH="$root/usr" \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="$flags" >/dev/null
"$cmake" --build "$root/by-cmake" >/dev/null
mkdir "$root/by-pkg-config"
for example in album random_agent point_server; do
    # $flags and pkg-config's words are to be split
    "$cc" $flags "$examples/$example.c" -o "$root/by-pkg-config/$example" \
        $(pkg-config --cflags --libs stepwire) -lm
done

# DIRECTORY: its server and its agent play; every row must end an episode, the server must end well.
# Its task has no pictures, so that the album has only its name.
play() {
    "$1/point_server" 'tcp://127.0.0.1:*' >"$1/ready" &
    server=$!
    tries=0
    until grep -q '^ready ' "$1/ready"; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || { echo "$1/point_server did not get ready"; exit 1; }
        sleep 0.1
    done
    "$1/random_agent" "$(sed -n 's/^ready //p' "$1/ready")" Point-v0 300 >"$1/returns"
    "$1/album" "$(sed -n 's/^ready //p' "$1/ready")" "$1" | grep -qx Point-v0
    kill -TERM $server
    wait $server
    for row in 0 1 2 3 4 5 6 7; do
        grep -q "^row $row: return -" "$1/returns" || { echo "row $row never ended"; exit 1; }
    done
}

server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || :' EXIT
play "$root/by-cmake"
play "$root/by-pkg-config"
