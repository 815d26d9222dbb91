# BearSSL: one archive for each way in which we build our own files, since each has its own C library or compiler.

# No /dev/urandom, no RDRAND, no clock of its own: what is random and what time it is, it is told.
BEARSSL_CPPFLAGS = -DBR_USE_URANDOM=0 -DBR_RDRAND=0 -DBR_USE_UNIX_TIME=0 -DBR_USE_WIN32_RAND=0 -DBR_USE_WIN32_TIME=0
BEARSSL_INCLUDE  = $(SOURCE)/bearssl/inc

$(SOURCE)/bearssl/inc/bearssl.h: vendor/lock vendor/fetch | $(O)/.need-build
	$(SAY) FETCH bearssl
	$(Q)vendor/fetch bearssl $(SOURCE) $(SOURCES)
	$(Q)touch $@

# $(call build_bearssl,COMPILER,FLAGS): its own Makefile, which takes all that it makes to BUILD.
define build_bearssl
	$(SAY) BUILD $@
	$(Q)rm -rf $(@D)/bearssl $@.log && mkdir -p $(@D)/bearssl
	$(Q)$(MAKE) -C $(SOURCE)/bearssl BUILD=$(abspath $(@D)/bearssl) CC='$(1)' AR='$(AR)' CFLAGS='$(2) $(BEARSSL_CPPFLAGS)' lib $(call QUIETLY,$@.log)
	$(Q)mv $(@D)/bearssl/libbearssl.a $@
endef

$(O)/product/bearssl.a: $(SOURCE)/bearssl/inc/bearssl.h $(MUSL)/lib/libc.a vendor/bearssl.mk
	$(call build_bearssl,$(CC),$(SIZE_CFLAGS) -w $(MUSL_CPPFLAGS))

# Some of its tricks are undefined behaviour by the letter (shifts of negative numbers): only addresses are checked there.
$(O)/sanitized/bearssl.a: $(SOURCE)/bearssl/inc/bearssl.h vendor/bearssl.mk | $(O)/.need-check
	$(call build_bearssl,$(HOSTCC),-O1 -g -w -fsanitize=address)

$(O)/fuzz/bearssl.a: $(SOURCE)/bearssl/inc/bearssl.h vendor/bearssl.mk | $(O)/.need-check
	$(call build_bearssl,$(CLANG),-O1 -g -w -fsanitize=address -fsanitize=fuzzer-no-link)
