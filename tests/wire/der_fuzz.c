/* Elements one behind the other are exactly the bytes that were taken. */
#include "wire/der.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice all = {data, size}, rest = all;
    struct der element;
    size_t taken = 0;
    while (der_next(&rest, &element)) {
        if (element.whole.at != data + taken || element.content.len >= element.whole.len ||
            element.content.at + element.content.len != element.whole.at + element.whole.len)
            abort();
        taken += element.whole.len;
    }
    if (taken + rest.len != size)
        abort();
    return 0;
}
