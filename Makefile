# Everything a contributor runs. `make help` lists the targets. CI runs
# `make test` and `make check`, and once a week `make drift`.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

MODULES := . tools test test/bench examples/otel
TOOL    := go tool -modfile=$(CURDIR)/tools/go.mod

##@ Every day

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@ / {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: generate
generate: ## Write every *.gen.go from openapi.yaml
	go generate ./...

.PHONY: fmt
fmt: ## Format the Go code
	gofmt -w .

.PHONY: test
test: ## Run all tests of all modules, with the race detector
	@for m in $(MODULES); do echo "test $$m"; (cd $$m && go test -race -shuffle=on ./...) || exit 1; done

.PHONY: check
check: fmt-check lint verify tidy cover docs breaking actionlint vuln ## Run every gate that is not a test

##@ The gates of check

.PHONY: fmt-check
fmt-check:
	@files=$$(gofmt -l .); test -z "$$files" || { echo "not formatted, run make fmt: $$files"; exit 1; }

.PHONY: lint
lint: ## Run go vet and staticcheck on all modules
	@for m in $(MODULES); do echo "lint $$m"; (cd $$m && go vet ./... && $(TOOL) staticcheck ./...) || exit 1; done

# Generated is what says so in its first lines, wherever it lies: a file that a
# generator writes anew counts, and a hand-written one beside it does not.
.PHONY: verify
verify: ## Fail if a generated file is not what openapi.yaml says
	@go generate .
	@ids=$$(sed -n 's/^ *operationId: *//p' openapi.yaml); \
	test -n "$$ids" || { echo "verify: openapi.yaml has no operationId"; exit 1; }; \
	for id in $$ids; do \
		grep -qE "^func \(c \*Client\) $${id^}(WithBody)?\(" gen/client.gen.go || { \
			echo "verify: the generator wrote no $${id^}: check operationId $$id in openapi.yaml"; exit 1; }; \
	done
	@go generate ./...
	@generated=$$(git ls-files -co --exclude-standard -- '*.go' | xargs grep -lsE '^// Code generated .* DO NOT EDIT\.$$'); \
	stale=$$(git --no-pager diff --stat -- $$generated; git ls-files -o --exclude-standard -- $$generated); \
	test -z "$$stale" || { \
		echo "verify: generated files differ from what git has; run 'make generate' and commit:"; echo "$$stale"; \
		git --no-pager diff -U0 -- $$generated | head -40; exit 1; }

.PHONY: tidy
tidy: ## Fail if a go.mod or go.sum is not tidy or a module was altered
	@for m in $(MODULES); do echo "tidy $$m"; (cd $$m && go mod tidy -diff && go mod verify >/dev/null) || exit 1; done

.PHONY: cover
cover: ## Fail if tests cover less than 90 % of facade and errors
	@go test -coverprofile=cover.out -coverpkg=./facade,./errors ./facade ./errors >/dev/null
	@go tool cover -func=cover.out | awk '/^total:/ {sub("%", "", $$3); print "coverage of facade and errors: " $$3 "%"; exit $$3 < 90}'

##@ Documents and examples

.PHONY: docs
docs: ## Check links, names and comments, and that a test runs the Go code in documents
	go test -run '^Example' ./facade ./errors
	cd test && go test -count=1 ./docs # the cache does not see files of another module

##@ Faults, figures, supply chain

FUZZTIME    ?= 30s
SOAK_CALLS  ?= 200000
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME
	@for target in facade/FuzzRetryAfter facade/FuzzResponse facade/FuzzInput facade/FuzzBudget errors/FuzzAPIError; do \
		echo "fuzz $$target"; \
		go test -run='^$$' -fuzz="^$${target#*/}$$" -fuzztime=$(FUZZTIME) -fuzzminimizetime=5x ./$${target%/*} || exit 1; done

.PHONY: soak
soak: ## Make SOAK_CALLS calls to a server that fails one in ten
	SOAK_CALLS=$(SOAK_CALLS) go test -count=1 -v -timeout=30m -run='^TestSoak$$' ./facade

.PHONY: figures
figures: ## Print what facade/FAULTS.md promises in numbers, as measured now
	@go test -count=1 -v ./facade | awk ' \
		/figure: /           { sub(/.*figure: /, ""); print; next } \
		/^ *--- PASS: .*row_/ { rows++ } \
		/^ *--- FAIL|^FAIL/   { print; failed = 1 } \
		END                  { print "suite: " rows " cases of numbered faults pass"; exit failed || rows < 150 }'
	@go test -run='^$$' -bench='^BenchmarkRetryLayer$$' -benchtime=300000x ./facade | awk '/retry-ns/ { for (i = 3; i < NF; i += 2) if ($$(i+1) == "retry-ns/op") print "retry layer: " $$i " ns over an attempt" }'
	@count=$$(GODEBUG=inittrace=1 go run ./examples/create-session -h 2>&1 | grep -cE '^init github.com/apideck-community/vault-go/(facade|errors|gen) ' || true); \
		echo "start of a program: $$count of facade, errors and gen do work"; test "$$count" = 0

.PHONY: vuln
vuln: ## Look for known vulnerabilities in the code that is reached
	@for m in $(MODULES); do \
		echo "vuln $$m"; \
		if found=$$(go run $(GOVULNCHECK) -C $$m ./... 2>&1); then echo "$$found"; \
		elif grep -Eq 'fetching vulnerabilities: .*(dial tcp|no such host|connection refused|timeout)' <<<"$$found"; then \
			echo "NOT CHECKED: the vulnerability database at vuln.go.dev cannot be reached from here"; exit 0; \
		else echo "$$found"; exit 1; fi; done

##@ Measurements

# A round is a run of every benchmark, so that both sides of a ratio see the
# same machine; over the network each client has a process of its own, because
# one that runs later finds a larger heap. Fewer or more rounds: make bench ROUNDS=2.
ROUNDS    ?= 3
BENCHSTAT := go run golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da

.PHONY: bench
bench: ## Compare a call with net/http by hand, print ratios and targets
	@mkdir -p artifacts && go test -c -o artifacts/facade.test ./facade
	@-for i in $$(seq $(ROUNDS)); do \
		for j in 1 2 3 4 5 6 7 8; do artifacts/facade.test -test.run '^$$' -test.bench 'Stub' -test.benchtime 25ms; done; \
		artifacts/facade.test -test.run '^$$' -test.bench 'New|RetryLayer' -test.benchtime 300ms; \
		for c in facade tuned default; do artifacts/facade.test -test.run '^$$' -test.bench "Network/proto/callers/client=$$c" -test.benchtime 500ms; done; \
		echo "round $$i of $(ROUNDS)" >&2; \
	done > artifacts/bench.txt
	@! grep -m 5 -A 3 -e '--- FAIL' artifacts/bench.txt
	@$(BENCHSTAT) -col /client -filter '.unit:(ns/op OR allocs/op)' artifacts/bench.txt
	@cd test/bench && go run ./targets < ../../artifacts/bench.txt

.PHONY: bench-peers
bench-peers: ## Compare a call with other SDKs and HTTP clients
	@mkdir -p artifacts && cd test/bench && go test -c -o ../../artifacts/peers.test .
	@for i in $$(seq $(ROUNDS)); do artifacts/peers.test -test.run '^$$' -test.bench Peers -test.benchtime 300ms; done > artifacts/peers.txt
	@cd test/bench && go run ./targets -peers < ../../artifacts/peers.txt

.PHONY: fleet
fleet: ## Simulate a fleet through an outage, write docs/fleet.svg
	@cd test/fleet && go run . -svg ../../docs/fleet.svg

##@ The stand-in and the web app

.PHONY: browser
browser: ## Drive examples/webapp in a real Chromium; screenshots go to artifacts/
	cd test && REQUIRE_BROWSER=1 go test -count=1 ./browser

.PHONY: clients
clients: ## Run the vendor's clients for JavaScript against examples/mock-vault; needs node 20 and npm
	cd test/clients && npm ci --ignore-scripts --no-audit --no-fund && node --test .

##@ The contract

# Pinned here and not in tools/go.mod: oasdiff wants another kin-openapi than
# the generator does.
OASDIFF    := github.com/oasdiff/oasdiff@v1.35.0
APIDIFF    := golang.org/x/exp/cmd/apidiff@v0.0.0-20261014143641-f0251eb4aa3e
ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

.PHONY: breaking
breaking: ## Fail on a change that breaks users: BASE=ref (default: last tag, else parent commit)
	@go run -C tools ./breaking -base '$(BASE)' -oasdiff $(OASDIFF) -apidiff $(APIDIFF)

.PHONY: drift
drift: ## Compare with the vendor's description: UPSTREAM=file or URL
	@go run -C tools ./drift -upstream '$(if $(findstring ://,$(UPSTREAM)),$(UPSTREAM),$(abspath $(UPSTREAM)))'

.PHONY: actionlint
actionlint: ## Lint the workflows
	@go run $(ACTIONLINT)

.PHONY: release-check
release-check: ## Check that HEAD can be released: VERSION=v1.2.3
	@go run -C tools ./release -version '$(VERSION)'
	@$(MAKE) --no-print-directory verify breaking
