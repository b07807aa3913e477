/* SPDX-License-Identifier: ISC
 *
 * The real sallyport-verify and sallyport-reader-dir of the build folder, on a medium of
 * make-medium.h, driven over their protocols.
 */
#ifndef TESTS_AGENT_RUN_VERIFY_H
#define TESTS_AGENT_RUN_VERIFY_H

#include <jansson.h>

#include "media/base/spawn.h"
#include "tests/media/make-medium.h"

#define RUN_RECIPES 8

struct run_verify {
    struct child verify, reader;
    int socket;
    json_t *request;   /* VERIFY_JUDGE; may be changed before run_judge */
    json_t *documents; /* what came back */
    json_t *plan;
    size_t root_count, list_count, recipe_count;
    uint8_t recipe_packages[RUN_RECIPES][DIGEST_BYTES];
    uint8_t recipe_bases[RUN_RECIPES][DIGEST_BYTES]; /* zeros: of a full one */
    int recipe_fds[RUN_RECIPES];
    enum error_code ended; /* of VERIFY_ERROR, where that came */
};

/* Starts both on the medium. The request is an import of MEDIUM_RING by an endpoint without floors,
 * at the clock's time. */
struct run_verify *run_verify_new(struct medium *medium);
/* Closes the conversation and waits for both to end. */
void run_verify_free(struct run_verify *run);

void run_send(struct run_verify *run, uint16_t type, const void *body, size_t size);
/* Gives a root document (VERIFY_ROOT). */
void run_root(struct run_verify *run, const struct bytes *document);
/* Sends the request and takes what comes back, to the plan or the error. */
void run_judge(struct run_verify *run);
/* run_root with the medium's newest, then run_judge. */
void run_all(struct run_verify *run, struct medium *medium);

/* Sets request members: a floor {"time","number","digest"} from an answered plan object. */
void run_set_floor(struct run_verify *run, const char *type, int64_t time_us, uint64_t number,
                   const uint8_t *digest);

/* Plan's code; a package's or document's member; "" when absent. */
const char *run_code(const struct run_verify *run);
const json_t *run_package(const struct run_verify *run, const char *type);
const char *run_package_text(const struct run_verify *run, const char *type, const char *member);
const json_t *run_document(const struct run_verify *run, const char *path);

/* Asks for one package's staged files, found by name beneath folder_fd. Returns the code of
 * VERIFY_RESULT. */
enum error_code run_staged(struct run_verify *run, const uint8_t *id, int folder_fd,
                           uint64_t *files);
/* For cmocka: *state is medium_small(). */
int run_setup(void **state);
int run_teardown(void **state);
/* One import of the medium as it stands must end with this code. */
void run_expect(struct medium *medium, enum error_code code);
/* One import by a request that was changed before; frees the run. */
void run_expect_of(struct run_verify *run, struct medium *medium, enum error_code code);
/* In a new import, the code of one package ("" when the plan names none). Returns out. */
const char *run_package_code(struct medium *medium, const char *type, char out[static 64]);

/* VERIFY_SELFTEST. */
enum error_code run_selftest(struct run_verify *run, uint64_t *threads, char *words, size_t size);

#endif
