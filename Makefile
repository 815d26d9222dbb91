# azfob: one static executable, and its tests. All output goes to build/; nothing is configured.
#
#   make            build/azfob and build/azfob.debug       make check        every test (as root it installs what it lacks)
#   make demo       the lab, from 401 to the secret         make check-unit   unit tests only; T=wire/json: those with that name
#   make size       where the bytes are                     make check-e2e    the shipped program against the stand-in of Azure
#   make bench      against curl, jq, an SDK; BENCH=--help  make fuzz         each parser for FUZZ_SECONDS; T= as above
#   make check-boot a virtual machine whose disk it opens   make check-image  a container of one file
#   make check-cross under emulation of other processors    make dist         the last commit as an archive; make deb: a package
#   make lint       clang, clang-tidy, cppcheck             make format       clang-format; format-check only says
#   make install    all below $(DESTDIR)$(PREFIX)           make clean        remove build/
#
#   SOURCES=DIR     no network: the archives that vendor/lock names are in DIR
#   TARGET=TRIPLE   cross build with TRIPLE-gcc into build/TRIPLE/            V=1   say each command

VERSION = 0.1
PREFIX  = /usr/local
# 128 KiB was the aim. BearSSL and musl take 65 KiB of it, and ten commands in the house style more than the rest: see `make size`.
SIZE_MAX = 212992
FUZZ_RUNS = 20000
FUZZ_SECONDS = 60

SOURCE = build/sources
O      = build$(if $(TARGET),/$(TARGET))
PYTHON = /usr/bin/python3

TOOL    = $(if $(TARGET),$(TARGET)-)
ifeq ($(origin CC),default)
CC      = $(TOOL)gcc
endif
AR      = $(TOOL)ar
OBJCOPY = $(TOOL)objcopy
HOSTCC  = gcc
# Debian has them with a version in the name; the plain name is another package, which need not be there.
CLANG        = $(shell command -v clang-14 || echo clang)
CLANG_FORMAT = $(shell command -v clang-format-14 || echo clang-format)
CLANG_TIDY   = $(shell command -v clang-tidy-14 || echo clang-tidy)

Q          = $(if $(V),,@)
SAY        = @printf '  %-7s %s\n'
# Others' builds talk too much; all of it is kept, and the end of it shown when one fails.
QUIETLY = $(if $(V),,>>$(1) 2>&1 || { tail -n 40 $(1); exit 1; })

