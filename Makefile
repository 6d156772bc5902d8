# The habits of the house, each one word; what they do stands in Scripts/.
.DEFAULT_GOAL := help
.PHONY: help setup build release test lab lab-test lint format bench demo dist dist-test install uninstall clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1  	/p' $(MAKEFILE_LIST)

setup: ## install what building and testing need and this machine lacks
	@Scripts/setup

build: ## build for debugging
	@Scripts/setup build
	swift build

release: ## build the program as it is meant to be used: .build/release/imprint
	@Scripts/setup build
	@Scripts/release

test: ## set up, build, and run every suite
	@Scripts/setup build test
	@Scripts/test

lab: ## build and run a real OpenStack in namespaces: a controller and a compute node (the first time takes minutes)
	@Scripts/setup build test
	swift build --product imprint
	@Tests/Lab/lab up .build/debug/imprint

lab-test: ## the tutorial on such a lab of its own: clones become nodes, and instances migrate to them
	@Scripts/setup build test
	@Scripts/test LabTests

lint: ## swift format and shellcheck, strictly
	@Scripts/setup lint
	@Scripts/lint

format: ## lay the sources out as lint wants them
	@Scripts/format

bench: ## measure imprint beside other ways to do its work (takes some minutes)
	@Scripts/setup build dist bench
	@Benchmarks/run

demo: ## the whole job on a copy of a compute node's tree, before your eyes
	@Scripts/setup build
	@Scripts/demo

dist: ## the self-contained bundle as tar.gz, .deb and .rpm, built and packed twice: .build/dist
	@Scripts/setup build dist
	@Scripts/dist

dist-test: ## install what make dist made into bare roots and booted machines
	@Scripts/setup build dist test
	@[ -e .build/dist ] || Scripts/dist --once
	@IMPRINT_DIST=.build/dist swift test --filter '^DistTests\.'

install uninstall: export PREFIX ?= /usr/local
install uninstall: export DESTDIR ?=

install: ## the program, its manual and its units, below DESTDIR and PREFIX (/usr/local)
	@Scripts/setup build
	@Scripts/make-install

uninstall: ## take them away again; the site and the state stay
	@Packaging/uninstall

clean: ## remove what was built
	rm -rf .build
