# `make` lists the targets. `make test` needs Go, git, make and bash; CONTRIBUTING.md
# says what the others need. .ci/run runs all that has to pass.

.DEFAULT_GOAL := help
SHELL := bash
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

.PHONY: help generate test check test-gates lint lint-contract verify tidy cover docs growth modules platforms vuln breaking drift \
	release-check release browser infra clients fuzz soak figures mutate environments bench bench-peers fleet

help:
	@while IFS= read -r line; do \
		if [[ $$line =~ ^([a-z-]+):.*'## '(.*) ]]; then printf '  make %-14s %s\n' "$${BASH_REMATCH[@]:1}"; fi; \
	done < Makefile

generate: ## Generate every *.gen.go from openapi.yaml
	go generate ./...

test: ## Test the library, the stand-in, the examples and the contract
	@test/run.sh

check: lint lint-contract verify tidy cover platforms breaking vuln test-gates ## Run every other gate for a change

# -count=1, because the test cache does not track files of other modules.
OTHER_TESTS = $(filter-out %/contract %/browser %/infra,$(shell cd test && go list ./...))
test-gates: # the tests that `make test` leaves out and that need only Go and git
	$(call each,tools examples/otel,go test -count=1 -timeout=5m ./...)
	cd test && go test -count=1 -timeout=10m $(OTHER_TESTS)

docs growth modules: # one of these tests
	cd test && go test -count=1 -timeout=10m ./$@

lint:
	@files=$$(gofmt -l .); test -z "$$files" || { echo "not formatted, run gofmt -w: $$files"; exit 1; }
	$(call each,$(MODULES) test/bench,go vet ./... && $(TOOL) staticcheck ./...)
	$(TOOL) actionlint

lint-contract: # fails without npm if REQUIRE_NODE=1
	@command -v npm >/dev/null || { echo "NOT CHECKED: npm is not installed"; test '$(REQUIRE_NODE)' != 1; exit; }; \
	cd tools/lint && $(NPM_CI) && \
	node_modules/.bin/spectral lint --fail-severity hint --ruleset spectral.yaml ../../openapi.yaml && \
	node_modules/.bin/redocly lint --extends recommended ../../openapi.yaml

verify:
	@go generate ./...
	@stale=$$(git --no-pager diff -U0 -- '*.gen.go' | head -40; git ls-files -o --exclude-standard -- '*.gen.go'); \
	test -z "$$stale" || { echo "generated files are stale, run 'make generate' and commit:"; echo "$$stale"; exit 1; }

tidy:
	$(call each,$(MODULES) tools/oasdiff test/bench,go mod tidy -diff && go mod verify >/dev/null)

cover: # in FIPS mode, so that one run of the tests serves both
	@mkdir -p artifacts
	GODEBUG=fips140=only go test -coverprofile=artifacts/cover.out -coverpkg=./facade,./errors ./facade ./errors
	@go tool cover -func=artifacts/cover.out | \
		awk '/^total:/ {print "coverage of facade and errors: " $$3; exit $$3 + 0 < 90}'

platforms:
	for os in js wasip1; do GOOS=$$os GOARCH=wasm go build ./facade ./errors ./vaulttest; done

vuln: # fails without the database if REQUIRE_VULN=1
	@for m in $(MODULES); do echo "vuln $$m"; out=$$($(TOOL) govulncheck -C $$m ./... 2>&1) || { echo "$$out"; \
		grep -Eq 'fetching vulnerabilities: .*(dial tcp|no such host|connection refused|timeout)' <<<"$$out" || exit 1; \
		echo "NOT CHECKED: the vulnerability database at vuln.go.dev cannot be reached from here"; \
		test '$(REQUIRE_VULN)' != 1; exit; }; done

breaking: ## Fail on a change that breaks users: BASE=commit (default: last tag, else SINCE, else parent commit)
	@go run -C tools ./breaking -base '$(BASE)' -since '$(SINCE)' \
		-oasdiff "$$($(OASDIFF) -n oasdiff)" -apidiff "$$($(TOOL) -n apidiff)"

