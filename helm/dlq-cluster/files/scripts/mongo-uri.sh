# Read by its neighbours (. mongo-uri.sh): writes MONGODB_URI to a file of its own, $config, so that no list of processes shows what is secret in it.
# A database in it says no more than where the user is known; the tools would take it for the only one to dump, and refuse --oplog.
umask 077
config=$(mktemp)
trap 'rm -f "$config"' EXIT
before=${MONGODB_URI%%\?*} options=
[ "$before" = "$MONGODB_URI" ] || options=${MONGODB_URI#*\?}
hosts=${before#*://} database=
case $hosts in */*) database=${hosts#*/} hosts=${hosts%%/*} ;; esac
case $hosts?$options in
  *@*[Aa][Uu][Tt][Hh][Ss][Oo][Uu][Rr][Cc][Ee]=*) ;;
  *@*) options=${database:+authSource=$database${options:+&}}$options ;;
esac
printf 'uri: %s://%s/%s\n' "${before%%://*}" "$hosts" "${options:+?$options}" > "$config"
