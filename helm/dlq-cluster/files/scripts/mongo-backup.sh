#!/bin/sh
# All of MongoDB, at the moment at which the dump ends (--oplog: the URI leads to a replica set).
set -eu
. "$(dirname "$0")/mongo-uri.sh"
mongodump --config "$config" ${SSL_CERT_FILE:+--sslCAFile "$SSL_CERT_FILE"} --oplog --gzip --archive="${BACKUPS:-/backups}/.new/mongo.archive.gz"
