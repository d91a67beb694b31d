#!/usr/bin/env bash
# The tests of `make test`: all of the root module, and test/contract. The last line
# says what did not run. It needs go, bash and coreutils.
set -uo pipefail
cd "$(dirname "$0")/.."

race=-race
not_run=()
if ! go build -race runtime/cgo 2>/dev/null; then
	[[ ${REQUIRE_RACE-} == 1 ]] && { echo "REQUIRE_RACE=1, but there is no C compiler"; exit 1; }
	race=
	not_run+=("race detector (no C compiler)")
	echo "no C compiler: the tests run without the race detector"
fi

if [[ ${GODEBUG-} == *asynctimerchan=1* ]]; then
	export GODEBUG=$GODEBUG,asynctimerchan=0
	not_run+=("GODEBUG=asynctimerchan=1 (testing/synctest does not support it)")
fi

# target NAME PROGRAM... adds a target of make, and which of its programs are missing.
target() {
	local reason="make $1" program
	for program in "${@:2}"; do
		command -v "$program" >/dev/null || reason="no $program; $reason"
	done
	not_run+=("$1 ($reason)")
}
target browser chromium npm
target infra nginx haproxy tinyproxy
target clients node npm
target check

# module DIRECTORY PACKAGES runs the tests of a module; status remembers a failure.
status=0
module() {
	(cd "$1" && go test -json $race -shuffle=on -timeout=5m "$2") || status=1
}

{
	module . ./...
	module test ./contract
	exit $status
} | (cd test && go run $race ./summary "${not_run[@]}")
