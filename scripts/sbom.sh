#!/usr/bin/env bash
# Writes what the service with its command line and what its console are made of, as CycloneDX 1.5: sbom.sh [DIRECTORY]. Without one they go to
# artifacts/sbom. Build first; ENGINE=Orleans tells of that engine. Needs jq.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
out=${1:-$root/artifacts/sbom}
mkdir -p "$out"
out=$(cd "$out" && pwd)
cd "$root"
assets=()
for project in Silo Client.Cli; do assets+=("artifacts/${ENGINE:-Embedded}/obj/$project/project.assets.json"); done
for file in "${assets[@]}"; do [ -f "$file" ] || { echo "sbom.sh: $file is not there; build first." >&2; exit 1; }; done
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)

# Packages as {name, version, purl, licence}, one a line, to a bill.
bill() {
  jq -s --arg name "$1" --arg version "$version" '{
    bomFormat: "CycloneDX", specVersion: "1.5", version: 1,
    metadata: { component: { type: "application", name: $name, version: $version, licenses: [{ license: { id: "MIT" } }] } },
    components: (unique | map({ type: "library", "bom-ref": .purl, name, version, purl } + if .licence then { licenses: [{ expression: .licence }] } else {} end))
  }' > "$2"
  echo "$2"
}

# The licences of what NuGet brings are those of the list that a test keeps right.
jq -c --rawfile notices THIRD-PARTY-NOTICES.md '
  ($notices | [scan("(?m)^\\| ([^ |]+) \\| ([^ |]+) \\| ([^|]+) \\|$")] | map({ key: "\(.[0])/\(.[1])", value: .[2] }) | from_entries) as $licences
  | .libraries | to_entries[] | select(.value.type == "package") | .key as $key | ($key / "/") as [$name, $version]
  | { name: $name, version: $version, purl: "pkg:nuget/\($name)@\($version)", licence: $licences[$key] }' "${assets[@]}" | bill Orleans.DlqCluster "$out/service.cdx.json"

jq -c '.packages | to_entries[] | select(.key != "" and (.value.dev or .value.devOptional | not)) | (.key | split("node_modules/") | last) as $name
  | { name: $name, version: .value.version, purl: "pkg:npm/\($name | sub("@"; "%40"))@\(.value.version)", licence: .value.license }' \
  Client.Api/Console/package-lock.json | bill "Orleans.DlqCluster console" "$out/console.cdx.json"
