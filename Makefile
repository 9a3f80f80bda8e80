# starttrace: `make help` lists what can be asked for.

BUILD   ?= build
PREFIX  ?= /usr/local
MANDIR  ?= $(PREFIX)/share/man
UNITDIR ?= $(PREFIX)/lib/systemd/system
DOCDIR  ?= $(PREFIX)/share/doc/starttrace
CASE    ?=

ifeq ($(origin CC),default)
CC := gcc
endif

CFLAGS  ?= -O2 -g
override CFLAGS += -std=c11 -D_GNU_SOURCE -pthread \
	-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-MMD -MP -Isrc -Idissectors
LDLIBS  += -lpcap -lndpi -lsqlite3 -lcrypto -lz -lzstd -lconfig -lmicrohttpd -lseccomp -lcap-ng -lsystemd -lm

SOURCES := $(wildcard src/*/*.c dissectors/*.c)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/schema/schema.o $(BUILD)/assets/assets.o
LIBRARY := $(filter-out $(BUILD)/src/cli/main.o,$(OBJECTS))
LOWER   := $(filter $(BUILD)/src/base/% $(BUILD)/src/wire/% $(BUILD)/src/model/% $(BUILD)/dissectors/%,$(OBJECTS))
SCHEMA  := $(sort $(wildcard schema/*.sql schema/migrations/*.sql schema/reports/*.sql schema/export/*.sql))
UNITS   := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*.c))
# A unit test whose first line says so brings its own fakes for what stands above the dissectors.
ALONE   := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(shell grep -l '^/\* link: dissectors \*/' tests/unit/*.c 2>/dev/null))

ifneq ($(V),1)
Q := @
say = @printf '  %-6s %s\n'
else
say = @:
endif

.PHONY: all demo test unit golden cases archive secrets layers catalogue sanitize valgrind bench install deps \
	compare golden-accept clean help
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BUILD)/starttrace                ## build the program

