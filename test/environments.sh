#!/usr/bin/env bash
# Runs the tests of the last commit in environments in which tests tend to fail, and
# prints a table. An argument selects rows: test/environments.sh 'PROXY|path'. The
# output of each row is in artifacts/environments. It needs Linux and root.
set -uo pipefail
cd "$(dirname "$0")/.."

select=${1:-.}
logs=$PWD/artifacts/environments
mkdir -p "$logs"
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT

# copy DIRECTORY makes a clone there and prints its path.
copy() {
	git clone -q . "$temp/$1" && echo "$temp/$1"
}
clone=$(copy clone)

# row NAME COMMAND... runs a command in the clone and adds a row to the table.
table=("| environment | result | seconds |" "| --- | --- | ---: |")
failures=0
row() {
	local name=$1 log result start=$SECONDS
	[[ $name =~ $select ]] || return
	log=$logs/${name//[^A-Za-z0-9]/_}.txt
	if (cd "$clone" && "${@:2}") &>"$log"; then
		result=passed
	else
		result="failed: $log"
		failures=$((failures + 1))
	fi
	table+=("| $name | $result | $((SECONDS - start)) |")
	echo "${table[-1]}" >&2
}

in_directory() { cd "$1" && "${@:2}"; }
limit() { ulimit "$1" "$2" && "${@:3}"; }
with_umask() { umask "$1" && "${@:2}"; }
twice_at_once() { # both in the same clone
	"$@" & local first=$!
	"$@" && wait "$first"
}
busy() { # with that many processes that compete for the processors
	local status hogs=()
	for ((i = 0; i < $1; i++)); do
		while kill -0 $$; do :; done & hogs+=($!) # until this script ends
	done
	"${@:2}"
	status=$?
	kill "${hogs[@]}"
	return $status
}
rounds() { go test -count=30 -timeout=60m ./...; }
without_ipv6() {
	unshare --net bash -ec '
		echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6
		ip link set lo up
		exec "$@"' - "$@"
}
as_nobody() {
	local clone=$(copy nobody) home=$temp/home
	mkdir "$home"
	chmod 755 "$temp"
	chown -R nobody "$clone" "$home"
	cd "$clone" && setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$home" "$@"
}

row "as it is" make test

row "APIDECK_* valid" env APIDECK_API_KEY=key APIDECK_APP_ID=app \
	APIDECK_BASE_URL=https://api.example.com APIDECK_CONSUMER_ID=consumer make test
row "APIDECK_* invalid" env APIDECK_API_KEY=$'a\nb' APIDECK_APP_ID=$'\x01' \
	APIDECK_BASE_URL=ftp://x APIDECK_INSECURE_HTTP=perhaps make test
row "APIDECK_INSECURE_HTTP=1" env APIDECK_INSECURE_HTTP=1 make test
row "HTTP_PROXY" env HTTP_PROXY=http://127.0.0.1:9 http_proxy=http://127.0.0.1:9 make test
row "HTTPS_PROXY, ALL_PROXY" env HTTPS_PROXY=http://127.0.0.1:9 ALL_PROXY=http://127.0.0.1:9 make test
row "TZ, LANG" env TZ=Asia/Kathmandu LANG=tr_TR.UTF-8 LC_ALL=tr_TR.UTF-8 make test

row "GOFLAGS=-mod=mod -trimpath" env GOFLAGS="-mod=mod -trimpath" make test
row "GOFLAGS=-cpu=1,2,8" env GOFLAGS=-cpu=1,2,8 make test
row "GOMAXPROCS=1" env GOMAXPROCS=1 make test
row "GOMAXPROCS=8" env GOMAXPROCS=8 make test
row "GOGC=10" env GOGC=10 make test
row "GODEBUG=http2client=0" env GODEBUG=http2client=0 make test
row "GODEBUG=asynctimerchan=1" env GODEBUG=asynctimerchan=1 make test
row "GODEBUG=fips140=only" env GODEBUG=fips140=only make test
row "CGO_ENABLED=0" env CGO_ENABLED=0 make test

row "a path with a space" in_directory "$(copy 'a space')" make test
row "a path with other letters" in_directory "$(copy 'Überprüfung 検査')" make test
row "HOME is read-only" env HOME=/proc GOPATH="$(go env GOPATH)" GOCACHE="$(go env GOCACHE)" make test
row "not root, empty caches" as_nobody make test
row "umask 077" with_umask 077 make test
row "ulimit -n 128" limit -n 128 make test
row "no IPv6" without_ipv6 make test

row "twice at once" twice_at_once make test
row "a load of 20" busy 20 make test
row "30 rounds" rounds
row "30 rounds, a load of 4" busy 4 rounds
row "make check, a path with a space" in_directory "$temp/a space" make check

printf '%s\n' "${table[@]}"
echo "$((${#table[@]} - 2 - failures)) passed, $failures failed"
exit $((failures > 0))
