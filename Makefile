# What people and CI run; `make help` lists it. It works as root, or as a user who may sudo, on
# a Debian or Ubuntu machine with Go, make, git and apt: scripts/need installs what else is missing.

.DEFAULT_GOAL := build
# One recipe at a time: they share build/, and the tests measure time.
.NOTPARALLEL:
.PHONY: build clients test test-vm cluster soak check unit docs demo packages plugin deb bench clean help

ifndef SOURCE_DATE_EPOCH
SOURCE_DATE_EPOCH := $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
endif
ifndef VERSION
VERSION := $(shell scripts/version)
endif
export SOURCE_DATE_EPOCH VERSION

# Functions aligned to 8 bytes, not 32: a twentieth less of programs that spend their time in starting.
LDFLAGS := -s -w -funcalign=8 -X umm/internal/version.Version=$(VERSION)
GO_BUILD := CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)'
TOOL := go tool -modfile=tools/go.mod
# Practice hosts need root; the go command stays the user's.
SUDO := $(if $(filter-out 0,$(shell id -u)),sudo -E env PATH=$(PATH))
AS_ROOT := $(if $(SUDO),-exec '$(SUDO)')
# The package that goes onto practice hosts.
ARCH := $(shell go env GOARCH)
DEB := build/deb/umm_$(VERSION)_$(ARCH).deb

# Tests on machines; $(1) is the package that they get.
VM_TEST = UMM_DEB=$(CURDIR)/$(1) UMM_CLUSTER=$(CURDIR)/build/umm-cluster go test $(AS_ROOT) -tags e2e -count=1

# Tests on three practice hosts that carry what a controller carries; $(1) is the package that they get.
CLUSTER_TEST = UMM_DEB=$(CURDIR)/$(1) UMM_CLUSTER=$(CURDIR)/build/umm-cluster go test $(AS_ROOT) -tags e2e -count=1 -p 1
CLUSTER := ./test/cluster/lock ./test/cluster/etcd ./test/cluster/roll ./test/cluster/failures ./test/cluster/night

build: ## the programs, static, in build/ (the default)
	$(GO_BUILD) -o build/ ./cmd/...

# The drivers that tests on clusters use are a module of their own.
export UMM_CLIENTS := $(CURDIR)/build/clients
clients:
	CGO_ENABLED=0 go build -C test/clients -o $(UMM_CLIENTS) .

test: check packages clients ## check, then the end-to-end tests on practice hosts and the packages' tests
	scripts/need rpm grub-mkconfig:grub-common
	umask 077; TZ=Asia/Tokyo LDFLAGS='$(LDFLAGS)' scripts/packages build/again >/dev/null && diff -r dist build/again
	scripts/plugin dist dist
	$(SUDO) build/umm-lab setup --machines
	go test $(AS_ROOT) -tags e2e -count=1 -p 1 -timeout 40m ./internal/lab/... ./internal/cluster/transport ./internal/cluster/silence ./internal/cluster/alerts ./test/e2e/... ./test/packages/... ./test/fuel
	$(call VM_TEST,dist/$(notdir $(DEB))) -timeout 40m ./test/vm
	$(call CLUSTER_TEST,dist/$(notdir $(DEB))) -timeout 40m $(CLUSTER)

test-vm: deb ## umm on machines that boot by firmware, GRUB and a kernel of their own: all stories, and a patch night; an hour
	$(SUDO) build/umm-lab setup --machines
	UMM_VM=all $(call VM_TEST,$(DEB)) -timeout 4h -v ./test/vm

cluster: deb clients ## umm-cluster over three practice hosts with Pacemaker, Galera, RabbitMQ and HAProxy, while clients write
	$(SUDO) build/umm-lab setup
	$(call CLUSTER_TEST,$(DEB)) -timeout 40m -v $(CLUSTER)

soak: packages clients ## power cuts at random moments, UMM_SOAK=200 rounds of two (UMM_SOAK_SEED draws others); all failures of a cluster
	$(SUDO) build/umm-lab setup
	UMM_SOAK=$${UMM_SOAK:-200} go test $(AS_ROOT) -tags e2e -count=1 -timeout 24h -v -run '^TestSoak$$' ./test/e2e
	UMM_SOAK=1 go test $(AS_ROOT) -tags e2e -count=1 -timeout 20m -v -run Itself ./internal/cluster/silence
	UMM_SOAK=1 $(call CLUSTER_TEST,dist/$(notdir $(DEB))) -timeout 24h -v ./test/cluster/cold ./test/cluster/ceph ./test/cluster/failures

check: build ## format, linters, vet, shell scripts, units, man pages, unit tests with the race detector
	scripts/need shellcheck systemd-analyze:systemd grub-editenv:grub-common crm_simulate:pacemaker-cli-utils ssh:openssh-client busybox:busybox-static
	$(TOOL) golangci-lint fmt --diff
	$(TOOL) golangci-lint run
	go vet -tags e2e ./...
	go -C test/clients vet ./...
	scripts/shell-files | xargs shellcheck
	scripts/verify-units plugin/systemd
	scripts/verify-units plugin/systemd-cluster
	scripts/docs check
	@$(MAKE) --no-print-directory unit

unit: ## the unit tests only, with the race detector
	scripts/need gcc /usr/include/stdlib.h:libc6-dev
	CGO_ENABLED=1 go test -race ./...

docs: build ## write the man pages and completions of plugin/ again, from the commands' own help
	scripts/docs write

demo: deb clients ## a practice host goes into maintenance and back; a cluster of three, one at a time
	$(SUDO) build/umm-lab setup
	go run $(AS_ROOT) ./test/demo $(DEB) build/umm-cluster

packages: build ## dist/: deb and rpm packages for amd64 and arm64, the same bytes from the same commit
	scripts/docs check
	LDFLAGS='$(LDFLAGS)' scripts/packages dist

plugin: packages ## dist/umm-1.0-1.0.0-1.noarch.rpm: the Fuel plugin, with both packages in its repositories
	scripts/plugin dist dist

deb: build
	LDFLAGS='$(LDFLAGS)' scripts/packages build/deb $(ARCH) deb

bench: deb clients ## what umm and umm-cluster cost and save, as ratios in a table; BENCH="-only cluster": a part
	scripts/need ip:iproute2 ssh:openssh-client pdsh parallel-ssh:pssh clush:clustershell ansible:ansible-core
	$(SUDO) build/umm-lab setup
	$(GO_BUILD) -o build/bench/ ./test/bench/...
	CGO_ENABLED=0 go test -c -o build/bench/roll.test ./test/bench/roll
	$(SUDO) build/bench/bench $(BENCH) $(DEB) build/bench/empty

clean: ## remove what was built (practice hosts: umm-lab down)
	rm -rf build dist

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 10
