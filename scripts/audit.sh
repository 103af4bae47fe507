#!/usr/bin/env bash
# Asks the registries what is known to be wrong with the packages that are used: audit.sh. Exits with 1 when something is, with 0 when nothing is,
# and with 0 and a line that begins with "!!! NOT AUDITED" where a registry gives no answer. Nothing waits longer than a minute.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en

found=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A source without advisories answers as one does that knows of none. So it is first asked about a version that every source with advisories warns of.
cat > "$work/canary.csproj" << 'CANARY'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <NuGetAudit>false</NuGetAudit>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Newtonsoft.Json" Version="12.0.3" />
  </ItemGroup>
</Project>
CANARY
echo "== NuGet"
if ! timeout 60 dotnet restore "$work/canary.csproj" > "$work/restore" 2>&1; then
  echo "!!! NOT AUDITED: the packages from NuGet. The source cannot be reached."
elif ! timeout 60 dotnet list "$work/canary.csproj" package --vulnerable 2> /dev/null | grep -q 'Newtonsoft.Json'; then
  echo "!!! NOT AUDITED: the packages from NuGet. The source has no advisories."
else
  timeout 60 dotnet list Orleans.DlqCluster.sln package --vulnerable --include-transitive > "$work/nuget" 2>&1 || echo "!!! NOT AUDITED: the packages from NuGet. $(tail -n 1 "$work/nuget")"
  if grep -q 'has the following vulnerable packages' "$work/nuget"; then
    cat "$work/nuget"
    found=1
  fi
fi

for lock in $(find . -name package-lock.json -not -path '*/node_modules/*' | sort); do
  folder=$(dirname "$lock")
  echo "== npm: $folder"
  if ! command -v npm > /dev/null; then
    echo "!!! NOT AUDITED: $folder. npm is not installed."
  elif (cd "$folder" && timeout 60 npm audit --package-lock-only --json > "$work/npm" 2> /dev/null); then
    echo "nothing"
  elif grep -q '"auditReportVersion"' "$work/npm"; then
    (cd "$folder" && timeout 60 npm audit --package-lock-only)
    found=1
  else
    echo "!!! NOT AUDITED: $folder. The registry gives no advisories."
  fi
done
exit "$found"
