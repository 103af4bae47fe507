#!/bin/sh
# All of MongoDB, at the moment at which the dump ends (--oplog: the URI leads to a replica set, and names no database).
set -eu
umask 077
printf 'uri: %s\n' "$MONGODB_URI" > /tmp/mongodump.yaml
mongodump --config /tmp/mongodump.yaml ${SSL_CERT_FILE:+--sslCAFile "$SSL_CERT_FILE"} --oplog --gzip --archive="${BACKUPS:-/backups}/.new/mongo.archive.gz"
