/* SPDX-License-Identifier: ISC
 *
 * Signed documents: parsed as each kind, then verified. Nothing that the fuzzer makes can carry a
 * new signature, so what verifies has the content that was signed.
 */
#include <stdlib.h>

#include "media/cms.h"
#include "tests/fuzz/fuzz.h"

static void inside(struct bytes_view whole, struct bytes_view part)
{
    FUZZ_MUST(part.size == 0 || (part.data >= whole.data && part.size <= whole.size &&
                                 (size_t)(part.data - whole.data) <= whole.size - part.size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes_view whole = bytes_view_of(data, size);
    struct cms *cms = bytes_allocate(1, sizeof(*cms));
    struct error err = {0};

    for (int kind = 0; kind < DOCUMENT_KINDS; kind++) {
        struct cms_profile profile = cms_profile_of((enum document_kind)kind);

        if (cms_parse(&profile, whole, cms, &err) != 0) {
            FUZZ_MUST(err.code != ERROR_OK && err.words[0] != '\0');
            continue;
        }
        FUZZ_MUST(cms->signer_count >= 1 && cms->signer_count <= LIMIT_SIGNERS);
        inside(whole, cms->content);
        for (size_t i = 0; i < cms->signer_count; i++) {
            const struct certificate *path[LIMIT_CHAIN_CERTIFICATES];

            inside(whole, cms->signers[i].signature);
            inside(whole, cms->signers[i].token);
            FUZZ_MUST(cms_path(cms, i, path) >= 1);
        }
        if (cms_verify(cms, &err) != 0)
            FUZZ_MUST(err.code != ERROR_OK);
    }
    free(cms);
    return 0;
}
