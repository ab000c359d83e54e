# The verbs of this repository. `make help` lists them.
SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS   += --no-print-directory

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT   ?= $(shell git rev-parse --short HEAD 2>/dev/null || true)
LDFLAGS  := -s -w -buildid= -X main.version=$(VERSION) -X main.commit=$(COMMIT)
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
.PHONY: web fmt generate lint check quick drift clean tools live hooks dev dev-ml dev-logs dev-down dev-clean
web: web/dist/index.html ## Build the web app into web/dist

web/dist/index.html: web/node_modules/.ready $(WEB_SOURCES) internal/httpapi/openapi.json
	npm --prefix web run generate
	npm --prefix web run build

web/node_modules/.ready: web/package-lock.json
	npm --prefix web ci --no-audit --no-fund
	@touch $@

live: ## Start the server and the web app with live reload, without containers (two processes)
	@trap 'kill 0' EXIT; go run ./cmd/loramanager serve $(ARGS) & npm --prefix web run dev

COMPOSE_DEV := docker compose -f deploy/docker-compose.dev.yml $(if $(wildcard deploy/.env.docker),--env-file deploy/.env.docker)

dev: ## Start API, web app, PostgreSQL and Redis in containers, with live reload: http://localhost:5173
	$(COMPOSE_DEV) up --detach --wait
	@echo "web app http://localhost:5173, API http://localhost:8000, key: development; make dev-logs, make dev-down"

dev-ml: ## The same with SD.Next; SDNEXT_IMAGE names its image
	@test -n "$${SDNEXT_IMAGE:-}" || grep -qs '^SDNEXT_IMAGE=.' deploy/.env.docker || { echo "set SDNEXT_IMAGE, here or in deploy/.env.docker, to an image of SD.Next for your graphics card"; exit 1; }
	SDNEXT_BASE_URL=$${SDNEXT_BASE_URL:-http://sdnext:7860} $(COMPOSE_DEV) --profile sdnext up --detach

dev-logs: ## Follow what the containers say
	$(COMPOSE_DEV) --profile sdnext logs --follow --tail 100

dev-down: ## Stop the containers, keep their data
	$(COMPOSE_DEV) --profile sdnext down

dev-clean: ## Stop the containers and remove their data
	$(COMPOSE_DEV) --profile sdnext down --volumes --remove-orphans

hooks: ## Have git run quick checks before each commit
	git config core.hooksPath .githooks

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
.PHONY: test test-go test-web test-deploy e2e lighthouse fleet sigterm soak load crash backups flips bench bench-go eval needs
test: needs ## Everything: format, lint, Go with the race detector, web, what is deployed, browser
	$(MAKE) quick
	$(MAKE) audit
	$(MAKE) test-go
	$(MAKE) test-web
	$(MAKE) test-deploy
	$(MAKE) e2e

# The race detector watches all code but the translated C of SQLite, which it slows down
# four times and which has locks of its own.
RACE_FLAGS := -gcflags='modernc.org/sqlite/lib=-race=0 -d=checkptr=0' -gcflags='modernc.org/libc=-d=checkptr=0'

test-go: ## Go tests with the race detector in random order
	CGO_ENABLED=1 go test -race $(RACE_FLAGS) -shuffle=on -timeout 20m ./...
	go test -tags otel ./internal/trace
	go test -tags otel -run OneTrace ./cmd/loramanager

test-web: web/node_modules/.ready ## Unit tests of the web app
	npm --prefix web test

test-deploy: ## Compose files, variables and commands in deploy/, and the release configuration
	go -C tests/deploy test -count=1 ./...

e2e: needs $(BIN) ## Browser tests against the real binary, and the sizes of what it serves
	npm --prefix web run size
	npm --prefix tests/e2e ci --no-audit --no-fund
	npm --prefix tests/e2e test

lighthouse: $(BIN) ## Speed, accessibility and good practice of the served pages, against budgets
	npm --prefix tests/lighthouse ci --no-audit --no-fund
	npm --prefix tests/lighthouse run lighthouse

fleet: needs ## Kill servers and workers 60 times under load, on PostgreSQL, Redis and S3, and restart them one by one
	FLEET_KILLS=$${FLEET_KILLS:-60} go test -count=1 -timeout 60m -v ./tests/fleet $(ARGS)

sigterm: ## Tell the server to stop under load 100 times: it ends in order and loses nothing
	SIGTERMS=$${SIGTERMS:-100} go test -count=1 -timeout 60m -v -run ToldToStop ./tests/crash $(ARGS)

soak: ## Run a server under mixed load for 30 minutes: its memory must not grow
	SOAK_MINUTES=$${SOAK_MINUTES:-30} go test -count=1 -timeout 2h -v ./tests/soak $(ARGS)

load: build ## List and search 100,000 adapters 3,000 times a second
	go run ./tests/bench -only load $(ARGS)

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

##@ Release and care
.PHONY: ci audit reproducible sbom release-check release-snapshot release check-deploy
ci: ## What the continuous integration runs
	.ci/run

TOOL_govulncheck     := golang.org/x/vuln/cmd/govulncheck@v1.9.0
TOOL_gitleaks        := github.com/zricethezav/gitleaks/v8@v8.30.1
TOOL_actionlint      := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
TOOL_cyclonedx-gomod := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
TOOL_goreleaser      := github.com/goreleaser/goreleaser/v2@v2.16.0
tool = .tools/bin/$(1)-$(patsubst v%,%,$(lastword $(subst @, ,$(TOOL_$(1)))))
TOOLS := $(foreach t,govulncheck gitleaks actionlint cyclonedx-gomod goreleaser,$(call tool,$(t)))
NAME   = $(firstword $(foreach t,govulncheck gitleaks actionlint cyclonedx-gomod goreleaser,$(if $(filter $@,$(call tool,$(t))),$(t))))
$(TOOLS):
	GOBIN=$(CURDIR)/.tools/bin GOFLAGS= CGO_ENABLED=0 go install $(TOOL_$(NAME))
	mv .tools/bin/$(NAME) $@

audit: $(call tool,govulncheck) $(call tool,gitleaks) $(call tool,actionlint) web/node_modules/.ready ## Known vulnerabilities, secrets in the history, changed modules, workflows
	.ci/audit

reproducible: web/node_modules/.ready ## Build what is committed twice, in two folders, and compare the bits
	.ci/reproducible

sbom: $(call tool,cyclonedx-gomod) web/node_modules/.ready ## List all parts in bin/sbom, as CycloneDX
	mkdir -p bin/sbom
	$(call tool,cyclonedx-gomod) app -json -licenses=false -std -main cmd/loramanager -output bin/sbom/loramanager.go.cdx.json .
	npm --prefix web sbom --sbom-format cyclonedx --omit dev > bin/sbom/loramanager.web.cdx.json

release-check: $(call tool,goreleaser) ## Check .goreleaser.yaml
	$(call tool,goreleaser) check

release-snapshot: $(call tool,goreleaser) ## Make all files of a release in dist/, unsigned, and publish nothing
	$(call tool,goreleaser) release --snapshot --clean --skip sign,publish

release: $(call tool,goreleaser) ## Make a release of the tag that is checked out: .github/workflows/release.yml does
	$(call tool,goreleaser) release --clean

check-deploy: ## Check everything in deploy/: Compose, chart, unit, proxies
	go -C tests/deploy test -count=1 ./...
	go -C tests/deploy/chart test -count=1 ./...
	.ci/deploy

##@ What tests need
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
	rm -rf bin dist web/dist/* tests/e2e/test-results tests/e2e/playwright-report
