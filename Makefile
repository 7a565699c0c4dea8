# Everything a developer runs. `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
# Steps of `make test` run in order, cheapest first, and share one cargo lock.
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# The launcher and the whole-mesh tests look for programs here.
export CARGO_TARGET_DIR := $(CURDIR)/target

LOCAL := target/release/local
# Where PostgreSQL is neither installed nor can be, the launcher is built so that it can download it.
DOWNLOADS = $(shell ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || \
	[ "$$(id -u)" = 0 ] || sudo -n true 2>/dev/null || echo --features local/embedded-postgres)
# The page on which the API can be tried, built from npm's viewer.
DOCS_PAGE := edge-proxy/docs-page/dist
ADVISORIES := https://github.com/RustSec/advisory-db
DENY := scripts/tool cargo-deny --workspace --locked --log-level error check

.PHONY: help
help: ## List these commands
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do \
		printf '  make %-12s %s\n' "$$name" "$$what"; done

# --- Run -------------------------------------------------------------------------------------------------------------

# The web clients: what they are made of, and a file that is newer once they are made.
WEB_SOURCES = $(shell git ls-files -co --exclude-standard web proto)
WEB_PACKAGES := web/node_modules/.package-lock.json
WEB_BUILT := web/dist/index.html.br

.PHONY: up demo down reset audit bench sbom release
# The edge takes it from here.
up demo: export DOCS_DIR := $(CURDIR)/$(DOCS_PAGE)
up demo: $(DOCS_PAGE)
up: web release ## Build and run the whole mesh on this machine; Ctrl-C stops it
	@exec $(LOCAL) up --web-dir web/dist

demo: release ## Play a customer's and an admin's day against the mesh
	@exec $(LOCAL) demo

down: $(LOCAL) ## Stop the mesh
	@exec $(LOCAL) down

reset: $(LOCAL) ## Stop the mesh and forget its data
	@exec $(LOCAL) reset

audit: $(LOCAL) ## Check the invariants on the running mesh's database
	@exec $(LOCAL) audit

# Without Envoy the rows beside it are left out.
bench: toolchain ## Measure the reserve path and the edge beside their peers; BENCH_ARGS=--quick takes two minutes
	cargo build --release --locked --workspace --bins $(DOWNLOADS)
	@envoy=$${BENCH_ENVOY:-$$(scripts/tool --where envoy || true)}; \
		exec env $${envoy:+BENCH_ENVOY=$$envoy} target/release/bench $(BENCH_ARGS)

sbom: toolchain ## List what each program is made of: CycloneDX, target/sbom/*.cdx.json
	scripts/sbom

.PHONY: web
web: $(WEB_BUILT) ## Build the web clients into web/dist

$(WEB_BUILT): $(WEB_PACKAGES) $(WEB_SOURCES)
	cd web && npm run --silent generate && npm run --silent build
	@touch $@

# Exactly what the lock file names. No package runs a script of its own.
$(WEB_PACKAGES): web/package.json web/package-lock.json
	@scripts/need node nodejs && scripts/need npm npm
	cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The bench takes longest to build of all, and nothing but `make bench` runs it.
release: toolchain
	cargo build --release --locked --workspace --exclude bench --bins $(DOWNLOADS)

$(LOCAL):
	@$(MAKE) release

$(DOCS_PAGE): $(addprefix edge-proxy/docs-page/,build docs.js index.html package-lock.json)
	edge-proxy/docs-page/build

# --- Check -----------------------------------------------------------------------------------------------------------

.PHONY: test fmt migrations proto-lint manifests deny web-check lint build servers unit mesh api browser foreign chaos record-release plans fuzz doc screens lighthouse frames
test: fmt migrations proto-lint manifests deny web-check lint build unit mesh api browser foreign doc ## Check everything; installs what it needs
	@echo 'make test: everything holds'

fmt: toolchain ## Formatting
	cargo fmt --all --check

