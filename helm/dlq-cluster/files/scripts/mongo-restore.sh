#!/bin/sh
# Puts a backup into the MongoDB that MONGODB_URI names: mongo-restore.sh BACKUP. The collections that the backup has are dropped there first.
set -eu
. "$(dirname "$0")/mongo-uri.sh"
# A document that is refused is an error: there should be none of its name left.
mongorestore --config "$config" ${SSL_CERT_FILE:+--sslCAFile "$SSL_CERT_FILE"} --drop --stopOnError --oplogReplay --gzip --archive="$1/mongo.archive.gz"
