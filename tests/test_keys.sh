#!/bin/sh
# test_keys.sh AGENT SIMSERVER -- keys as a user handles them: making, copying and forgetting them.
agent=$1
simserver=$2
. "${0%/*}/program.sh"
here=$work/here
there=$work/there
list="timeout 20 $agent list --connect"

# ---- making them --------------------------------------------------------------------------------

expect 2 'keygen DIR' "$simserver" keygen
expect 1 "$work/no/keys" "$simserver" keygen "$work/no/keys"
expect 0 "made $here/server.key" "$simserver" keygen "$here"
cp -r "$here" "$work/before"
expect 0 'Nothing was missing' "$simserver" keygen "$here"
diff -r "$here" "$work/before" || fail 'keygen changed a key'
for file in server.key server.pub client.key client.pub clients/client.pub servers/localhost.pub \
    servers/127.0.0.1.pub "servers/$(uname -n).pub"; do
    [ "$(wc -c < "$here/$file")" -eq 41 ] || fail "$file has not 41 bytes"
done
[ "$(ls -ld "$here" | cut -c1-10)" = drwx------ ] || fail "others may look into $here"
[ "$(ls -l "$here/server.key" | cut -c1-10)" = -rw------- ] || fail "others may read a secret key"

# ---- what a server refuses ----------------------------------------------------------------------

expect 2 '--keys' "$simserver" --bind 'tcp://0.0.0.0:*'
expect 2 '--insecure' "$simserver" --bind 'tcp://0.0.0.0:*' --keys "$here" --insecure
expect 2 "$there/server.key: no such file" "$simserver" --keys "$there"
chmod 644 "$here/server.key"
expect 2 "chmod 600 $here/server.key" "$simserver" --keys "$here"
chmod 600 "$here/server.key"

# ---- one machine --------------------------------------------------------------------------------

serve "$simserver" --bind 'tcp://127.0.0.1:*' --keys "$here"
expect 0 'CartPole-v1' $list "$endpoint" --keys "$here"
expect 0 'steps' "$agent" train --env CartPole-v1 --algo ppo --steps 600 --connect "$endpoint" \
    --keys "$here" --run "$work/run"
expect 0 'mean' "$agent" eval "$work/run" --episodes 2 --connect "$endpoint" --keys "$here"
expect 1 'the server asks for keys: --keys DIR' $list "$endpoint"
expect 2 '--connect' "$agent" train --env CartPole-v1 --algo ppo --keys "$here"

# ---- two machines -------------------------------------------------------------------------------

expect 0 "made $there/client.key" "$simserver" keygen "$there"
expect 1 "the key in $there/servers/127.0.0.1.pub is not that of this server" \
    $list "$endpoint" --keys "$there"
cp "$here/server.pub" "$there/servers/127.0.0.1.pub"
echo junk > "$here/clients/junk.pub"
expect 1 "add $there/client.pub to the server's clients/" $list "$endpoint" --keys "$there"
grep -q "it is not in $here/clients" "$ready.log" || fail 'the server did not say whom it refused'
grep -q "$here/clients/junk.pub: not a key" "$ready.log" || fail 'nothing is said of a bad file'
rm "$here/clients/junk.pub"
printf '%s\r\n' "$(cat "$there/client.pub")" > "$here/clients/there.pub"
expect 0 'CartPole-v1' $list "$endpoint" --keys "$there"
rm "$there/servers/127.0.0.1.pub"
expect 2 "$there/servers/127.0.0.1.pub: no such file" $list "$endpoint" --keys "$there"
chmod 640 "$there/client.key"
expect 2 "chmod 600 $there/client.key" $list "$endpoint" --keys "$there"
kill -TERM "$pid"
wait "$pid" || fail 'a server with keys did not end well'

# ---- off loopback -------------------------------------------------------------------------------

# warnings COUNT KEYS...: a run of two groups over the network writes so many
warnings()
{
    count=$1
    shift
    rm -rf "$work/run"
    expect 0 'steps' "$agent" train --env CartPole-v1 --algo ppo --steps 600 --run "$work/run" \
        --connect "$endpoint" "$@"
    [ "$(grep -c 'not encrypted' "$work/err")" -eq "$count" ] || fail "not $count warnings"
}

cp "$here/server.pub" "$here/servers/0.0.0.0.pub"
serve "$simserver" --bind 'tcp://0.0.0.0:*' --keys "$here"
warnings 0 --keys "$here"
serve "$simserver" --bind 'tcp://0.0.0.0:*' --insecure
warnings 1

# ---- no keys, and no server ---------------------------------------------------------------------

serve "$simserver" --bind "ipc://$work/socket"
expect 1 'the server has no keys' $list "$endpoint" --keys "$here"
expect 0 'CartPole-v1' $list "$endpoint"
[ "$(ls -l "$work/socket" | cut -c1-10)" = srw------- ] || fail 'others may open the ipc socket'
expect 1 'nobody listens there' $list tcp://127.0.0.1:9