$(BUILD)/starttrace: $(OBJECTS)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(OBJECTS) $(LDLIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/schema/schema.o: $(BUILD)/schema/schema.c
	$(say) CC $<
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# The SQL files are the single source; the binary carries them as text.
$(BUILD)/schema/schema.c: schema/embed.sh $(SCHEMA)
	@mkdir -p $(@D)
	$(say) EMBED $@
	$(Q)sh schema/embed.sh $(SCHEMA) >$@

$(BUILD)/assets/assets.o: $(BUILD)/assets/assets.c
	$(say) CC $<
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# So it does what pages of HTML are dressed in.
$(BUILD)/assets/assets.c: src/report/embed.sh src/report/style.css src/report/page.js
	@mkdir -p $(@D)
	$(say) EMBED $@
	$(Q)sh src/report/embed.sh >$@

demo: deps                              ## install what is missing, build, read samples/, explain a finding
	@$(MAKE) --no-print-directory all
	@rm -f $(BUILD)/demo.db
	@echo; echo '$$ starttrace read -d $(BUILD)/demo.db samples'
	@$(BUILD)/starttrace read -d $(BUILD)/demo.db samples
	@echo; echo '$$ starttrace explain cred-before-available-tls'
	@$(BUILD)/starttrace explain cred-before-available-tls
	@echo; echo 'Next: $(BUILD)/starttrace report -d $(BUILD)/demo.db'
	@echo '      $(BUILD)/starttrace show -d $(BUILD)/demo.db 1'

test: deps                              ## build and run every test
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory -k run-tests PARTS='$(filter-out live,$(PARTS))'; status=$$?; \
	$(if $(filter live,$(PARTS)),$(MAKE) --no-print-directory live || status=$$?;) \
	sh tests/total $(BUILD)/tests && exit $$status

# Each part leaves its outcome in $(BUILD)/tests/*.result; the last line of `make test` adds them up.  With -j
# parts run side by side; those that wait most of their time begin first.  The sensor, whose cases are about time, has the
# machine to itself at the end.
PARTS ?= golden unit html jobs faults property tunnels early compare cases archive merge secrets layers catalogue cli \
	reports export service corpus differential wounds live

.PHONY: run-tests
run-tests: $(PARTS)

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/shared.a $(BUILD)/library.a $(BUILD)/lower.a
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(BUILD)/shared.a $(BUILD)/$(if $(filter $@,$(ALONE)),lower.a,library.a) $(LDLIBS) -lcmocka

# An archive gives a program only what it calls for: links take a fifth of the time, and fakes can stand for the rest.
$(BUILD)/library.a: $(LIBRARY)
$(BUILD)/lower.a: $(LOWER)
$(BUILD)/shared.a: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/unit/shared/*.c))
$(BUILD)/library.a $(BUILD)/lower.a $(BUILD)/shared.a:
	@rm -f $@
	$(Q)ar rcs $@ $^

$(BUILD)/weave: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/weave/*.c))
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

unit: $(UNITS)                          ## unit tests, one program a module
	@sh tests/run unit $(BUILD) sh tests/unit.sh $(UNITS)

golden: all $(BUILD)/weave        ## dialogues and samples against their expected rows
	@sh tests/run golden $(BUILD) sh tests/golden/run $(BUILD)/starttrace $(BUILD)/weave $(CASE)

.PHONY: tunnels
tunnels: all $(BUILD)/weave             ## the same rows whatever carries the frames
	@sh tests/run tunnels $(BUILD) tests/tunnels $(BUILD)/starttrace $(BUILD)/weave

golden-accept: all $(BUILD)/weave ## take the rows of CASE=name as expected, after reading them
	@sh tests/golden/run --accept $(BUILD)/starttrace $(BUILD)/weave $(CASE)

.PHONY: property
property: all $(BUILD)/weave            ## dialogues in random forms say the same; SEED=number ROUNDS=number
	@sh tests/run property $(BUILD) python3 tests/property/run $(if $(SEED),--seed $(SEED)) \
		--rounds $(or $(ROUNDS),2) $(BUILD)/starttrace $(BUILD)/weave

compare: all $(BUILD)/weave             ## two vantages beside each other, and what is said of them
	@sh tests/run compare $(BUILD) sh tests/compare $(BUILD)/starttrace $(BUILD)/weave $(CASE)

cases:                                  ## each finding fires somewhere, and avoids its traps
	@sh tests/run cases $(BUILD) sh tests/cases

archive: all $(BUILD)/weave             ## an archive read in one call, in many, in any order
	@sh tests/run archive $(BUILD) sh tests/archive $(BUILD)/starttrace $(BUILD)/weave

.PHONY: merge jobs
merge: all $(BUILD)/weave               ## databases of single captures, merged, against one of all
	@sh tests/run merge $(BUILD) sh tests/merge $(BUILD)/starttrace $(BUILD)/weave

jobs: all $(BUILD)/weave                ## an archive read in parallel, by GNU parallel and by Slurm, where they are
	@sh tests/run jobs $(BUILD) sh tests/jobs $(BUILD)/starttrace $(BUILD)/weave

secrets: all $(BUILD)/weave             ## no password in any database or output
	@sh tests/run secrets $(BUILD) sh tests/secrets $(BUILD)/starttrace samples
	@sh tests/run leaks $(BUILD) sh tests/leaks/run $(BUILD)/starttrace $(BUILD)/weave

layers:                                 ## who includes whom
	@sh tests/run layers $(BUILD) sh tests/layers

.PHONY: wounds
wounds:                                 ## what hurt other programs has a test each
	@sh tests/run wounds $(BUILD) sh tests/wounds

catalogue: all                          ## rules and catalogue know the same kinds
	@sh tests/run catalogue $(BUILD) sh tests/catalogue $(BUILD)

$(BUILD)/tests/early/%: $(BUILD)/tests/early/%.o $(BUILD)/library.a
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

.PHONY: early
early: $(BUILD)/tests/early/early $(BUILD)/weave        ## what is told before a session ends holds in the end
	@sh tests/run early $(BUILD) sh tests/early/run $(BUILD)/tests/early/early $(BUILD)/weave

$(BUILD)/tests/export/%: $(BUILD)/tests/export/%.o $(BUILD)/library.a
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

.PHONY: export
export: all $(BUILD)/tests/export/told $(BUILD)/weave  ## a database exports the lines that a sensor told
	@sh tests/run export $(BUILD) python3 tests/export/run $(BUILD)/starttrace $(BUILD)/weave $(BUILD)/tests/export/told $(CASE)

.PHONY: cli corpus
cli: all $(BUILD)/weave                 ## bad input, exit statuses, killed and repeated runs
	@sh tests/run cli $(BUILD) sh tests/cli $(BUILD)/starttrace $(BUILD)/weave

.PHONY: reports
reports: all $(BUILD)/weave             ## what each report says of the samples; CASE=name
	@sh tests/run reports $(BUILD) python3 tests/reports/run $(BUILD)/starttrace $(BUILD)/weave $(CASE)
	@sh tests/run plans $(BUILD) python3 tests/reports/plans $(BUILD)/starttrace
	@sh tests/run tallies $(BUILD) python3 tests/reports/tallies $(BUILD)/starttrace $(BUILD)/weave

.PHONY: service
service: all                            ## what is installed, and how little the unit of the sensor may do
	@sh tests/run service $(BUILD) sh tests/service $(BUILD)

.PHONY: html screenshots bench-html
html: all $(BUILD)/weave                ## the page of a database in headless Chromium; CASE=words of a check
	@sh tests/run html $(BUILD) sh tests/html/run $(BUILD)/starttrace $(BUILD)/weave $(BUILD) $(CASE)

screenshots: all                        ## the pictures of the page in samples/page/, from the samples
	@sh tests/html/screenshots $(BUILD)/starttrace $(BUILD) samples/page

bench-html: all                         ## how long the page of the database DB takes to open (default: of the samples)
	@sh tests/bench/html $(BUILD)/starttrace $(BUILD) $(DB)

.PHONY: live soak
live: all $(BUILD)/weave $(BUILD)/tests/bench/replay    ## the sensor on interfaces of its own; CASE=name, LIVE_FULL=1
	@sh tests/run live $(BUILD) python3 tests/live/run $(BUILD)/starttrace $(BUILD)/weave $(BUILD) $(CASE)

soak: all $(BUILD)/tests/bench/replay   ## eight hours' worth of traffic at speed, memory flat; SIZE=sessions
	@python3 tests/bench/soak $(BUILD)/starttrace $(BUILD)/weave $(BUILD) $(or $(SIZE),288000)

.PHONY: faults
faults: all $(BUILD)/weave $(BUILD)/tests/bench/replay $(BUILD)/tests/faults/refuse.so  ## kills, full disks, locks, memory; CASE=name, SEED=, FULL=1
	@sh tests/run faults $(BUILD) python3 tests/faults/run $(BUILD)/starttrace $(BUILD)/weave $(BUILD) $(CASE)

$(BUILD)/tests/faults/refuse.so: tests/faults/refuse.c
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Wconversion -shared -fPIC -o $@ $<

.PHONY: differential
differential: all $(BUILD)/weave $(BUILD)/tests/bench/replay    ## what tshark says of the same frames; SEED=, SIZE=dialogues drawn
	@sh tests/run differential $(BUILD) python3 tests/differential/run $(BUILD)/starttrace $(BUILD)/weave $(BUILD)

FUZZ := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SHARED := $(patsubst %,$(BUILD)/tests/fuzz/%.o,replay streams telling)

$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(FUZZ_SHARED) $(BUILD)/library.a
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

corpus: $(FUZZ) $(BUILD)/weave    ## the fuzz targets over their corpora
	@sh tests/run corpus $(BUILD) sh tests/fuzz/corpus $(BUILD) $(FUZZ)

.PHONY: fuzz run-fuzz fuzz-afl
T       ?= dissector
SECONDS ?= 60

fuzz: deps                              ## T=dissector under libFuzzer for SECONDS, in a build folder of its own; DISSECTOR=smtp
	@sh .ci/install .ci/packages-fuzz
	@$(MAKE) --no-print-directory run-fuzz BUILD=$(BUILD)/fuzz CC=clang \
		CFLAGS="-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"

$(BUILD)/tests/fuzz/live_%: $(BUILD)/tests/fuzz/fuzz_%.o $(FUZZ_SHARED) $(BUILD)/library.a
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

run-fuzz: $(BUILD)/tests/fuzz/fuzz_$(T) $(BUILD)/tests/fuzz/live_$(T) $(BUILD)/weave
	@sh tests/fuzz/corpus --live $(BUILD) $(T) $(SECONDS)

fuzz-afl: deps                          ## the whole program on files under AFL++ for SECONDS, in a build folder of its own
	@sh .ci/install .ci/packages-fuzz
	@$(MAKE) --no-print-directory all $(BUILD)/afl/weave BUILD=$(BUILD)/afl CC=afl-clang-fast CFLAGS="-O1 -g"
	@sh tests/fuzz/corpus --afl $(BUILD)/afl $(SECONDS)

# Under sanitizers a reading takes three times as long: each dialogue is read in its smallest pieces, which take every path.
# What compares, merges, exports and looks for secrets has its units here, and its rows in `make test`; of the sensor's
# cases, those that need no exact time.
SANITIZED = $(MAKE) --no-print-directory test BUILD=$(BUILD)/sanitize \
	CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"

sanitize: PARTS := golden unit cli corpus
sanitize:                               ## what can go wrong in memory, under ASan and UBSan, in a build folder of its own
	+@SHAPES=bytes SEEDS= $(SANITIZED) PARTS='$(PARTS)'
	+@$(SANITIZED) PARTS=live CASE='$(RACES)'

# The units that run threads, readings with four engines, and a sensor, which needs a kernel's interfaces.  ThreadSanitizer
# cannot find its place where a kernel spreads addresses too far, hence setarch.
RACERS := pipeline writer outlet metrics_server
RACES  := at-once same-rows metrics

.PHONY: tsan races
tsan:                                   ## races between threads, under ThreadSanitizer, in a build folder of its own
	@export TSAN_OPTIONS='halt_on_error=1 exitcode=66 die_after_fork=0'; \
	$$(setarch -R true 2>/dev/null && echo setarch -R) $(MAKE) --no-print-directory test PARTS='races unit live' \
		UNITS='$(RACERS:%=$(BUILD)/tsan/tests/unit/%)' CASE='$(or $(CASE),$(RACES))' BUILD=$(BUILD)/tsan \
		CFLAGS="-O1 -g -fsanitize=thread -fno-omit-frame-pointer"

races: all $(BUILD)/weave $(BUILD)/tests/bench/replay
	@sh tests/run races $(BUILD) sh tests/races $(BUILD)/starttrace $(BUILD)/weave $(BUILD)/tests/bench/replay samples

valgrind: all                           ## the samples under valgrind: no leak, no bad access
	@sh tests/valgrind $(BUILD)/starttrace samples

bench: all                              ## speed against a bare libpcap loop and others; SIZE=0.1, ROUNDS=3, WRITE=1
	@$(MAKE) --no-print-directory $(patsubst tests/bench/%.c,$(BUILD)/tests/bench/%,$(wildcard tests/bench/*.c))
	@SIZE=$(or $(SIZE),1) ROUNDS=$(or $(ROUNDS),5) python3 tests/bench/run $(if $(WRITE),--write) $(BUILD)

.PHONY: bench-reports
bench-reports: all $(BUILD)/tests/bench/replay  ## how long reports of a large database take; SIZE=sessions
	@python3 tests/bench/reports $(BUILD)/starttrace $(BUILD) $(or $(SIZE),1000000)

$(BUILD)/tests/bench/live_rate: $(BUILD)/lower.a
$(BUILD)/tests/bench/replay: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/bench/load/*.c))

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lpcap

install: all                            ## install program, manual page and unit below DESTDIR and PREFIX
	install -D -m 755 $(BUILD)/starttrace $(DESTDIR)$(PREFIX)/bin/starttrace
	install -D -m 644 src/cli/starttrace.1 $(DESTDIR)$(MANDIR)/man1/starttrace.1
	install -D -m 644 LICENSE $(DESTDIR)$(DOCDIR)/LICENSE
	install -D -m 644 src/cli/policy.example $(DESTDIR)$(DOCDIR)/policy.example
	install -D -m 644 src/cli/archive.sbatch $(DESTDIR)$(DOCDIR)/archive.sbatch
	install -D -m 644 README.md $(DESTDIR)$(DOCDIR)/README.md
	sed 's|/usr/local/bin/|$(PREFIX)/bin/|' src/sensor/starttrace@.service >$(BUILD)/starttrace@.service
	install -D -m 644 $(BUILD)/starttrace@.service $(DESTDIR)$(UNITDIR)/starttrace@.service

deps:                                   ## install the Debian packages that are missing
	@sh .ci/install .ci/packages

clean:                                  ## remove what was built
	rm -rf $(BUILD)

help:                                   ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

-include $(shell find $(BUILD) -type f -name "*.d" 2>/dev/null)
