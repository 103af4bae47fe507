#!/bin/sh
# All of Redis at one moment. Before MongoDB, never after: a message that Redis takes to be a dead letter has its letter in MongoDB then.
# REDIS_URI is redis:// or rediss://, the only form that redis-cli knows.
set -eu
# Without a name redis-cli would log in as nobody.
uri=$(printf '%s' "$REDIS_URI" | sed 's#://:#://default:#')
redis-cli -u "$uri" ${SSL_CERT_FILE:+--cacert "$SSL_CERT_FILE"} --no-auth-warning --rdb "${BACKUPS:-/backups}/.new/redis.rdb"
redis-check-rdb "${BACKUPS:-/backups}/.new/redis.rdb" | tail -n 1
