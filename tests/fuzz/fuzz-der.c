/* SPDX-License-Identifier: ISC
 *
 * The DER walk: what it passes, GnuTLS's own ASN.1 library reads too, value by value to the end.
 */
#include <libtasn1.h>

#include "media/base/limits.h"
#include "media/der.h"
#include "tests/fuzz/fuzz.h"

/* Every value that the walk passed has a length that libtasn1 sees alike. */
static void compare(struct bytes_view content, unsigned depth)
{
    struct error err = {0};
    struct der_value value;

    while (content.size > 0) {
        const uint8_t *start = content.data;
        int length_size = 0;
        unsigned char tag_class;
        unsigned long tag;
        int tag_size;
        long length;

        FUZZ_MUST(der_get(&content, &value, &err) == 0);
        FUZZ_MUST(asn1_get_tag_der(start, (int)value.whole.size, &tag_class, &tag_size, &tag) == 0);
        length =
            asn1_get_length_der(start + tag_size, (int)value.whole.size - tag_size, &length_size);
        FUZZ_MUST(length >= 0 && (size_t)length == value.content.size);
        FUZZ_MUST((size_t)(tag_size + length_size) + value.content.size == value.whole.size);
        if ((value.tag & 0x20) != 0 && depth > 0)
            compare(value.content, depth - 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct bytes_view whole = bytes_view_of(data, size);

    if (der_walk(whole, LIMIT_DER_DEPTH, &err) == 0)
        compare(whole, LIMIT_DER_DEPTH);
    else
        FUZZ_MUST(err.code == ERROR_NOT_DER && err.words[0] != '\0');
    return 0;
}
