/* SPDX-License-Identifier: ISC
 *
 * telemetry.json: what is accepted is a name of DNS, headers that end no line and a path that climbs
 * nowhere, and it is the same when it is written and read again, as the monitor does.
 */
#include <string.h>
#include <strings.h>

#include "media/base/destination.h"
#include "media/base/json.h"
#include "media/base/path.h"
#include "tests/fuzz/fuzz.h"

static void check(const struct destination *destination)
{
    FUZZ_MUST(destination->port != 0);
    FUZZ_MUST(destination->interval_s >= LIMIT_TELEMETRY_INTERVAL_S);
    FUZZ_MUST(strspn(destination->server, "0123456789.") < strlen(destination->server));
    FUZZ_MUST(destination_is_beneath(destination->server, destination->server));
    FUZZ_MUST(path_name_valid(destination->root, strlen(destination->root)));
    for (size_t i = 0; i < destination->header_count; i++) {
        FUZZ_MUST(strpbrk(destination->headers[i].name, " :\r\n") == NULL);
        FUZZ_MUST(strpbrk(destination->headers[i].value, "\r\n") == NULL);
        FUZZ_MUST(strcasecmp(destination->headers[i].name, "Host") != 0);
    }
}

static void check_again(const struct destination *destination)
{
    struct destination again;
    struct error err = {0};
    json_t *first = destination_value(destination), *second;

    FUZZ_MUST(destination_read(first, &again, &err) == 0);
    second = destination_value(&again);
    FUZZ_MUST(json_equal(first, second));
    json_decref(first);
    json_decref(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct destination destination;
    struct error err = {0};
    json_t *root = NULL;

    if (json_read(data, size, &root, &err) == 0) {
        if (destination_read(root, &destination, &err) < 0) {
            FUZZ_MUST(err.code == ERROR_BAD_CONTENT && err.words[0] != '\0');
        } else {
            check(&destination);
            check_again(&destination);
        }
    }
    json_decref(root);
    return 0;
}
