#!/bin/sh
# Restores MongoDB to a place of its own, and has it check each collection.
set -eu
scratch=${SCRATCH:-/scratch}
rm -rf "$scratch/mongo" && mkdir "$scratch/mongo"
mongod --dbpath "$scratch/mongo" --port 27090 --bind_ip 127.0.0.1 --fork --logpath "$scratch/mongo.log" > /dev/null
mongorestore --uri mongodb://127.0.0.1:27090 --oplogReplay --gzip --archive="$scratch/backup/mongo.archive.gz"
mongosh --quiet --port 27090 --eval '
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
mongod --dbpath "$scratch/mongo" --shutdown > /dev/null
echo "MongoDB is there again."
