#!/usr/bin/env bash
# Writes docs/api-coverage.md: runs the conformance suite against the server and lists what it covered.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
MOVER_WRITE_COVERAGE=1 dotnet test test/Mover.Conformance.Tests --filter FullyQualifiedName~SuiteTests.The_page_about_coverage
