/* What every unit test includes: cmocka and the headers that it wants before itself. */
#ifndef AZFOB_TESTS_CM_H
#define AZFOB_TESTS_CM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/slice.h"

#define assert_slice(have, want)                                                                                       \
    do {                                                                                                               \
        slice have_ = (have), want_ = (want);                                                                          \
        assert_int_equal(have_.len, want_.len);                                                                        \
        if (want_.len)                                                                                                 \
            assert_memory_equal(have_.at, want_.at, want_.len);                                                        \
    } while (0)

#endif
