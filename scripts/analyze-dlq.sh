#!/usr/bin/env bash
# What is in the dead-letter queue, by status, error type and source, and in groups that failed alike:
#   analyze-dlq.sh [--by fingerprint|errorType|target|source] [--limit N] [--url ADDRESS] [--key KEY] [--json]
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/dlq.sh"
# The numbers know nothing of how the groups are to be listed.
common=()
arguments=("$@")
for ((i = 0; i < ${#arguments[@]}; i++)); do
  case ${arguments[i]} in
    --json | --no-color) common+=("${arguments[i]}") ;;
    --url | --key | --operator | --timeout) common+=("${arguments[i]}" "${arguments[i + 1]-}") ;;
  esac
done
dlq stats ${common[@]+"${common[@]}"}
[[ " $* " == *" --json "* ]] || echo
dlq groups "$@"
