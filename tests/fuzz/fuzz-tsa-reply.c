/* SPDX-License-Identifier: ISC
 *
 * What a timestamp server answers: whatever is accepted holds a whole token of its own bytes with a
 * time, over the fixed signature and nonce that the seed was made for.
 */
#include "media/timestamp.h"
#include "media/tsa-client.h"
#include "tests/fuzz/fuzz.h"

/* Two signatures are verified a run. */
const size_t fuzz_replay_runs = 4000;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t nonce[TSA_CLIENT_NONCE_BYTES] = {0x41, 2, 3, 4, 5, 6, 7, 8};
    struct bytes_view token = {0};
    struct error err = {0};
    int64_t time_us = 0;

    if (tsa_client_judge(bytes_view_of(data, size), bytes_view_of("a signature value", 17), nonce,
                         &token, &time_us, &err) == 0) {
        FUZZ_MUST(time_us > 0 && token.size > 0);
        FUZZ_MUST(token.data > data && token.data + token.size == data + size);
    } else {
        FUZZ_MUST(err.code != ERROR_OK && err.words[0] != '\0' && time_us == 0);
    }
    return 0;
}
