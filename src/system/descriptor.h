/* Writing to a descriptor, whatever it is. */
#ifndef AZFOB_SYSTEM_DESCRIPTOR_H
#define AZFOB_SYSTEM_DESCRIPTOR_H

#include "base/slice.h"

/* All of the bytes, however small the pieces that the kernel takes; waits for a reader that is slow, on a
 * non-blocking descriptor too. 0, or the errno that ended it: some of the bytes may have been written then. */
int descriptor_write(int fd, slice bytes);

#endif
