#!/bin/sh
# Makes the data directory of a Redis from a backup: redis-restore.sh BACKUP DIRECTORY. With its append-only file switched on, Redis reads nothing
# else, so that file has to be made first: redis.rdb alone beside it would be passed over, and the cluster would begin empty.
set -eu
backup=$1 directory=$2 port=${PORT:-6390}
[ -z "$(ls -A "$directory" 2> /dev/null)" ] || { echo "$directory is not empty." >&2; exit 1; }
mkdir -p "$directory"
cp "$backup/redis.rdb" "$directory/dump.rdb"
ask() { redis-cli -p "$port" "$@"; }
redis-server --dir "$directory" --port "$port" --bind 127.0.0.1 --appendonly no --save '' --daemonize yes --pidfile "$directory/pid" --logfile "$directory/log" > /dev/null
until [ "$(ask ping 2> /dev/null)" = PONG ] && ask info persistence | grep -q '^loading:0'; do kill -0 "$(cat "$directory/pid" 2> /dev/null || echo $$)"; done
ask config set appendonly yes > /dev/null
until ask info persistence | grep -q '^aof_rewrite_in_progress:0' && ask info persistence | grep -q '^aof_rewrite_scheduled:0'; do sleep 0.1; done
ask info persistence | grep -q '^aof_last_bgrewrite_status:ok'
keys=$(ask dbsize)
ask shutdown nosave > /dev/null 2>&1 || true
while [ -e "$directory/pid" ]; do sleep 0.1; done
rm -f "$directory/dump.rdb" "$directory/log"
echo "$directory has $keys keys."
