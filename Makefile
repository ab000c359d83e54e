# The verbs of this repository. `make help` lists them.
SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS   += --no-print-directory

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT   ?= $(shell git rev-parse --short HEAD 2>/dev/null || true)
LDFLAGS  := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)
BIN      := bin/loramanager
GOLANGCI := .tools/bin/golangci-lint-2.15.0
GO_SOURCES  := $(shell find cmd internal web/embed.go -name '*.go' 2>/dev/null)
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)

export CGO_ENABLED ?= 0

##@ Use
.PHONY: help run build
help: ## List the verbs
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## Build the web app and the server, start on http://127.0.0.1:8000
	@exec $(BIN) serve $(ARGS)

build: $(BIN) ## Build bin/loramanager, one static binary with the web app inside

$(BIN): $(GO_SOURCES) web/dist/index.html go.mod go.sum
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/loramanager

##@ Work
.PHONY: web fmt generate lint check drift clean tools dev
web: web/dist/index.html ## Build the web app into web/dist

web/dist/index.html: web/node_modules/.ready $(WEB_SOURCES) internal/httpapi/openapi.json
	npm --prefix web run generate
	npm --prefix web run build

web/node_modules/.ready: web/package-lock.json
	npm --prefix web ci --no-audit --no-fund
	@touch $@

dev: ## Start the server and the web app with live reload (two processes)
	@trap 'kill 0' EXIT; go run ./cmd/loramanager serve $(ARGS) & npm --prefix web run dev

fmt: web/node_modules/.ready ## Format everything
	gofmt -w cmd internal tests web/embed.go
	npm --prefix web run format

generate: web/node_modules/.ready ## Write openapi.json from the code and the browser's client from openapi.json
	go run ./cmd/loramanager openapi > internal/httpapi/openapi.json.new
	mv internal/httpapi/openapi.json.new internal/httpapi/openapi.json
	npm --prefix web run generate

tools: $(GOLANGCI) ## Install the linter into .tools (about a minute, once)
$(GOLANGCI):
	GOBIN=$(CURDIR)/.tools/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	mv .tools/bin/golangci-lint $@

lint: $(GOLANGCI) web/node_modules/.ready ## Lint Go and the web app
	$(GOLANGCI) run ./...
	npm --prefix web run lint

check: needs quick ## What to run before every commit: quick, then the tests without the race detector and browsers
	go test ./...
	$(MAKE) test-web

quick: web/node_modules/.ready ## Format, vet, house rules, lint, types, drift
	@unformatted=$$(gofmt -l cmd internal tests web/embed.go); test -z "$$unformatted" || { echo "not formatted, run make fmt:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	go test ./internal
	$(MAKE) lint
	$(MAKE) drift
	npm --prefix web run lock:check
	npm --prefix web run format:check
	npm --prefix web run typecheck

drift: web/node_modules/.ready ## Fail when the browser's client is not what openapi.json describes
	npm --prefix web run generate
	@! git rev-parse --git-dir >/dev/null 2>&1 || git diff --exit-code --stat -- web/src/api/generated || { echo "the client differs from openapi.json: run make generate and commit"; exit 1; }

##@ Prove
.PHONY: test test-go test-web e2e crash backups flips bench bench-go eval needs
test: needs ## Everything: format, lint, Go with the race detector, web, browser
	$(MAKE) quick
	$(MAKE) test-go
	$(MAKE) test-web
	$(MAKE) e2e

# The race detector watches all code but the translated C of SQLite, which it slows down
# four times and which has locks of its own.
RACE_FLAGS := -gcflags='modernc.org/...=-race=0 -d=checkptr=0'

test-go: ## Go tests with the race detector in random order
	CGO_ENABLED=1 go test -race $(RACE_FLAGS) -shuffle=on -timeout 20m ./...
	go test -tags otel ./internal/trace
	go test -tags otel -run OneTrace ./cmd/loramanager

test-web: web/node_modules/.ready ## Unit tests of the web app
	npm --prefix web test

e2e: needs $(BIN) ## Browser tests against the real binary, and the sizes of what it serves
	npm --prefix web run size
	npm --prefix tests/e2e ci --no-audit --no-fund
	npm --prefix tests/e2e test

crash: needs ## Kill the server 200 times under load on both databases, with and without Redis
	CRASH_KILLS=$${CRASH_KILLS:-200} go test -count=1 -timeout 60m -v ./tests/crash $(ARGS)

backups: needs ## Make 500 backups under write load on each database; each must come back as it was
	LORAMANAGER_TEST_BACKUPS=500 go test ./internal/archive -run TestPromise8_BackupsUnderWriteLoad -timeout 4h -v

flips: ## Change 2,000 random bits of an archive; each must be found
	go test -count=1 -run 'Promise12_AnyBit' ./internal/guard -flips 2000

bench: build ## Run the benchmarks and write docs/benchmarks.md (long; needs 10 GB of disk)
	go run ./tests/bench -write docs/benchmarks.md $(ARGS)

eval: ## Measure how good recommendations are, on histories with a planted structure
	go run ./tests/eval $(ARGS)

bench-go: ## Benchmarks of single functions
	go test -run '^$$' -bench . -benchmem ./...

needs: ## Install what the tests need (Debian or Ubuntu, as root), or say what is missing
	@missing=""; \
	command -v gcc >/dev/null || missing="$$missing gcc"; \
	command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing="$$missing chromium"; \
	command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$$missing postgresql"; \
	command -v redis-server >/dev/null || missing="$$missing redis-server"; \
	test -n "$$missing" || exit 0; \
	if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $$missing; \
	else echo "missing:$$missing - install with your package manager, then run make test again"; exit 1; fi

clean: ## Remove what was built
	rm -rf bin web/dist/* tests/e2e/test-results tests/e2e/playwright-report
