#!/bin/sh
# Restores Redis to a place of its own, starts it as the cluster would have it, and sees whether the cluster's keys are there.
set -eu
scratch=${SCRATCH:-/scratch} port=${PORT:-6390}
here=$(dirname "$0")
rm -rf "$scratch/redis"
sh "$here/redis-restore.sh" "$scratch/backup" "$scratch/redis"
redis-server --dir "$scratch/redis" --port "$port" --bind 127.0.0.1 --appendonly yes --daemonize yes --pidfile "$scratch/redis.pid" > /dev/null
until [ "$(redis-cli -p "$port" ping 2> /dev/null)" = PONG ]; do kill -0 "$(cat "$scratch/redis.pid" 2> /dev/null || echo $$)"; done
keys=$(redis-cli -p "$port" dbsize)
redis-cli -p "$port" shutdown nosave > /dev/null 2>&1 || true
[ "$keys" -gt 0 ] || { echo "The restored Redis is empty." >&2; exit 1; }
echo "Redis is there again: $keys keys."
