/* SPDX-License-Identifier: ISC
 *
 * A request from an endpoint: what is accepted is written back as a request that says the same.
 */
#include <string.h>

#include "media/request.h"
#include "tests/fuzz/fuzz.h"

static void must_be_same(const struct request *one, const struct request *other)
{
    FUZZ_MUST(one->kind == other->kind && one->made_us == other->made_us);
    FUZZ_MUST(strcmp(one->endpoint, other->endpoint) == 0 && strcmp(one->ring, other->ring) == 0);
    FUZZ_MUST(strcmp(one->reason, other->reason) == 0 && strcmp(one->to, other->to) == 0);
    FUZZ_MUST(strcmp(one->subject, other->subject) == 0);
    FUZZ_MUST(one->floor_time_us == other->floor_time_us);
    FUZZ_MUST(one->floor_number == other->floor_number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct request request, again;
    struct bytes text;

    bytes_init(&text, LIMIT_REQUEST_BYTES);
    if (request_parse(bytes_view_of(data, size), &request, &err) < 0) {
        FUZZ_MUST(err.code == ERROR_BAD_DOCUMENT || err.code == ERROR_LIMIT);
        FUZZ_MUST(err.words[0] != '\0');
    } else {
        FUZZ_MUST(request_write(&request, &text, &err) == 0);
        FUZZ_MUST(request_parse(bytes_view(&text), &again, &err) == 0);
        must_be_same(&request, &again);
    }
    bytes_clear(&text);
    return 0;
}
