#!/usr/bin/env bash
# Replays dead letters: replay-dlq.sh [--error-type TYPE] [--source NAME] [--target NAME] [--start-date TIME] [--end-date TIME]
#   [--batch-size N] [--rate N] [--dry-run] [--all] … Whatever dlq replay knows can be given.
# Asks nothing, so that it can run by schedule. Exit codes as of dlq: 0 all delivered, 1 some failed again.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/dlq.sh"
dlq replay --yes "$@"
