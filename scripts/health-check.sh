#!/usr/bin/env bash
# Says how the service is: health-check.sh [--strict] [--json] [--url ADDRESS]. Exits with 0 when it works, 1 when it does not, 5 when it is away.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/dlq.sh"
dlq health "$@"
