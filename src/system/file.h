/* Reading a small file, or standard input, whole. */
#ifndef AZFOB_SYSTEM_FILE_H
#define AZFOB_SYSTEM_FILE_H

#include "base/err.h"

/* Appends the whole of the file to `out`. "-" is standard input. Errors: M_FILE_READ with the path and the system's reason;
 * M_FILE_TOO_BIG when it does not fit. A path with a NUL byte, or of 4096 bytes and more, cannot be read. */
err file_read(slice path, struct buf *out);

/* The reason of an errno in words, static: "no such file", "permission denied"; others as "error 95". musl's
 * strerror carries its whole table into the program, and most of it cannot happen here. */
slice system_reason(int error);

#endif
