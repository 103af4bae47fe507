# Replays dead letters, as replay-dlq.sh does:
#   ./replay-dlq.ps1 -ErrorType SERVER_ERROR -StartDate 2026-11-21 -EndDate 2026-11-22 -BatchSize 50 -DryRun
param(
  [string] $ErrorType,
  [string] $Source,
  [string] $Target,
  [string] $StartDate,
  [string] $EndDate,
  [int] $BatchSize,
  [double] $Rate,
  [switch] $DryRun,
  [switch] $All
)
$ErrorActionPreference = 'Stop'
$arguments = @('replay', '--yes')
if ($ErrorType) { $arguments += '--error-type', $ErrorType }
if ($Source) { $arguments += '--source', $Source }
if ($Target) { $arguments += '--target', $Target }
if ($StartDate) { $arguments += '--start-date', $StartDate }
if ($EndDate) { $arguments += '--end-date', $EndDate }
if ($BatchSize) { $arguments += '--batch-size', $BatchSize }
if ($Rate) { $arguments += '--rate', $Rate }
if ($DryRun) { $arguments += '--dry-run' }
if ($All) { $arguments += '--all' }
if (Get-Command dlq -ErrorAction SilentlyContinue) { & dlq @arguments }
else {
  $built = 'release', 'debug' | ForEach-Object { Join-Path $PSScriptRoot "../artifacts/Embedded/bin/Client.Cli/$_/dlq.dll" } | Where-Object { Test-Path $_ } | Select-Object -First 1
  if (-not $built) { Write-Error 'dlq is not there: dotnet build Client.Cli, or install it (docs/cli.md).' }
  & dotnet $built @arguments
}
exit $LASTEXITCODE
