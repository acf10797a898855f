# The front door: thin, over CMake. `make help` lists what there is.

PREFIX       ?= /usr/local
DESTDIR      ?=
FUZZ_SECONDS ?= 60
FUZZ_BRIEF   ?= 20
SOAK_SECONDS ?= 600
JOBS         ?= $(shell nproc)

SETUP  = tests/setup/install
CMAKE  = cmake -G Ninja -S . --log-level=WARNING
PYTEST = /usr/bin/python3 -m pytest -c tests/pytest.ini

# A sanitizer's finding ends the process with a status that no test mistakes for success.
export ASAN_OPTIONS  ?= detect_leaks=1:abort_on_error=0:exitcode=99
export UBSAN_OPTIONS ?= print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS  ?= halt_on_error=0:exitcode=99

.NOTPARALLEL:
.PHONY: build run test check unit valgrind analyze e2e bench bench-count counts soak fuzz install deb format clean help \
    test-setup test-build tsan-build fuzz-build fuzz-briefly

build:                  ## build/dynamod and build/libdynamod.so
	$(SETUP) build
	$(CMAKE) -B build -DCMAKE_INSTALL_PREFIX=$(PREFIX)
	ninja -C build -j $(JOBS) --quiet

run: build              ## the demo: three models on the embedded store, at localhost:8080
	@etc/demo/run

test: check unit fuzz-briefly valgrind counts e2e ## everything, under sanitizers, on both stores
	@echo "make test: all passed"

test-setup:
	$(SETUP) build test
	tests/setup/dynamodb-local
	tests/setup/node-modules

test-build: test-setup
	$(CMAKE) -B build/test -DTESTS=ON -DSANITIZE=address,undefined
	ninja -C build/test -j $(JOBS) --quiet

tsan-build: test-setup
	$(CMAKE) -B build/tsan -DSANITIZE=thread
	ninja -C build/tsan -j $(JOBS) --quiet dynamod_daemon

check: build            ## layers, exported symbols, banned calls, sizes, format
	$(SETUP) test
	tests/check/all

unit: test-build        ## Criterion's tests, a binary a layer
	rm -f build/test/survived
	SURVIVED=$(CURDIR)/build/test/survived ctest --test-dir build/test -V --no-tests=error

e2e: build test-build tsan-build deb ## pytest: the judges, properties, faults, the real daemon
	DYNAMOD_BUILD=$(CURDIR)/build/test DYNAMOD_TSAN_BUILD=$(CURDIR)/build/tsan \
	    $(PYTEST) -n $(JOBS) --dist loadfile \
	        tests/judge tests/property tests/store tests/fault tests/consistency tests/e2e \
	        tests/package tests/container tests/system

valgrind: build         ## a daemon under memcheck, asked everything once, on both stores
	$(SETUP) test
	/usr/bin/python3 tests/support/walk_daemon.py $(CURDIR)/build/dynamod

# Without a compiler cache: what it has, it would not analyse.
analyze:                ## clang-tidy and scan-build over lib/ and daemon/: five minutes
	$(SETUP) build analyze
	CC=clang $(CMAKE) -B build/analyze -DCMAKE_EXPORT_COMPILE_COMMANDS=ON -DCMAKE_BUILD_TYPE=Debug
	git ls-files -co --exclude-standard 'lib/*.c' 'daemon/*.c' | \
	    xargs -P$(JOBS) -n8 clang-tidy -p build/analyze --quiet
	rm -rf build/analyze/scan
	env -u CMAKE_C_COMPILER_LAUNCHER scan-build --status-bugs -disable-checker deadcode.DeadStores \
	    -o build/analyze/reports sh -c '$(CMAKE) -B build/analyze/scan -DCMAKE_BUILD_TYPE=Debug && \
	    ninja -C build/analyze/scan -j $(JOBS) --quiet'

bench: test-setup       ## the table of ratios, tests/bench/RESULTS.md; ROWS="slow tls": some
	$(SETUP) bench
	$(CMAKE) -B build/bench -DTESTS=ON
	ninja -C build/bench -j $(JOBS) --quiet dynamod_daemon store_bench codec_bench bench_upstream open_load
	DYNAMOD_BUILD=$(CURDIR)/build/bench /usr/bin/python3 tests/bench/bench.py $(ROWS)

bench-count: build test-setup ## instructions of the hottest paths, tests/bench/COUNTS
	DYNAMOD_BUILD=$(CURDIR)/build /usr/bin/python3 tests/bench/count.py

counts: build test-setup ## those instructions, compared with what is committed
	DYNAMOD_BUILD=$(CURDIR)/build $(PYTEST) -q tests/bench/test_counts.py

soak: build test-setup  ## mixed load for SOAK_SECONDS while keys rotate and DynamoDB restarts
	DYNAMOD_BUILD=$(CURDIR)/build /usr/bin/python3 tests/fault/soak.py $(SOAK_SECONDS)

fuzz-build:
	$(SETUP) build fuzz
	CC=clang $(CMAKE) -B build/fuzz -DFUZZ=ON
	ninja -C build/fuzz -j $(JOBS) --quiet fuzzers

fuzz: fuzz-build        ## each fuzzer for FUZZ_SECONDS, from the corpus on, JOBS side by side
	tests/fuzz/run build/fuzz --seconds $(FUZZ_SECONDS) --jobs $(JOBS)

fuzz-briefly: fuzz-build
	SURVIVED=$(CURDIR)/build/test/survived \
	    tests/fuzz/run build/fuzz --seconds $(FUZZ_BRIEF) --jobs $(JOBS) --seed 1

install: build          ## into DESTDIR and PREFIX
	DESTDIR=$(DESTDIR) cmake --install build --prefix $(PREFIX)

deb:                    ## build/deb/*.deb: the daemon, the library, its headers
	$(SETUP) build deb
	$(CMAKE) -B build/deb -DCMAKE_INSTALL_PREFIX=/usr
	ninja -C build/deb -j $(JOBS) --quiet
	rm -f build/deb/*.deb
	cd build/deb && cpack --config CPackConfig.cmake >cpack.log 2>&1 || { cat cpack.log; exit 1; }
	@ls build/deb/*.deb

format:                 ## clang-format over all C
	$(SETUP) format
	git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

clean:                  ## removes build/; what was downloaded stays in .cache/
	rm -rf build

help:
	@sed -n 's/^\([a-z0-9-]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 18
