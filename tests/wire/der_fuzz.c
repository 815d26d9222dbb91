/* Elements one behind the other are exactly the bytes that were taken; names are elements inside the certificate. */
#include "wire/der.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice all = {data, size}, rest = all, issuer, subject;
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
    if (der_certificate_names(all, &issuer, &subject))
        if (!der_next(&issuer, &element) || issuer.len || !der_next(&subject, &element) || subject.len)
            abort();
    return 0;
}
