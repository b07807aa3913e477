/* SPDX-License-Identifier: ISC
 *
 * A medium that package_build and the pack writer made, with several packs, and the real
 * sallyport-intake and sallyport-reader-dir on it.
 */
#ifndef TESTS_AGENT_INTAKE_FIXTURE_H
#define TESTS_AGENT_INTAKE_FIXTURE_H

#include "tests/test.h"

#include <stdbool.h>

#include "media/base/spawn.h"
#include "media/package-build.h"
#include "media/volume.h"
#include "tests/scratch.h"

#define INTAKE_FIXTURE_PACKS      16
#define INTAKE_FIXTURE_TWIN_BYTES (32 * KIB) /* two stored frames of this one length */

struct intake_fixture {
    void *scratch_state;
    struct scratch *scratch;
    int source, medium, staging;
    struct package_built built;
    int recipe; /* sealed memfd */
    char packs[INTAKE_FIXTURE_PACKS][VOLUME_NAME_BYTES];
    size_t pack_count;
    struct child reader, intake;
    bool kept; /* what the requests say of their folder */
};

struct intake_outcome {
    char code[64];
    char words[1024];
    uint64_t missing, progress, kept, read;
};

/* For cmocka: *state is the fixture. The second starts nothing yet. */
int intake_fixture_open(void **state);
int intake_fixture_open_medium(void **state);
int intake_fixture_close(void **state);

void intake_fixture_start_reader(struct intake_fixture *fixture);
void intake_fixture_start_intake(struct intake_fixture *fixture, int reader_socket);

/* A memfd as verify hands it on: sealed against all change. */
int intake_fixture_memory(const void *data, size_t size);

/* Asks for the package of a recipe. */
void intake_fixture_send(struct intake_fixture *fixture, int recipe, const char *folder);
/* Takes one message; true when it was the last about the package. */
bool intake_fixture_take(struct intake_fixture *fixture, struct intake_outcome *outcome);
/* Both, until the last message; folder "job". */
void intake_fixture_run(struct intake_fixture *fixture, int recipe, struct intake_outcome *outcome);
/* The fixture's own recipe must end with this code. */
void intake_fixture_expect(struct intake_fixture *fixture, const char *code);
/* Every file of the recipe is in staging, with its bytes and mode. */
void intake_fixture_check(struct intake_fixture *fixture, const char *folder);

#endif
