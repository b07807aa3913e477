/* SPDX-License-Identifier: ISC
 *
 * Certificates and revocation lists, each input as both.
 */
#include <stdlib.h>

#include "media/certificate.h"
#include "media/crl.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes_view der = bytes_view_of(data, size);
    struct certificate certificate;
    struct crl crl;
    struct error err = {0};

    if (certificate_parse(der, &certificate, &err) != 0)
        FUZZ_MUST(err.code != ERROR_OK && err.words[0] != '\0');
    if (crl_parse(der, &crl, &err) != 0)
        FUZZ_MUST(err.code != ERROR_OK && err.words[0] != '\0');
    return 0;
}