ifeq ($(filter -j% --jobserver%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.SECONDARY:
.SECONDEXPANSION:
all: $(O)/azfob

# The picture of src/: who may include, and link with, whom. main.c and command/ see all. tests/build/test_layers.py holds the
# #include lines to it, and a test is linked with nothing but its layer and what is below.
LAYERS       = command fetch output net plan azure system wire base
UNDER_command = fetch output net plan azure system wire base
UNDER_fetch   = net plan azure system wire base
UNDER_output  = plan azure system wire base
UNDER_net     = system wire base
UNDER_plan    = azure wire base
UNDER_azure   = wire base
UNDER_system  = base
UNDER_wire    = base
UNDER_base    =

SRC     := $(wildcard src/*.c src/*/*.c src/*/*/*.c)
HEADERS := $(wildcard src/*/*.h)
TESTS   := $(wildcard tests/*/*_test.c tests/*/*/*_test.c)
FUZZ    := $(wildcard tests/*/*_fuzz.c tests/*/*/*_fuzz.c)
DRIVERS := $(wildcard tests/*/*_driver.c tests/*/*/*_driver.c)

# --- Flags ------------------------------------------------------------------------------------------------------------------------

WARNINGS = -Wall -Wextra -Wconversion -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef \
	-Wpointer-arith -Werror
CPPFLAGS = -D_GNU_SOURCE -Isrc -I$(O)/gen -isystem $(BEARSSL_INCLUDE)
OUR_CFLAGS = -std=gnu11 $(WARNINGS)

# Small, and the same bytes in whatever folder. No -flto: it saves 2 KiB, and the map by module would be lost. Functions that are
# called once make their callers larger than themselves, and so does what is moved out of loops: 2 KiB of ours (BearSSL has none of it).
SMALL = $(shell $(CC) -Oz -E -xc /dev/null >/dev/null 2>&1 && echo -Oz || echo -Os)
SIZE_CFLAGS = $(SMALL) -g -fPIE -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables \
	-fcf-protection=none -fstack-protector -ffile-prefix-map=$(CURDIR)=.
# On x86 gcc puts tables on cache lines.
ABI_ALIGN = $(shell $(CC) -malign-data=abi -E -xc /dev/null >/dev/null 2>&1 && echo -malign-data=abi)
PRODUCT_CFLAGS = $(OUR_CFLAGS) $(SIZE_CFLAGS) -fno-common -fvisibility=hidden -fno-inline-functions-called-once \
	-fno-move-loop-invariants -fno-tree-dominator-opts -fno-partial-inlining -fno-tree-tail-merge $(ABI_ALIGN)
# What net/getaddrinfo.c and system/calls.c say is true of the product only: a test may sort and allocate as it likes.
PRODUCT_LDFLAGS = -nostdlib -static-pie -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,relro,-z,now,-z,noexecstack,-z,text \
	$(PACKED_RELOCATIONS) -Wl,--no-dynamic-linker -Wl,--no-eh-frame-hdr -Wl,--fatal-warnings
# Linkers for other processors do not know it yet, and say so each time.
ifneq ($(filter x86_64-% i%86-%,$(shell $(CC) -dumpmachine)),)
PACKED_RELOCATIONS = -Wl,-z,pack-relative-relocs
endif
WRAP = $(foreach name,qsort calloc mbstowcs strstr strtoul strtoull __lookup_serv clock_gettime __fopen_rb_ca fgets getc __fclose_ca \
	fchmod fchown fcntl pipe2,-Wl,--wrap=$(name))

SANITIZED_CFLAGS = $(OUR_CFLAGS) -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_CFLAGS      = $(OUR_CFLAGS) -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

include vendor/musl.mk
include vendor/bearssl.mk

# --- The product ------------------------------------------------------------------------------------------------------------------

OBJECTS = $(SRC:%.c=$(O)/product/%.o) $(O)/product/gen/anchors.o

define compile_product
	$(SAY) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(MUSL_CPPFLAGS) $(PRODUCT_CFLAGS) -MMD -MP -c -o $@ $<
endef
$(O)/product/%.o: %.c Makefile | $(O)/gen/version.h $(O)/gen/texts.h $(MUSL)/lib/libc.a $(BEARSSL_INCLUDE)/bearssl.h; $(compile_product)
$(O)/product/gen/%.o: $(O)/gen/%.c Makefile | $(MUSL)/lib/libc.a $(BEARSSL_INCLUDE)/bearssl.h; $(compile_product)

$(O)/azfob.debug: $(OBJECTS) $(O)/product/bearssl.a $(MUSL)/lib/libc.a src/first_page.ld
	$(SAY) LINK $(O)/azfob
	$(Q)$(CC) $(PRODUCT_LDFLAGS) $(WRAP) -Wl,-T,src/first_page.ld -Wl,-Map=$(O)/azfob.map -o $@ $(MUSL_START) $(OBJECTS) $(O)/product/bearssl.a $(MUSL_END)

$(O)/azfob: $(O)/azfob.debug
	$(Q)$(OBJCOPY) --strip-all --remove-section=.comment $< $@

# What is known only now. The file changes only when its content does.
$(O)/gen/version.h: FORCE | $(O)/.need-build
	@mkdir -p $(@D)
	@date=$$(vendor/date) && { echo '#define AZFOB_VERSION "$(VERSION)"'; \
	   echo "#define AZFOB_BUILD_DATE $${date}LL /* seconds since 1970: the last commit */"; \
	   awk '/^[a-z]/ && !seen[$$1]++ { printf "#define AZFOB_%s_VERSION \"%s\"\n", toupper($$1), $$2 }' vendor/lock; } > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(O)/gen/texts.h: src/base/messages_pack src/base/messages.h | $(O)/.need-build
	@mkdir -p $(@D)
	$(Q)$(PYTHON) $^ > $@

$(O)/gen/anchors.c: vendor/anchors $(wildcard vendor/roots/*.pem) | $(O)/.need-build
	@mkdir -p $(@D)
	$(Q)$(PYTHON) vendor/anchors vendor/roots/*.pem > $@

# --- Tests in C: FLAVOUR is product (musl, as shipped), sanitized (gcc, the host's C library) or fuzz (clang, libFuzzer) ----------

$(O)/product/tests/%.o: CPPFLAGS += -Itests -Itests/lib/musl

define compile_sanitized
	$(SAY) CC "$< (sanitized)"
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(CPPFLAGS) -Itests $(SANITIZED_CFLAGS) -MMD -MP -c -o $@ $<
endef
$(O)/sanitized/%.o: %.c Makefile | $(O)/gen/version.h $(O)/gen/texts.h $(BEARSSL_INCLUDE)/bearssl.h $(O)/.need-check; $(compile_sanitized)
$(O)/sanitized/gen/%.o: $(O)/gen/%.c Makefile | $(BEARSSL_INCLUDE)/bearssl.h $(O)/.need-check; $(compile_sanitized)

define compile_fuzz
	$(SAY) CC "$< (fuzz)"
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(CPPFLAGS) -Itests $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<
endef
$(O)/fuzz/%.o: %.c Makefile | $(O)/gen/version.h $(O)/gen/texts.h $(BEARSSL_INCLUDE)/bearssl.h $(O)/.need-check; $(compile_fuzz)
$(O)/fuzz/gen/%.o: $(O)/gen/%.c Makefile | $(BEARSSL_INCLUDE)/bearssl.h $(O)/.need-check; $(compile_fuzz)

# $(call objects_of,FLAVOUR,LAYER)
objects_of = $(patsubst %.c,$(O)/$(1)/%.o,$(filter src/$(2)/%,$(SRC))) $(if $(filter net,$(2)),$(O)/$(1)/gen/anchors.o)
# $(call below,FLAVOUR,tests/LAYER/NAME): what such a test is linked with.
below = $(foreach layer,$(call layer_of,$(2)) $(UNDER_$(call layer_of,$(2))),$(O)/$(1)/$(layer).a) \
	$(if $(filter net fetch command,$(call layer_of,$(2))),$(O)/$(1)/bearssl.a)
layer_of = $(filter $(LAYERS),$(word 2,$(subst /, ,$(1))))

define archive
$(O)/$(1)/$(2).a: $(call objects_of,$(1),$(2))
	@rm -f $$@ && mkdir -p $$(@D)
	$(Q)$(AR) rcs $$@ $$^
endef
$(foreach flavour,product sanitized fuzz,$(foreach layer,$(LAYERS),$(eval $(call archive,$(flavour),$(layer)))))

$(O)/product/tests/%: $(O)/product/tests/%.o $$(call below,product,tests/$$*) $(MUSL)/lib/libc.a
	$(SAY) LINK $@
	$(Q)$(CC) $(PRODUCT_LDFLAGS) -o $@ $(MUSL_START) $(filter-out $(MUSL)/%,$^) $(MUSL_END)

$(O)/sanitized/tests/%: $(O)/sanitized/tests/%.o $$(call below,sanitized,tests/$$*)
	$(SAY) LINK $@
	$(Q)$(HOSTCC) $(SANITIZED_CFLAGS) -o $@ $^ -lcmocka

$(O)/fuzz/tests/%: $(O)/fuzz/tests/%.o $$(call below,fuzz,tests/$$*)
	$(SAY) LINK $@
	$(Q)$(CLANG) -fsanitize=fuzzer,address,undefined -o $@ $^

# --- Running them -----------------------------------------------------------------------------------------------------------------

named = $(if $(T),$(foreach file,$(1),$(if $(findstring $(T),$(file)),$(file))),$(1))
UNIT_PROGRAMS   = $(foreach flavour,sanitized product,$(patsubst %.c,$(O)/$(flavour)/%,$(call named,$(TESTS))))
FUZZ_PROGRAMS   = $(patsubst %.c,$(O)/fuzz/%,$(call named,$(FUZZ)))
DRIVER_PROGRAMS = $(DRIVERS:%.c=$(O)/product/%)

check: all drivers $(UNIT_PROGRAMS) $(FUZZ_PROGRAMS) | $(O)/.need-check
	$(Q)$(PYTHON) tests/run $(UNIT_PROGRAMS) --fuzz-runs=$(FUZZ_RUNS) $(FUZZ_PROGRAMS) $(call named,$(PYTHON_TESTS))

check-unit: $(UNIT_PROGRAMS)
	$(Q)$(PYTHON) tests/run $(UNIT_PROGRAMS)

check-e2e: all drivers | $(O)/.need-check
	$(Q)$(PYTHON) tests/run $(call named,$(filter tests/e2e/%,$(PYTHON_TESTS)))

# Those that need minutes and a machine of their own have targets of their own.
PYTHON_TESTS := $(filter-out tests/boot/% tests/image/% tests/cross/%,$(wildcard tests/*/test_*.py))

# As root. One Debian root for each way to make an initramfs; kept, since the archive is slow.
BOOT_TESTS = $(call named,$(wildcard tests/boot/test_*.py))
check-boot: all $(foreach kind,initramfs_tools dracut dracut_systemd,$(if $(filter %/test_$(kind).py,$(BOOT_TESTS)),build/boot/$(kind)/.made))
	@rm -f build/boot/figures
	$(Q)$(PYTHON) tests/run $(BOOT_TESTS)
	@cat build/boot/figures 2>/dev/null || true

# As root. The image of the Dockerfile, built, measured and run by a container engine.
check-image: | $(O)/.need-image
	$(Q)tests/image/build
	$(Q)$(PYTHON) tests/run tests/image/test_image.py

# Under qemu's emulation of TARGET, or of each of these: unit tests as shipped, and one secret from end to end. s390x is big-endian.
CROSS = aarch64-linux-gnu arm-linux-gnueabihf riscv64-linux-gnu i686-linux-gnu s390x-linux-gnu
ifeq ($(TARGET),)
check-cross: $(CROSS:%=check-cross-%)
	@cd build && wc -c $(CROSS:%=%/azfob) | sed '$$d'
check-cross-%: | $(O)/.need-cross
	$(Q)$(MAKE) TARGET=$* check-cross
else
EMULATOR = qemu-$(subst i686,i386,$(firstword $(subst -, ,$(TARGET))))-static
# tests/system asks the kernel what it knows of the process, and under emulation that is qemu's.
check-cross: all $(patsubst %.c,$(O)/product/%,$(filter-out tests/system/%,$(call named,$(TESTS))))
	$(Q)AZFOB_BUILD=$(O) AZFOB_UNDER=$(EMULATOR) $(PYTHON) tests/run $(filter $(O)/product/tests/%,$^) tests/cross/test_cross.py
endif

build/boot/%/.made: tests/boot/root | $(O)/.need-boot
	$(SAY) ROOT $(@D)
	$(Q)mkdir -p build/boot && tests/boot/root $* $(@D) && touch $@

# Where tests/output/drivers.py looks for them.
drivers: $(DRIVER_PROGRAMS)
	@mkdir -p $(O)/tests/drivers
	@for driver in $^; do ln -sf "$(CURDIR)/$$driver" $(O)/tests/drivers/; done

fuzz: $(FUZZ_PROGRAMS)
	$(Q)$(PYTHON) tests/run --fuzz-seconds=$(FUZZ_SECONDS) $^

size: $(O)/azfob
	$(Q)$(PYTHON) tests/build/size.py $(O) $(SIZE_MAX)

demo: all | $(O)/.need-demo
	$(Q)$(PYTHON) tests/standin/demo.py

bench: all drivers | $(O)/.need-check
	$(Q)$(PYTHON) tests/bench/bench.py $(BENCH)

# clang sees every file once more, with all that it can say but for what our style asks for; clang-tidy (.clang-tidy says which
# checks not, and why) and cppcheck see the product.
CLANG_WARNINGS = -Weverything -Wno-declaration-after-statement -Wno-padded -Wno-disabled-macro-expansion -Wno-overlength-strings \
	-Wno-gnu-empty-initializer -Wno-gnu-zero-variadic-macro-arguments -Wno-reserved-identifier
CLANG_CPPFLAGS = -nostdinc -isystem $(abspath $(MUSL))/include -isystem $(shell $(CLANG) -print-resource-dir)/include
LINTED = $(SRC:%.c=$(O)/lint/%.tidy) $(TESTS:%.c=$(O)/lint/%.seen) $(FUZZ:%.c=$(O)/lint/%.seen) $(DRIVERS:%.c=$(O)/lint/%.seen)

lint: $(LINTED)
	$(SAY) CPPCHECK src
	$(Q)cppcheck --quiet --error-exitcode=1 --enable=warning,style,performance,portability --inline-suppr --std=c11 \
		-D_GNU_SOURCE -D__x86_64__ -Isrc -I$(O)/gen --suppressions-list=tests/lib/cppcheck.txt src

$(O)/lint/src/%.tidy: src/%.c Makefile .clang-tidy | $(O)/gen/version.h $(O)/gen/texts.h $(MUSL)/lib/libc.a $(BEARSSL_INCLUDE)/bearssl.h $(O)/.need-check
	$(SAY) LINT $<
	@mkdir -p $(@D)
	$(Q)$(CLANG) -fsyntax-only $(CPPFLAGS) $(CLANG_CPPFLAGS) $(OUR_CFLAGS) $(CLANG_WARNINGS) -MMD -MP -MT $@ -MF $@.d $<
	$(Q)$(CLANG_TIDY) --quiet $< -- $(CPPFLAGS) $(CLANG_CPPFLAGS) -std=gnu11 2>$@.log || { cat $@.log; exit 1; }
	@touch $@

$(O)/lint/tests/%.seen: tests/%.c Makefile | $(O)/gen/version.h $(O)/gen/texts.h $(BEARSSL_INCLUDE)/bearssl.h $(O)/.need-check
	$(SAY) LINT $<
	@mkdir -p $(@D)
	$(Q)$(CLANG) -fsyntax-only $(CPPFLAGS) -Itests $(OUR_CFLAGS) -MMD -MP -MT $@ -MF $@.d $<
	@touch $@

OUR_C = $(SRC) $(HEADERS) $(wildcard tests/*/*.[ch] tests/*/*/*.[ch])

format: | $(O)/.need-check
	$(Q)$(CLANG_FORMAT) -i $(OUR_C)

format-check: | $(O)/.need-check
	$(Q)$(CLANG_FORMAT) --dry-run --Werror $(OUR_C)

# The program and its manuals go below PREFIX, and so does what the hooks share. initramfs-tools, dracut and cryptsetup look for
# their parts in one place each, below /usr: they are left out where PREFIX is somebody's own folder.
HOOKS = $(if $(filter /usr /usr/local,$(PREFIX)),/usr)
PLACE = install -D -m

install: all
	$(PLACE) 755 $(O)/azfob $(DESTDIR)$(PREFIX)/bin/azfob
	$(PLACE) 755 src/boot/key $(DESTDIR)$(PREFIX)/lib/azfob/key
	$(PLACE) 755 src/boot/resolver $(DESTDIR)$(PREFIX)/lib/azfob/resolver
	$(PLACE) 755 src/boot/azfob-enrol $(DESTDIR)$(PREFIX)/sbin/azfob-enrol
	$(PLACE) 644 src/man/azfob.1 $(DESTDIR)$(PREFIX)/share/man/man1/azfob.1
	$(PLACE) 644 src/man/azfob-references.5 $(DESTDIR)$(PREFIX)/share/man/man5/azfob-references.5
	$(PLACE) 644 src/man/azfob-boot.7 $(DESTDIR)$(PREFIX)/share/man/man7/azfob-boot.7
	$(PLACE) 644 src/man/azfob-enrol.8 $(DESTDIR)$(PREFIX)/share/man/man8/azfob-enrol.8
	$(PLACE) 644 src/completions/azfob.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/azfob
	$(PLACE) 644 src/completions/_azfob $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_azfob
	for unit in $(notdir $(wildcard src/boot/systemd/*)); do \
		sed 's,=/usr/,=$(PREFIX)/,' src/boot/systemd/$$unit | $(PLACE) 644 /dev/stdin $(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit || exit 1; \
	done
ifneq ($(HOOKS),)
	$(PLACE) 755 src/boot/initramfs-tools/hook $(DESTDIR)$(HOOKS)/share/initramfs-tools/hooks/azfob
	$(PLACE) 755 src/boot/initramfs-tools/local-top $(DESTDIR)$(HOOKS)/share/initramfs-tools/scripts/local-top/azfob
	$(PLACE) 755 src/boot/initramfs-tools/init-bottom $(DESTDIR)$(HOOKS)/share/initramfs-tools/scripts/init-bottom/azfob
	$(PLACE) 755 src/boot/initramfs-tools/keyscript $(DESTDIR)$(HOOKS)/lib/cryptsetup/scripts/azfob
	$(PLACE) 755 -t $(DESTDIR)$(HOOKS)/lib/dracut/modules.d/91azfob $(wildcard src/boot/dracut/*)
	chmod 644 $(addprefix $(DESTDIR)$(HOOKS)/lib/dracut/modules.d/91azfob/,azfob-answer.service lease.network)
endif

# The last commit, and the same bytes from it each time.
dist:
	@mkdir -p build
	git -c safe.directory='*' archive --format=tar --prefix=azfob-$(VERSION)/ HEAD | gzip -9n >build/azfob-$(VERSION).tar.gz

deb:
	@rm -rf $(O)/deb
	$(Q)$(MAKE) install DESTDIR=$(O)/deb PREFIX=/usr >/dev/null
	$(SAY) DEB $(O)/azfob.deb
	$(Q)src/deb/build $(O)/deb $(O)/azfob.deb $(VERSION)

clean:
	rm -rf build

# Each says what is missing, and as root installs it, once; one after the other, since apt has one lock.
$(O)/.need-demo: | $(O)/.need-build
$(O)/.need-check: | $(O)/.need-demo
$(O)/.need-boot $(O)/.need-image $(O)/.need-cross: | $(O)/.need-demo
$(O)/.need-%: tests/need
	@mkdir -p $(@D)
	@tests/need $*
	@touch $@

.PHONY: all check check-unit check-e2e check-boot check-image check-cross drivers fuzz size demo bench format format-check lint install dist deb clean FORCE
FORCE:

-include $(shell find $(O)/product $(O)/sanitized $(O)/fuzz $(O)/lint -name '*.d' 2>/dev/null)
