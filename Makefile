# SPDX-License-Identifier: Apache-2.0
# dr_exporter. `make help` lists what can be made.

VERSION := 0.1.0
PREFIX ?= /usr/local
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
CFLAGS ?= -O2 -g
SANITIZE ?=
# Debian's interpreter, which has the test packages that `make deps` installs.
PYTHON ?= /usr/bin/python3
PYTEST_FLAGS ?=

# One build directory a compiler and sanitizer, so that they never mix.
comma := ,
BUILD := build/$(notdir $(firstword $(CC)))$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))

PACKAGES := libmicrohttpd libpq libcjson yaml-0.1 zlib gnutls libcurl hiredis \
	rdkafka libpcre2-8 expat
OUR_CFLAGS := -std=c17 -D_GNU_SOURCE -pthread -I. -DVERSION='"$(VERSION)"' -MMD -MP \
	-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Wformat=2 -Wundef -Werror -fstack-protector-strong -fPIE \
	$(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
OUR_LDFLAGS := -pthread -pie -Wl,-z,relro,-z,now -Wl,--as-needed
# The sanitizers wrap crypt_r, which must not make the linker think that the library is not needed.
LIBCRYPT := -Wl,--push-state,--no-as-needed -lcrypt -Wl,--pop-state
LIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) $(LIBCRYPT) -lm
ifneq ($(SANITIZE),)
OUR_CFLAGS += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
OUR_LDFLAGS += -fsanitize=$(SANITIZE)
else
OUR_CFLAGS += -D_FORTIFY_SOURCE=2
endif

LIBRARY_SOURCES := $(filter-out exporter/main.c,$(wildcard exporter/*.c)) $(wildcard collectors/*.c)
LIBRARY_OBJECTS := $(LIBRARY_SOURCES:%.c=$(BUILD)/%.o)
LIBRARY := $(BUILD)/libdr_exporter.a
PROGRAM := $(BUILD)/dr_exporter
UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*_test.c))
FUZZ_REPLAYS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/*_fuzz.c))
BENCH_PROGRAMS := bench_exporter bare_server metrics_load verdict_load
OBJECTS = $(shell find $(BUILD) -name '*.o' 2>/dev/null)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all

ifneq ($(shell pkg-config --exists $(PACKAGES) 2>/dev/null && command -v $(CC)),)
all: $(PROGRAM) ## Build the exporter (CC=clang, SANITIZE=address,undefined).
else ifeq ($(INSTALLED),)
# The flags above are known only to a make that is started after the libraries came.
all:
	@tests/install-dependencies build
	@$(MAKE) --no-print-directory INSTALLED=yes all
else
$(error $(CC) or one of the libraries $(PACKAGES) is missing, see tests/install-dependencies)
endif

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(OUR_CFLAGS) $(CFLAGS) -c -o $@ $<

$(LIBRARY): $(LIBRARY_OBJECTS)
	@rm -f $@
	ar rcs $@ $^

$(PROGRAM): $(BUILD)/exporter/main.o $(LIBRARY)
	$(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(LIBRARY)
	$(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/replay.o $(LIBRARY)
	$(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/tests/bench/bench_exporter: $(BUILD)/exporter/main.o $(BUILD)/tests/bench/synthetic.o \
		$(LIBRARY)
	$(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/tests/bench/verdict_load: $(BUILD)/tests/bench/verdict_load.o $(LIBRARY)
	$(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o
	$(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

-include $(OBJECTS:.o=.d)

# --- Commands. ---

FUZZ_SECONDS ?= 60
FAULT ?= cut

.PHONY: deps test test-all unit-tests fuzz-replays demo demo-stop demo-break demo-heal lint format
.PHONY: docs bench fuzz install uninstall clean help

deps: ## Install the Debian packages that building, testing and the demo need.
	@tests/install-dependencies test

test: ## Run all tests that are quick (installs what they need).
	@tests/install-dependencies test
	@$(PYTHON) tests/run.py

test-all: ## Run every test, also the slow ones and the demo with each of its faults.
	@tests/install-dependencies all
	@$(PYTHON) tests/run.py --all

unit-tests: $(UNIT_TESTS) # Built; tests/run.py runs and counts them.
fuzz-replays: $(FUZZ_REPLAYS)

demo: ## Show real servers being measured and judged (DETACH=1 returns; KAFKA=1, S3=1 add those).
	@tests/install-dependencies demo $(if $(KAFKA),demo-kafka) $(if $(S3),demo-s3)
	@echo "building"
	@$(MAKE) --no-print-directory --silent all
	@$(PYTHON) tests/demo/demo.py up $(if $(DETACH),--detach) $(if $(KAFKA),--kafka) $(if $(S3),--s3)

demo-stop: ## End the demo.
	@$(PYTHON) tests/demo/demo.py stop

demo-break: ## Break the demo for real: FAULT=cut and others that the demo names.
	@$(PYTHON) tests/demo/demo.py break $(FAULT)

demo-heal: ## Mend what demo-break broke.
	@$(PYTHON) tests/demo/demo.py heal

lint: ## Check style and structure of all files.
	@$(PYTHON) tests/lint/lint.py

format: ## Format the C files.
	clang-format -i $(shell find exporter collectors tests -name '*.[ch]')

docs: all ## Write the reference of settings and metrics into the README.
	@$(PYTHON) tests/reference.py $(PROGRAM)

bench: ## Measure the costs, next to peers (PARTS="gate kafka": only those).
	@tests/install-dependencies test
	@$(MAKE) --no-print-directory all $(patsubst %,$(BUILD)/tests/bench/%,$(BENCH_PROGRAMS))
	@$(PYTHON) tests/bench/run.py $(PARTS)

fuzz: ## Fuzz each parser for FUZZ_SECONDS (60).
	@tests/install-dependencies test
	@for target in $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c)); do \
		$(MAKE) --no-print-directory CC=clang SANITIZE=fuzzer-no-link,address,undefined \
			fuzz-$$target || exit 1; \
	done

$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%_fuzz.o $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(OUR_LDFLAGS) -fsanitize=fuzzer $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

fuzz-%: $(BUILD)/fuzz/%
	@mkdir -p $(BUILD)/corpus/$*
	$< -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(BUILD)/ $(BUILD)/corpus/$* \
		tests/fuzz/corpus/$*

install: $(PROGRAM) ## Install the program and its manual below DESTDIR and PREFIX.
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/dr_exporter
	install -D -m 644 exporter/dr_exporter.1 $(DESTDIR)$(PREFIX)/share/man/man1/dr_exporter.1

uninstall: ## Remove what install installed.
	rm -f $(DESTDIR)$(PREFIX)/bin/dr_exporter $(DESTDIR)$(PREFIX)/share/man/man1/dr_exporter.1

clean: ## Remove all that was built (demo-stop comes first if it runs).
	@test ! -e build/demo/state.json || $(MAKE) --no-print-directory demo-stop
	rm -rf build

help: ## List these commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
