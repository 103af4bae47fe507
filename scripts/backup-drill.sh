#!/usr/bin/env bash
# Proves that a backup can be relied upon: a service of its own is backed up while it works, killed, its data destroyed and restored, and every message
# that was acknowledged before the backup is there again and ends.   backup-drill.sh [MESSAGES]
# Uses what is built in this checkout: dotnet build Silo && dotnet build Client.Cli. DLQ_SILO names another program.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/scripts/dlq.sh"
messages=${1:-1000} batch=50
for silo in "${DLQ_SILO-}" "$root"/artifacts/Embedded/bin/Silo/{release,debug}/DlqCluster.Silo.dll; do [ ! -f "$silo" ] || break; done
[ -f "$silo" ] || { echo "Build the service first: dotnet build Silo" >&2; exit 2; }
work=$(mktemp -d)
service=0 load=0
finish() {
  for process in $load $service; do [ "$process" -eq 0 ] || kill -9 "$process" 2> /dev/null || true; done
  wait 2> /dev/null || true
  rm -rf "$work"
}
trap finish EXIT
unset ADMIN_TOKEN DLQ_API_KEY

start() {
  : > "$work/log"
  PORT=0 DATA_DIR=$work/data Payloads__InlineLimit=1024 Queue__MaxSize=1000000 dotnet "$silo" > "$work/log" 2>&1 &
  service=$!
  until DLQ_URL=$(grep -oE 'listens on http://[^ ]+' "$work/log" | cut -d ' ' -f 3); do
    kill -0 "$service" || { cat "$work/log" >&2; exit 1; }
    sleep 0.1
  done
  export DLQ_URL
}

# Until it is told to stop, or the service is gone. An id is written down only when its message was acknowledged.
submit() {
  local small='{"payload":{"n":1},"source":"drill"}' large; large="{\"payload\":\"$(printf '%02000d' 0)\",\"source\":\"drill\"}"
  for ((i = 0; i < batch; i++)); do if ((i % 2)); then echo "$large"; else echo "$small"; fi; done > "$work/batch"
  while curl -sf "$DLQ_URL/api/messages/batch" -H 'Content-Type: application/x-ndjson' --data-binary @"$work/batch" > "$work/answer"; do
    grep -oE '"messageId":"[^"]+"' "$work/answer" | cut -d '"' -f 4 >> "$work/accepted"
  done
}

accepted() { cat "$work/accepted" 2> /dev/null | wc -l; }

# What the service says of each message of the list, a line a message: its HTTP status and its state.
states() {
  sed "s#.*#url = \"$DLQ_URL/api/messages/&\"#" "$work/before" > "$work/urls"
  curl -s --parallel-max 1 -K "$work/urls" -w ' %{http_code}\n' | grep -oE '"state":"[a-zA-Z]+"|[0-9]{3}$' | tr '\n' ' ' | sed -E 's/([0-9]{3}) /\1\n/g' || true
}

start
# Nothing is sent before the loss, so that all of it is waiting in the backup.
dlq pause > /dev/null
submit & load=$!
until [ "$(accepted)" -ge "$messages" ]; do kill -0 "$load" || { echo "The load broke off." >&2; exit 1; }; sleep 0.1; done
cp "$work/accepted" "$work/before"
dlq backup -o "$work/drill.backup" > /dev/null
after=$(accepted)
until [ "$(accepted)" -gt "$after" ]; do kill -0 "$load"; sleep 0.1; done
echo "Backed up under load: $(wc -l < "$work/before") messages were acknowledged before, more during and after."

kill -9 "$service"
wait "$service" "$load" 2> /dev/null || true
service=0 load=0
rm -rf "$work/data"
echo "Killed, and the data destroyed."

dlq restore "$work/drill.backup" --data-dir "$work/data"
start
found=$(states | grep -c ' 200$' || true)
[ "$found" -eq "$(wc -l < "$work/before")" ] || { echo "Only $found of $(wc -l < "$work/before") messages are there again." >&2; exit 1; }
dlq resume > /dev/null
tries=0
until ended=$(states | grep -c '"state":"delivered" 200' || true) && [ "$ended" -eq "$found" ]; do
  ((++tries < 300)) || { echo "Only $ended of $found were delivered." >&2; exit 1; }
  sleep 0.2
done
echo "All $found are there again, and all were delivered."
