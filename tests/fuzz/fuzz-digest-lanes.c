/* SPDX-License-Identifier: ISC
 *
 * A list of messages, which are runs of the input itself and may overlap: on every path each has the
 * digest that GnuTLS gives.
 *
 * Input: count u8, then as many rows of offset u16 and length u16, then the bytes that they name.
 */
#include <string.h>

#include "media/digest-lanes.h"
#include "tests/fuzz/fuzz.h"

#define MESSAGES 64

const size_t fuzz_replay_runs = 4000;

struct round {
    size_t count;
    struct bytes_view messages[MESSAGES];
    uint8_t expected[MESSAGES][DIGEST_BYTES];
    bool delivered[MESSAGES];
};

/* What a row names outside the bytes is cut off. */
static void take_messages(struct bytes_view *input, struct round *round)
{
    uint16_t rows[MESSAGES][2];
    uint8_t count;

    if (bytes_get_u8(input, &count) != 0)
        return;
    while (round->count < count % (MESSAGES + 1) &&
           bytes_get_u16(input, &rows[round->count][0]) == 0 &&
           bytes_get_u16(input, &rows[round->count][1]) == 0)
        round->count++;
    for (size_t i = 0; i < round->count; i++) {
        size_t offset = rows[i][0] % (input->size + 1), left = input->size - offset;
        size_t length = rows[i][1] < left ? rows[i][1] : left;

        round->messages[i] = bytes_view_of(input->data + offset, length);
        digest_of(round->messages[i].data, length, round->expected[i]);
    }
}

static void deliver(void *context, void *tag, const uint8_t digest[static DIGEST_BYTES])
{
    struct round *round = context;
    size_t i = (size_t)((struct bytes_view *)tag - round->messages);

    FUZZ_MUST(i < round->count && !round->delivered[i]);
    FUZZ_MUST(memcmp(digest, round->expected[i], DIGEST_BYTES) == 0);
    round->delivered[i] = true;
}

static void go_through(struct round *round, enum digest_path path)
{
    struct digest_lanes *lanes = digest_lanes_new(path, deliver, round);

    memset(round->delivered, 0, sizeof(round->delivered));
    for (size_t i = 0; i < round->count; i++)
        digest_lanes_put(lanes, round->messages[i].data, round->messages[i].size,
                         &round->messages[i]);
    digest_lanes_finish(lanes);
    for (size_t i = 0; i < round->count; i++)
        FUZZ_MUST(round->delivered[i]);
    digest_lanes_free(lanes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes_view input = bytes_view_of(data, size);
    uint8_t digests[MESSAGES][DIGEST_BYTES];
    struct round round = {.count = 0};

    take_messages(&input, &round);
    for (enum digest_path path = DIGEST_PATH_AUTO; path < DIGEST_PATH_COUNT; path++)
        go_through(&round, path);
    digest_many(round.messages, round.count, digests);
    FUZZ_MUST(memcmp(digests, round.expected, round.count * DIGEST_BYTES) == 0);
    return 0;
}
