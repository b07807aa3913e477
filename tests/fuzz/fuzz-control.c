/* SPDX-License-Identifier: ISC
 *
 * The control protocol as it comes from a client: a stream cut into calls, and each call's form.
 * The same bytes in one piece and byte by byte must give the same messages.
 */
#include <string.h>

#include "agent/control/protocol.h"
#include "agent/control/varlink.h"
#include "media/base/limits.h"
#include "tests/fuzz/fuzz.h"

static void look(const json_t *message)
{
    struct varlink_reply reply;
    struct varlink_call call;
    struct error err = {0};

    if (varlink_call_read(message, &call, &err) == 0) {
        FUZZ_MUST(call.method != NULL && strchr(call.method, '.') != NULL);
        FUZZ_MUST(strpbrk(call.method, "\x1b\n\"") == NULL);
        (void)protocol_find(call.method);
    } else {
        FUZZ_MUST(err.code == ERROR_PROTOCOL);
    }
    if (varlink_reply_read(message, &reply, &err) < 0)
        FUZZ_MUST(err.code == ERROR_PROTOCOL);
}

/* How many messages came out before the stream broke or ended. */
static size_t run(const uint8_t *data, size_t size, size_t piece)
{
    struct varlink_reader reader;
    struct error err = {0};
    json_t *message = NULL;
    size_t count = 0;
    int result = 0;

    varlink_reader_init(&reader, LIMIT_CONTROL_BYTES);
    for (size_t at = 0; at < size && result >= 0; at += piece) {
        size_t left = size - at;

        result = varlink_reader_feed(&reader, data + at, left < piece ? left : piece, &err);
        while (result >= 0 && (result = varlink_reader_next(&reader, &message, &err)) == 1) {
            look(message);
            json_decref(message);
            count++;
        }
    }
    varlink_reader_clear(&reader);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size <= LIMIT_CONTROL_BYTES)
        FUZZ_MUST(run(data, size, size > 0 ? size : 1) == run(data, size, 1));
    return 0;
}
