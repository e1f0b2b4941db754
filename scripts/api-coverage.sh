#!/usr/bin/env bash
# Writes docs/api-coverage.md: runs the server's tests and the conformance suite, and lists what they covered. Needs what test.sh provisions.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export MOVER_NODE_MODULES="$PWD/tools/node_modules"
exchanges=$(mktemp -d)
trap 'rm -rf "$exchanges"' EXIT
MOVER_RECORD_EXCHANGES=$exchanges dotnet test test/Mover.Server.Tests -c Release --nologo
MOVER_EXCHANGES=$exchanges MOVER_WRITE_COVERAGE=1 dotnet test test/Mover.Conformance.Tests -c Release --nologo \
  --filter FullyQualifiedName~SuiteTests.The_page_about_coverage
