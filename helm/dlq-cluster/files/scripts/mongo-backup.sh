#!/bin/sh
# All of MongoDB, at the moment at which the dump ends (--oplog: the URI leads to a replica set).
set -eu
umask 077
printf 'uri: %s\n' "$MONGODB_URI" > /tmp/mongodump.yaml
mongodump --config /tmp/mongodump.yaml --oplog --gzip --archive="${BACKUPS:-/backups}/.new/mongo.archive.gz"
