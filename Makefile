# Everything a contributor runs. `make` lists the targets; CI runs test and check.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

MODULES := . tools test examples/otel

# go.mod, go.sum and package-lock.json pin every program that is used here, and
# .github/dependabot.yml says when one of them is old. $(TOOL) name runs a program,
# $(TOOL) -n name prints where it is.
TOOL    := go tool -modfile='$(CURDIR)/tools/go.mod'
OASDIFF := go tool -modfile='$(CURDIR)/tools/oasdiff/go.mod'
NPM_CI  := npm ci --ignore-scripts --no-audit --no-fund --silent

# $(call each,modules,command) runs a command in each module.
each = @for m in $(1); do echo "$@ $$m"; (cd $$m && $(2)) || exit 1; done

.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*/\1/p' Makefile)

help:
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | awk -F'\t' '{printf "  make %-14s %s\n", $$1, $$2}'

generate: ## Generate every *.gen.go from openapi.yaml
	go generate ./...

test: ## Run all tests of all modules, with the race detector
	$(call each,$(MODULES),go test -race -shuffle=on -timeout=10m ./...)

check: lint lint-contract verify tidy cover docs platforms breaking vuln ## Run every gate that is not a test

lint:
	@files=$$(gofmt -l .); test -z "$$files" || { echo "not formatted, run gofmt -w: $$files"; exit 1; }
	$(call each,$(MODULES) test/bench,go vet ./... && $(TOOL) staticcheck ./...)
	$(TOOL) actionlint

lint-contract:
	@command -v npm >/dev/null || { echo "NOT CHECKED: node is not installed"; exit 0; }; \
	cd tools/lint && $(NPM_CI) && \
	node_modules/.bin/spectral lint --fail-severity hint --ruleset spectral.yaml ../../openapi.yaml && \
	node_modules/.bin/redocly lint --extends recommended ../../openapi.yaml

verify:
	@go generate ./...
	@stale=$$(git --no-pager diff -U0 -- '*.gen.go' | head -40; git ls-files -o --exclude-standard -- '*.gen.go'); \
	test -z "$$stale" || { echo "generated files are stale, run 'make generate' and commit:"; echo "$$stale"; exit 1; }

tidy:
	$(call each,$(MODULES) tools/oasdiff test/bench,go mod tidy -diff && go mod verify >/dev/null)

cover:
	@go test -coverprofile=cover.out -coverpkg=./facade,./errors ./facade ./errors >/dev/null
	@go tool cover -func=cover.out | awk '/^total:/ {print "coverage of facade and errors: " $$3; exit $$3 + 0 < 90}'

docs: # -count=1, because the test cache does not track files of other modules
	go test -run '^Example' ./facade ./errors
	cd test && go test -count=1 ./docs

platforms:
	for os in js wasip1; do GOOS=$$os GOARCH=wasm go build ./facade ./errors ./vaulttest; done
	GODEBUG=fips140=only go test ./facade ./errors

vuln:
	@for m in $(MODULES); do echo "vuln $$m"; out=$$($(TOOL) govulncheck -C $$m ./... 2>&1) || { echo "$$out"; \
		grep -Eq 'fetching vulnerabilities: .*(dial tcp|no such host|connection refused|timeout)' <<<"$$out" || exit 1; \
		echo "NOT CHECKED: the vulnerability database at vuln.go.dev cannot be reached from here"; exit 0; }; done

breaking: ## Fail on a change that breaks users: BASE=commit (default: last tag, else SINCE, else parent commit)
	@go run -C tools ./breaking -base '$(BASE)' -since '$(SINCE)' \
		-oasdiff "$$($(OASDIFF) -n oasdiff)" -apidiff "$$($(TOOL) -n apidiff)"

drift: ## Compare with the vendor's description: UPSTREAM=file or URL
	@go run -C tools ./drift -upstream '$(if $(findstring ://,$(UPSTREAM)),$(UPSTREAM),$(abspath $(UPSTREAM)))'

