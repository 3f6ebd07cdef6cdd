#!/bin/sh
# check_layers.sh ROOT -- fails, naming the line, if a source includes what its layer may not know.
#
# CMake gives a layer the include directories of the layers it names; the table here says which
# ones it may name, and which other headers it may see: libraries, and the public headers of one
# side (client-api: client.h and pool.h; server-api: server.h and env.h).
set -eu
cd "$1"
find include base proto agent simserver -name '*.[ch]' | LC_ALL=C sort | awk '
BEGIN {
    # directory: whose headers its files may include, besides their own
    rule("include/stepwire: client-api server-api")
    rule("base:")
    rule("proto: base zmq protobuf-c")
    rule("agent/client: base proto client-api zmq protobuf-c")
    rule("agent/nn: base cblas")
    rule("agent/rl: base agent/nn client-api")
    rule("agent/algo: base agent/nn agent/rl client-api")
    rule("agent/presets:")
    rule("agent/store: base agent/algo agent/presets client-api jansson yaml")
    rule("agent/report: base jansson")
    rule("agent/run: base agent/client agent/algo agent/store agent/report client-api")
    rule("agent: base agent/client agent/nn agent/algo agent/presets agent/store agent/report " \
         "agent/run client-api jansson")
    rule("simserver/server: base proto server-api zmq protobuf-c")
    rule("simserver/mujoco: base server-api mujoco")
    rule("simserver/classic: base server-api")
    rule("simserver: base proto simserver/server simserver/mujoco simserver/classic server-api")
}

function rule(text,    words, n, i)
{
    n = split(text, words, /:? /)
    sub(/:$/, "", words[1])
    known[words[1]] = 1
    may[words[1], words[1]] = 1
    for (i = 2; i <= n; i++) {
        may[words[1], words[i]] = 1
    }
}

# What a <header> belongs to; "" for the C library, POSIX and the public headers of both sides.
function owner(header)
{
    if (header ~ /^stepwire\/(client|pool)\.h$/) return "client-api"
    if (header ~ /^stepwire\/(server|env)\.h$/) return "server-api"
    if (header ~ /^zmq/) return "zmq"
    if (header ~ /^protobuf-c\//) return "protobuf-c"
    if (header ~ /^mujoco\//) return "mujoco"
    if (header ~ /cblas/) return "cblas"
    if (header ~ /^yaml/) return "yaml"
    if (header ~ /^jansson/) return "jansson"
    return ""
}

# The one directory that `from` may see with a "header" in it; "" if there is none or more than one.
function home(header, from,    key, part, found, count)
{
    if (header == "stepwire.pb-c.h") return "proto"  # generated
    for (key in may) {
        split(key, part, SUBSEP)
        if (part[1] == from && (part[2] "/" header) in files) {
            found = part[2]
            count++
        }
    }
    return count == 1 ? found : ""
}

function complain(text)
{
    print text
    failed = 1
}

function check(file, line, text,    directory, header, what)
{
    directory = file
    sub(/\/[^\/]*$/, "", directory)
    header = text
    gsub(/^#include *[<"]|[>"].*$/, "", header)
    if (text ~ /</ && !(header in ours)) {
        what = owner(header)
        if (what != "" && !((directory, what) in may)) {
            complain(file ":" line ": " directory " may not see " what ": " text)
        }
    } else if (!((directory, home(header, directory)) in may)) {
        complain(file ":" line ": no header that " directory " may see: " text)
    }
}

{
    files[$0] = 1
    header = $0
    sub(/.*\//, "", header)
    if ($0 !~ /^include/) ours[header] = 1
}

END {
    for (file in files) {
        directory = file
        sub(/\/[^\/]*$/, "", directory)
        if (!(directory in known)) {
            complain(file ": " directory " has no rule in check_layers.sh")
            continue
        }
        line = 0
        while ((getline text < file) > 0) {
            line++
            if (text ~ /^#include/) check(file, line, text)
        }
        close(file)
    }
    exit failed
}'
