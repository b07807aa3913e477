/* SPDX-License-Identifier: ISC
 *
 * The real program against an agent with canned replies; what it prints is compared with golden/.
 * Where they differ, what was printed is left beside the build as NAME.actual; with GOLDEN_WRITE in the
 * environment it is written there.
 */
#ifndef TESTS_TUI_SCENE_H
#define TESTS_TUI_SCENE_H

#include "tests/fake-agent.h"
#include "tests/scratch.h"
#include "tests/test.h"

#include <jansson.h>
#include <limits.h>

#include "media/base/bytes.h"
#include "tests/tui/run-sallyport.h"

#define AGENT "org.sallyport.Agent."

/* Replies of one scene, in files: golden/NAME.json, one message a line. */
struct scene {
    void *scratch;
    struct fake_agent agent;
    struct fake_reply replies[8];
    struct bytes texts[8];
    size_t count;
    struct said said;
    char source[PATH_MAX]; /* a folder of the scene's own */
};

int scene_setup(void **state);
int scene_teardown(void **state);
#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

/* The bytes of golden/NAME; the caller's. */
void scene_golden(const char *name, struct bytes *text);

/* The agent will answer `method` with the messages of golden/FILE. */
void scene_answer(struct scene *scene, const char *method, const char *file);

/* Runs "sallyport --socket AGENT words..."; the word SOURCE becomes the scene's folder. */
void scene_run(struct scene *scene, const char *environment, const char *const *words);
#define RUN(scene, ...) scene_run(scene, NULL, (const char *const[]){__VA_ARGS__, NULL})

/* Exit status and standard output of the last run, by golden/GOLDEN. */
void scene_expect(struct scene *scene, int status, const char *golden);
/* The same of a text that the run wrote elsewhere. */
void scene_expect_text(const char *text, const char *golden);
/* What the last run wrote, as one JSON document and LF; a new reference. */
json_t *scene_json(const struct scene *scene);
void scene_expect_schema(const struct scene *scene, const char *schema);
/* A file of the scene's folder holds this text. */
void scene_expect_file(struct scene *scene, const char *name, const char *text);

#endif