release-check: ## Check that HEAD can be released: VERSION=v1.2.3
	@[[ '$(VERSION)' =~ ^v[01]\.[0-9]+\.[0-9]+$$ ]] || { echo "VERSION must be like v0.2.0"; exit 1; }
	@test -z "$$(git status --porcelain; git tag -l '$(VERSION)')" || { echo "working tree not clean, or tag exists"; exit 1; }
	@grep -qx 'const version = "$(VERSION:v%=%)"' facade/version.go || { echo "version in facade/version.go is not $(VERSION:v%=%)"; exit 1; }
	@grep -q '^## \[$(VERSION:v%=%)\] - ' CHANGELOG.md || { echo "CHANGELOG.md has no entry for $(VERSION)"; exit 1; }
	@$(MAKE) --no-print-directory verify breaking

release: release-check ## Check that HEAD can be released, and tag it: VERSION=v1.2.3
	@git tag -a '$(VERSION)' -m '$(VERSION)'
	@echo "To publish, which cannot be undone: git push origin $(VERSION)"

FUZZTIME ?= 30s
fuzz: ## Run each fuzz target of facade and errors for FUZZTIME
	@for p in facade errors; do for f in $$(go test -list '^Fuzz' ./$$p | grep ^Fuzz); do echo "fuzz $$p/$$f"; \
		go test -run='^$$' -fuzz="^$$f$$" -fuzztime=$(FUZZTIME) -fuzzminimizetime=5x ./$$p || exit 1; done; done

soak: ## Make SOAK_CALLS (200000) calls to a server that fails one in ten
	SOAK_CALLS=$${SOAK_CALLS:-200000} go test -count=1 -v -timeout=30m -run='^TestSoak$$' ./facade

figures: ## Measure and print the figures that facade/FAULTS.md promises
	@go test -count=1 -v ./facade ./errors | sed -n '/--- FAIL/p; s/.*figure: //p'

# The clients take turns with a fixed number of calls, each in a new process: in
# one process, later clients would start with a larger heap.
bench: ## Compare a call with hand-written net/http; fail if a ratio misses its target
	@mkdir -p artifacts && go test -c -o artifacts/facade.test ./facade
	@bench() { artifacts/facade.test -test.run '^$$' -test.bench "$$1" -test.benchtime "$$2"; }; \
	for i in 1 2 3; do \
		for c in hand facade hand facade; do bench "Stub/callers=(1|512)$$/client=$$c" 60000x; done; \
		for c in tuned facade; do bench "Network/proto=tls/callers=(64|512)$$/client=$$c" 40000x; done; \
		bench 'Network/proto=tls1/callers=512$$/client=default' 2000x; \
		bench '^Benchmark(New|RetryLayer)$$' 100000x; \
	done > artifacts/bench.txt
	@cd test/bench && go run ./targets < ../../artifacts/bench.txt

bench-peers: ## Compare a call with other SDKs and HTTP clients
	@mkdir -p artifacts && cd test/bench && go test -c -o ../../artifacts/peers.test .
	@for i in 1 2 3 4 5 6; do artifacts/peers.test -test.run '^$$' -test.bench Peers -test.benchtime 5000x; done > artifacts/peers.txt
	@$(TOOL) benchstat -row /client -col /callers -filter '.unit:(cpu-ns/op OR allocs/op)' artifacts/peers.txt

fleet: ## Simulate a fleet through an outage, write docs/fleet.svg
	@cd test/fleet && go run . -svg ../../docs/fleet.svg
browser: ## Drive examples/webapp in a real Chromium; screenshots go to artifacts/
	cd test/browser && $(NPM_CI)
	cd test && REQUIRE_BROWSER=1 go test -count=1 ./browser
infra: ## Run the library behind nginx, haproxy, tinyproxy and toxiproxy, print a table
	@mkdir -p artifacts
	-go build -C tools -o ../artifacts/server github.com/Shopify/toxiproxy/v2/cmd/server
	cd test && INFRA=1 go test -count=1 -v -timeout=5m ./infra
clients: ## Run the vendor's JavaScript clients against examples/mock-vault; needs Node 20 and npm
	cd test/clients && $(NPM_CI) && node --test .