migrations: ## Migrations are safe while the version before still serves
	scripts/tool squawk migrations/*/up.sql

proto-lint: ## The contracts' style, and that each part is documented
	scripts/tool buf lint

manifests: ## What Kubernetes and Prometheus are told: schemas, rules and their tests, the Dockerfile
	scripts/manifests check

deny: toolchain ## Licences, sources and unwanted crates; known vulnerabilities where their database can be had
	$(DENY) bans licenses sources
	@if GIT_TERMINAL_PROMPT=0 timeout 15 git ls-remote --exit-code $(ADVISORIES) HEAD >/dev/null 2>&1; then \
		$(DENY) advisories; \
	else \
		echo 'advisories SKIPPED: $(ADVISORIES) is out of reach from here'; \
	fi

web-check: web ## The web clients: types, style, tests of their parts
	cd web && npx tsc --noEmit && npx biome ci . && npx vitest run --project unit

lint: toolchain ## Compiler and clippy warnings
	cargo clippy --locked --workspace --all-targets -- -D warnings

# One build for all tests. With --tests its features are those of `cargo test`: nothing is built twice.
build: toolchain ## All programs and tests, as debug builds
	cargo build --locked --workspace --bins --tests

servers: build
	target/debug/local setup

unit: servers ## Tests of single crates and the examples in their documentation
	cargo test --locked --workspace --lib --bins
	cargo test --locked --workspace --doc

# Fetched first: nothing is, in the middle of a test.
mesh: servers ## Tests of the whole mesh: journeys, races, faults, contracts
	@scripts/pgbouncer --version >/dev/null
	@scripts/need faketime faketime
	cargo test --locked --workspace --test '*'

api: servers $(DOCS_PAGE) ## The REST surface against its own OpenAPI document, on a whole mesh
	DOCS_DIR=$(CURDIR)/$(DOCS_PAGE) scripts/api

browser: servers web ## A real browser drives the web clients against a mesh of its own
	@scripts/need chromium chromium
	cd web && npx vitest run --project browser

# Clients that others wrote: npm's as the lock file names them, Python's by hash, in a folder of their own.
FOREIGN_PACKAGES := web/foreign/node_modules/.package-lock.json
FOREIGN_WHEELS := .tools/grpcio/.installed

$(FOREIGN_PACKAGES): web/foreign/package.json web/foreign/package-lock.json
	cd web/foreign && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(FOREIGN_WHEELS): web/foreign/requirements.txt
	@scripts/need pip3 python3-pip
	rm -rf $(@D)
	pip3 install --quiet --disable-pip-version-check --root-user-action=ignore --target $(@D) \
		--require-hashes --only-binary :all: --no-deps -r web/foreign/requirements.txt
	@touch $@

foreign: servers web $(FOREIGN_PACKAGES) $(FOREIGN_WHEELS) ## gRPC and gRPC-web clients of other hands, before a mesh of its own
	@scripts/need chromium chromium
	cd web && npx tsc -p foreign && PYTHONPATH=$(CURDIR)/$(dir $(FOREIGN_WHEELS)) npx vitest run --project foreign

screens: servers web ## Pictures of the web clients, into docs/screens
	@scripts/need chromium chromium && scripts/need cwebp webp
	cd web && npx vite-node browser/screens.ts

lighthouse: servers web ## What Lighthouse says of the pages that people come in by; fails below 95
	@scripts/need chromium chromium
	cd web/lighthouse && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	cd web && npx vite-node browser/lighthouse.ts

frames: servers web ## Whether the seat map comes 60 times a second under the hand; wants the machine to itself
	@scripts/need chromium chromium
	cd web && npx vite-node browser/frames.ts

# Each round prints its seed; FAULT_SEED plays it again. See tests/faults/README.md.
chaos: export FAULT_ROUNDS ?= 25
chaos: export FAULT_SECONDS ?= 5
chaos: servers ## Play the fault tests many times: FAULT_ROUNDS of FAULT_SECONDS each
	cargo test --locked --workspace --test faults -- --nocapture

# It belongs to the commit that is released; the tests then ask it of every later schema.
record-release: export RECORD_RELEASE = $(or $(VERSION),$(error which? make record-release VERSION=0.2.0))
record-release: servers ## Record what VERSION asks of the database
	cargo test --locked --workspace --test mesh record_this_release

plans: export SEARCH_EVENTS ?= 1000000
plans: servers ## Search among a million events: no statement may read a whole table
	cargo test --locked --workspace --test mesh -- --nocapture no_search_reads_a_whole_table

# `make unit` throws a few hundred inputs at the same functions. libFuzzer's coverage needs no nightly compiler, only its
# sanitizers do, and there is no unsafe code here for them.
fuzz: export FUZZ_SECONDS ?= 60
fuzz: export CARGO_TARGET_DIR := $(CURDIR)/fuzz/target
fuzz: toolchain ## Throw anything at what reads from outside: FUZZ_SECONDS for each target
	@for target in $(notdir $(basename $(wildcard fuzz/targets/*.rs))); do \
		scripts/tool cargo-fuzz run --sanitizer none $$target -- -max_total_time=$$FUZZ_SECONDS -max_len=4096; \
	done

doc: toolchain ## Documentation builds, without a dead link
	scripts/scaling --check
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps

# --- What a bare machine may lack ------------------------------------------------------------------------------------

.PHONY: toolchain
toolchain:
	@command -v cargo >/dev/null || { \
		echo 'cargo is missing. Install Rust (https://rustup.rs), then open a new shell.' >&2; exit 1; }
	@scripts/need cc build-essential
