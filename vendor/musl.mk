# musl: built once for the product, in $(MUSL); nothing of the host's C library is seen.

MUSL   = $(O)/musl
# $(SMALL) leaves musl's own choice of -O3 files out. Its configure adds what a C library needs (-ffreestanding, no stack protector where
# the canary is not yet set, ...).
MUSL_CFLAGS = $(SIZE_CFLAGS) -w

# The headers of musl and of the compiler, in this order, and no others.
MUSL_CPPFLAGS = -nostdinc -isystem $(abspath $(MUSL))/include -isystem $(shell $(CC) -print-file-name=include)

# musl's start files know how to relocate a static-pie; it needs none of the compiler's (there are no constructors).
MUSL_START = $(MUSL)/lib/rcrt1.o $(MUSL)/lib/crti.o
# Once more: on ARM the compiler's division by zero calls raise.
MUSL_END   = $(MUSL)/lib/libc.a $(shell $(CC) -print-libgcc-file-name) $(MUSL)/lib/libc.a $(MUSL)/lib/crtn.o

$(SOURCE)/musl/configure: vendor/lock vendor/fetch | $(O)/.need-build
	$(SAY) FETCH musl
	$(Q)vendor/fetch musl $(SOURCE) $(SOURCES)
	$(Q)touch $@

$(MUSL)/lib/libc.a: $(SOURCE)/musl/configure vendor/musl.mk
	$(SAY) BUILD musl
	$(Q)rm -rf $(MUSL) $(MUSL).objects $(MUSL).log && mkdir -p $(MUSL).objects
	$(Q)cd $(MUSL).objects && $(abspath $(SOURCE))/musl/configure --prefix=$(abspath $(MUSL)) --disable-shared --disable-wrapper \
		CC='$(CC)' CFLAGS='$(MUSL_CFLAGS)' $(if $(TARGET),--target=$(TARGET) CROSS_COMPILE=$(TARGET)-) $(call QUIETLY,$(abspath $(MUSL)).log)
	$(Q)$(MAKE) -C $(MUSL).objects install-headers install-libs $(call QUIETLY,$(abspath $(MUSL)).log)
