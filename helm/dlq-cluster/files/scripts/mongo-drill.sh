#!/bin/sh
# Restores MongoDB to a place of its own, and has it check each collection.
set -eu
scratch=${SCRATCH:-/scratch} port=${PORT:-27090}
here=$(dirname "$0")
rm -rf "$scratch/mongo" && mkdir "$scratch/mongo"
mongod --dbpath "$scratch/mongo" --port "$port" --bind_ip 127.0.0.1 --fork --logpath "$scratch/mongo.log" > /dev/null || { tail -n 20 "$scratch/mongo.log" >&2; exit 1; }
trap 'mongod --dbpath "$scratch/mongo" --shutdown > /dev/null' EXIT
MONGODB_URI=mongodb://127.0.0.1:$port SSL_CERT_FILE='' sh "$here/mongo-restore.sh" "$scratch/backup"
mongosh --quiet --port "$port" --eval '
  const named = db.adminCommand({listDatabases: 1}).databases.map(d => d.name).filter(n => !["admin", "config", "local"].includes(n));
  for (const name of named) {
    const one = db.getSiblingDB(name);
    for (const collection of one.getCollectionNames()) {
      const found = one.getCollection(collection).validate();
      print(name + "." + collection + ": " + found.nrecords);
      if (!found.valid) { print(JSON.stringify(found.errors)); quit(1); }
    }
  }
  quit(named.length > 0 ? 0 : 1);'
echo "MongoDB is there again."
