# program.sh -- for tests of whole programs: sourced, not run. Sets $work, which goes at the end with
# every program that `serve` started.
set -eu
work=$(mktemp -d)
servers=
trap 'kill $servers 2> /dev/null || true; kill -CONT $servers 2> /dev/null || true; rm -rf "$work"' EXIT

fail()
{
    echo "$1" >&2
    cat "$work/out" "$work/err" >&2
    exit 1
}

# expect STATUS TEXT COMMAND...: ends with that status and prints that text, on either output.
expect()
{
    status=$1
    text=$2
    shift 2
    got=0
    "$@" > "$work/out" 2> "$work/err" || got=$?
    [ "$got" -eq "$status" ] || fail "'$*' ended with $got, not $status"
    [ -z "$text" ] || grep -qF -e "$text" "$work/out" "$work/err" || fail "'$*' did not print: $text"
}

# wait_for FILE PATTERN [COUNT]: until a line, or so many, of the file match; for a minute or more.
wait_for()
{
    tries=0
    until [ "$(grep -c "$2" "$1" 2> /dev/null)" -ge "${3:-1}" ] 2> /dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 1200 ] || fail "no '$2' in $1"
        sleep 0.05
    done
}

# serve COMMAND...: starts a server and waits for its ready line; sets $pid and $endpoint.
serve()
{
    ready=$(mktemp "$work/ready.XXXXXX")
    "$@" > "$ready" 2> "$ready.log" &
    pid=$!
    servers="$servers $pid"
    wait_for "$ready" '^ready '
    endpoint=$(sed -n 's/^ready //p' "$ready")
}
