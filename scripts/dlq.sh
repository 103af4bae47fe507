# Finds the dlq command for the scripts beside it: the installed one, else the one built in this checkout.
dlq() {
  if type -P dlq > /dev/null; then command dlq "$@"; return; fi
  local root; root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
  local built
  for built in "$root"/artifacts/Embedded/bin/Client.Cli/{release,debug}/dlq.dll; do
    if [ -f "$built" ]; then dotnet "$built" "$@"; return; fi
  done
  echo "dlq is not there: dotnet build Client.Cli, or install it (docs/cli.md)." >&2
  return 1
}
