#!/bin/sh
# The newest backup, whole and not older than MAX_AGE_DAYS, is copied to where the drill works.
set -eu
cd "${BACKUPS:-/backups}"
scratch=${SCRATCH:-/scratch}
name=$(ls -d 2*Z 2> /dev/null | sort | tail -n 1)
[ -n "$name" ] || { echo "There is no backup." >&2; exit 1; }
[ -n "$(find "$name" -maxdepth 0 -mtime "-$MAX_AGE_DAYS")" ] || { echo "The newest backup, $name, is older than $MAX_AGE_DAYS days." >&2; exit 1; }
(cd "$name" && sha256sum -c SHA256SUMS)
rm -rf "$scratch/backup" && cp -r "$name" "$scratch/backup"
echo "$name is whole."
