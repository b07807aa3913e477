/* SPDX-License-Identifier: ISC
 *
 * Enrolment files: the payload as it is parsed once unsealed, and the layout before that. Files
 * whose layout is whole are left alone here: each would cost 100,000 rounds of key derivation.
 */
#include <string.h>

#include "media/enrolment-file.h"
#include "tests/fuzz/fuzz.h"

static void check(const struct enrolment *enrolment)
{
    FUZZ_MUST(enrolment->root_count > 0 && enrolment->roots != NULL);
    FUZZ_MUST(enrolment->key_count <= ENROLMENT_KEYS);
    FUZZ_MUST(memchr(enrolment->endpoint, '\0', sizeof(enrolment->endpoint)) != NULL);
    FUZZ_MUST(memchr(enrolment->ring, '\0', sizeof(enrolment->ring)) != NULL);
    for (size_t i = 0; i < enrolment->key_count; i++)
        FUZZ_MUST(memchr(enrolment->keys[i].id, '\0', sizeof(enrolment->keys[i].id)) != NULL);
    for (size_t i = 0; i < enrolment->root_count; i++)
        FUZZ_MUST(enrolment->roots[i].size > 0 && enrolment->roots[i].size <= LIMIT_ROOT_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t header = size < ENROLMENT_FILE_HEADER_BYTES ? size : ENROLMENT_FILE_HEADER_BYTES;
    struct enrolment enrolment;
    struct error err = {0};

    if (enrolment_file_parse(bytes_view_of(data, size), &enrolment, &err) == 0)
        check(&enrolment);
    else
        FUZZ_MUST(err.code != ERROR_OK && err.words[0] != '\0');
    enrolment_clear(&enrolment);
    FUZZ_MUST(enrolment_open(bytes_view_of(data, header), "secret", &enrolment, &err) < 0);
    return 0;
}
