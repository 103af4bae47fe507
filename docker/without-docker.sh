#!/usr/bin/env bash
# Does what the Dockerfiles say without Docker, as far as that goes: builds an image's files, and runs them as the container would.
#   without-docker.sh build embedded|api|silo DIRECTORY [--reuse CONFIGURATION]
#   without-docker.sh run   embedded|api|silo DIRECTORY [NAME=VALUE …]       until it is told to stop
#   without-docker.sh health embedded|api|silo DIRECTORY [NAME=VALUE …]      the image's health check
# VOLUME=PATH in the environment mounts that as /data, as -v does; an image with a volume of its own gets DIRECTORY/data.
# What FROM fetches is this machine's: its SDK and its runtime. build follows RUN, COPY and WORKDIR in a copy of this checkout; with --reuse the
# publish commands take what is built already, in the given configuration, and the console is left out. run needs root, to become the image's user:
# its own file system, read-only but for /data, without shell and tools; no capabilities, no environment but the image's and what is given.
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2; }
act=$1 image=$2 work=$(mkdir -p "$3" && cd "$3" && pwd); shift 3
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
dockerfile=$repository/docker/Dockerfile.$image

# An instruction a line, without comments; ARGs that FROM uses are nobody's business here.
instructions() { sed -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' "$dockerfile" | grep -vE '^[[:space:]]*(#|$)'; }
words() { grep -oE '"[^"]*"' <<< "$1" | tr -d '"'; }
final() { instructions | awk -v what="$1" '/^FROM/ {out = ""} index($0, what " ") == 1 {out = out substr($0, length(what) + 2) "\n"} END {printf "%s", out}'; }

# The paths of the build stages, here.
here() { sed -E "s#(^|[[:space:]=])/(src|out)(/|[[:space:]]|\$)#\1$work/\2\3#g" <<< "$1"; }

step() { # directory, command
  local command; command=$(here "$2")
  if [[ -n $reuse && $command == "dotnet publish"* ]]; then
    command="${command/-c Release/-c $reuse} --no-build -p:BuildConsole=false -v:quiet"
    (cd "$repository" && eval "$command")
  elif [[ -z $reuse || $command == mkdir* || $command == find* ]]; then
    (cd "$1" && eval "$command")
  fi
}

copy() { # stage, directory, arguments of COPY
  local from='' owner='' arguments=() argument
  for argument in $3; do
    case $argument in
      --from=*) from=${argument#--from=} ;;
      --chown=*) owner=${argument#--chown=} ;;
      *) arguments+=("$argument") ;;
    esac
  done
  local to=${arguments[-1]}; unset 'arguments[-1]'
  if [ "$1" = final ]; then
    mkdir -p "$work/root$to"
    cp -a "$(here "${arguments[0]}")/." "$work/root$to"
    [ -z "$owner" ] || [ "$(id -u)" -ne 0 ] || chown -R "$owner" "$work/root$to"
  elif [ -z "$reuse" ] && [ -z "$from" ] && [ ! -e "$work/src/Orleans.DlqCluster.sln" ]; then
    # The context: what is in the repository, but for what .dockerignore names.
    (cd "$repository" && git ls-files -z --cached --others --exclude-standard -- ':!tests' ':!benchmarks' ':!helm' | tar -c --null -T -) | tar -x -C "$work/src"
  fi
}

build() {
  reuse=''; [ "${1-}" != --reuse ] || reuse=$2
  rm -rf "$work/root" "$work/out" "$work/src"
  mkdir -p "$work/root" "$work/out" "$work/src" "$work/data"
  local stage='' directory=$work instruction arguments
  while read -r instruction arguments; do
    case $instruction in
      FROM) stage=${arguments##* } ;;
      WORKDIR) directory=$(here "$arguments"); [ "$stage" = final ] || mkdir -p "$directory" ;;
      COPY) copy "$stage" "$directory" "$arguments" ;;
      RUN) step "$directory" "$arguments" ;;
    esac
  done < <(instructions)
}

# What the base image has: a runtime, its libraries, certificates and time zones. A shell or a package manager it has not.
base() {
  local root=$work/root dotnet; dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
  bind() { mkdir -p "$root$1"; mount --bind "$1" "$root$1"; mount -o remount,bind,ro "$root$1"; }
  mount --bind "$root" "$root"
  bind /usr/lib
  [ ! -d /usr/lib64 ] || bind /usr/lib64
  bind /usr/share/zoneinfo
  bind "$dotnet"
  [ ! -d /etc/ssl ] || bind /etc/ssl
  mkdir -p "$root/usr/bin" "$root/proc" "$root/dev" "$root/data"
  ln -sfn "$dotnet/dotnet" "$root/usr/bin/dotnet"
  ln -sfn usr/lib "$root/lib"
  ln -sfn usr/lib64 "$root/lib64"
  local file
  for file in /dev/null /dev/urandom /dev/random /etc/hosts /etc/resolv.conf; do touch "$root$file"; mount --bind "$file" "$root$file"; done
  mount --rbind /proc "$root/proc"
  if [ -n "$volume" ]; then mount --bind "$volume" "$root/data"; fi
  mount -o remount,bind,ro "$root"
}

enter() { # command and arguments
  local user; user=$(final USER)
  volume=${VOLUME-}
  if [ -z "$volume" ] && [ -n "$(final VOLUME)" ]; then volume=$work/data; fi
  [ -z "$volume" ] || chown "$user" "$volume"
  base
  local settings; read -ra settings <<< "$(final ENV | tr '\n' ' ')"
  exec env -i PATH=/usr/bin "${settings[@]}" "${given[@]}" \
    /usr/bin/unshare --root="$work/root" --wd="$(final WORKDIR)" --setuid="${user%:*}" --setgid="${user#*:}" "$@"
}

case $act in
  build) build "$@" ;;
  run | health | inside)
    # Mounts and the way back to privileges are given up with the process.
    if [ "$act" != inside ]; then
      [ "$(id -u)" -eq 0 ] || { echo "Only root can become the image's user." >&2; exit 3; }
      exec setpriv --no-new-privs --clear-groups unshare --mount --propagation private "$0" inside "$image" "$work" "$act" "$@"
    fi
    what=$1; shift; given=("$@")
    if [ "$what" = run ]; then mapfile -t command < <(words "$(final ENTRYPOINT)"); else mapfile -t command < <(words "$(final HEALTHCHECK)"); fi
    enter "${command[@]}"
    ;;
  *) echo "What is '$act'?" >&2; exit 2 ;;
esac
