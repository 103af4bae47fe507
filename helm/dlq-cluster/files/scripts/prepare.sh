#!/bin/sh
# A place for a new backup; what is left of one that broke off goes.
set -eu
cd "${BACKUPS:-/backups}"
rm -rf .new
mkdir .new
