#!/bin/sh
# Gives a backup that is whole its name and its checksums, and removes those that are older than KEEP_DAYS; the newest always stays.
set -eu
cd "${BACKUPS:-/backups}"
(cd .new && [ -n "$(ls)" ] && sha256sum -- * > SHA256SUMS)
name=$(date -u +%Y%m%dT%H%M%SZ)
sync
[ ! -e "$name" ] || { echo "$name is there already." >&2; exit 1; }
mv .new "$name"
find . -maxdepth 1 -type d -name '2*Z' ! -name "$name" -mtime "+$KEEP_DAYS" -exec rm -rf {} +
echo "$name: $(du -sh "$name" | cut -f 1)"
