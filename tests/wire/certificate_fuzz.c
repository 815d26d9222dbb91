/* All that is given lies inside the certificate, and names are elements of their own. */
#include "wire/certificate.h"
#include "wire/der.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void is_inside(slice part, slice whole)
{
    if (part.len && (part.at < whole.at || part.at + part.len > whole.at + whole.len))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice all = {data, size};
    struct certificate seen;
    struct der element;
    if (!certificate_read(all, &seen)) {
        certificate_common_name(all);
        return 0;
    }
    slice names[] = {seen.issuer, seen.subject};
    for (size_t i = 0; i < COUNT(names); i++) {
        is_inside(names[i], all);
        is_inside(certificate_common_name(names[i]), names[i]);
        if (!der_next(&names[i], &element) || names[i].len)
            abort();
    }
    is_inside(seen.modulus, all);
    is_inside(seen.exponent, all);
    is_inside(seen.point, all);
    if (seen.key == KEY_RSA && (seen.modulus.len == 0 || seen.modulus.at[0] == 0))
        abort();
    if (seen.key > KEY_RSA && seen.point.len == 0)
        abort();
    if (seen.for_servers && !seen.has_purposes)
        abort();
    return 0;
}
