/* Values that look as if a tool had mishandled them on their way into the vault. That is only told, and nothing is mended: a value is
 * what the vault says.
 *
 * Errors: none. The answer is what is odd and what to do, or empty.
 */
#ifndef AZFOB_OUTPUT_SUSPECT_H
#define AZFOB_OUTPUT_SUSPECT_H

#include "base/slice.h"

slice suspect_value(slice value);

#endif