drift: ## Compare with the vendor's description: UPSTREAM=file or URL
	@test -n '$(UPSTREAM)' || { echo "UPSTREAM=<file or URL> is missing"; exit 1; }
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

browser: ## Drive examples/webapp in Chromium, screenshots go to artifacts/; needs chromium and npm
	go build -o artifacts/webapp ./examples/webapp
	cd test/browser && $(NPM_CI)
	cd test && REQUIRE_BROWSER=1 go test -count=1 -timeout=5m ./browser

infra: ## Run the library behind real servers and proxies; needs nginx, haproxy and tinyproxy
	@mkdir -p artifacts
	-go build -C tools -o ../artifacts/server github.com/Shopify/toxiproxy/v2/cmd/server
	cd test/infra && INFRA=1 go test -count=1 -timeout=5m

clients: ## Run the vendor's JavaScript clients against examples/mock-vault; needs Node 20 and npm
	cd test/clients && $(NPM_CI) && node --test .

FUZZTIME ?= 30s
fuzz: ## Run each fuzz target of facade and errors for FUZZTIME
	@for p in facade errors; do for f in $$(go test -list '^Fuzz' ./$$p | grep ^Fuzz); do echo "fuzz $$p/$$f"; \
		go test -run='^$$' -fuzz="^$$f$$" -fuzztime=$(FUZZTIME) -fuzzminimizetime=5x ./$$p || exit 1; done; done

soak: ## Make SOAK_CALLS (200000) calls to a server that fails one in ten
	SOAK_CALLS=$${SOAK_CALLS:-200000} go test -count=1 -v -timeout=30m -run='^TestSoak$$' ./facade

figures: ## Measure and print the figures that facade/FAULTS.md promises
	@go test -count=1 -v ./facade ./errors | sed -n '/--- FAIL/p; s/.*figure: //p'

mutate: ## Change the code in small ways and list the changes that no test notices: PACKAGES=./errors
	@go run -C tools ./mutate $(PACKAGES)

environments: ## Run the tests in unusual environments, print a table; takes half an hour
	@test/environments.sh

# Each measurement is a process of its own, in which the clients take turns: in one
# process, the later ones would start with a larger heap. The number of calls is
# fixed, so that the allocations of the connections weigh the same.
measure = artifacts/bench.test -test.run '^$$' -test.bench "$(1)" -test.benchtime $(2)

bench: ## Compare a call with hand-written net/http; fail if a ratio misses its target
	@mkdir -p artifacts && cd test/bench && go test -c -o ../../artifacts/bench.test .
	@for turn in 1 2 3 4 5; do \
		for proto in http tls1 tls2; do for callers in 1 64 512; do for client in tuned facade; do \
			$(call measure,Network/proto=$$proto/callers=$$callers\$$/client=$$client,10000x); \
		done; done; done; \
		for client in hand facade; do $(call measure,Stub/client=$$client,50000x); done; \
	done > artifacts/bench.txt
	@cd test/bench && go run ./targets < ../../artifacts/bench.txt

bench-peers: ## Compare a call with other SDKs and HTTP clients; fail if a ratio misses its target
	@mkdir -p artifacts && cd test/bench && go test -c -o ../../artifacts/bench.test .
	@for turn in 1 2 3 4 5 6; do for client in facade retryablehttp net-http resty openai-go stripe-go; do \
		$(call measure,Peers/callers=/client=$$client\$$,5000x); \
	done; done > artifacts/peers.txt
	@$(TOOL) benchstat -row /client -col /callers -filter '.unit:(cpu-ns/op OR allocs/op)' artifacts/peers.txt
	@cd test/bench && go run ./targets < ../../artifacts/peers.txt

fleet: ## Simulate a fleet through an outage, write docs/fleet.svg
	@cd test/fleet && go run .
