/* SPDX-License-Identifier: ISC
 *
 * The side that starts verify, against one that answers well, badly or not at all.
 */
#include "tests/scratch.h"
#include "tests/test.h"

#include <limits.h>
#include <sys/stat.h>

#include "agent/control/inspect-medium.h"
#include "media/base/limits.h"

struct scene {
    void *scratch;
    char source[300], root[300], libexec[300];
    int documents;
};

static void link_program(struct scratch *scratch, const char *from, const char *name)
{
    const char *top = getenv("TOP_BUILDDIR");
    char target[PATH_MAX], place[300];

    snprintf(target, sizeof(target), "%s/%s", top != NULL ? top : ".", from);
    snprintf(place, sizeof(place), "libexec/%s", name);
    assert_int_equal(symlinkat(target, scratch->fd, place), 0);
}

static int setup(void **state)
{
    struct scene *scene = bytes_allocate(1, sizeof(*scene));
    struct scratch *scratch;

    *state = scene;
    if (scratch_open(&scene->scratch) < 0)
        return -1;
    scratch = scene->scratch;
    snprintf(scene->source, sizeof(scene->source), "%s/medium", scratch->path);
    snprintf(scene->root, sizeof(scene->root), "%s/root.p7m", scratch->path);
    snprintf(scene->libexec, sizeof(scene->libexec), "%s/libexec", scratch->path);
    mkdirat(scratch->fd, "libexec", 0700);
    mkdirat(scratch->fd, "medium", 0700);
    mkdirat(scratch->fd, "medium/sallyport", 0700);
    mkdirat(scratch->fd, "medium/sallyport/root", 0700);
    scratch_write(scratch, "medium/sallyport/FORMAT", "sallyport 1\n");
    scratch_write(scratch, "medium/sallyport/root/1.p7m", "good");
    link_program(scratch, "agent/sallyport-reader-dir", "sallyport-reader-dir");
    link_program(scratch, "tests/agent/control/fake-verify", "sallyport-verify");
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;

    scratch_close(&scene->scratch);
    free(scene);
    return 0;
}

static int count_document(void *context, const json_t *document, struct error *err)
{
    struct scene *scene = context;

    assert_string_equal(json_string_value(json_object_get(document, "kind")), "root");
    scene->documents++;
    return 0;
}

static int refuse_document(void *context, const json_t *document, struct error *err)
{
    return error_set(err, ERROR_NO_SPACE, "no room for evidence");
}

/* With a root file of one word, or with the medium's own root (word NULL). */
static int inspect(struct scene *scene, const char *word, json_t **result, struct error *err)
{
    const char *const roots[] = {word != NULL ? scene->root : NULL, NULL};
    struct inspect_options options = {
        .source = scene->source, .root_files = roots, .libexec = scene->libexec};

    scene->documents = 0;
    if (word != NULL)
        scratch_write(scene->scratch, "root.p7m", word);
    return inspect_medium(&options, count_document, scene, result, err);
}

static void expect_result(json_t *result, const char *code, bool anchored)
{
    assert_string_equal(json_string_value(json_object_get(result, "code")), code);
    assert_int_equal(json_is_true(json_object_get(result, "anchored")), anchored);
    assert_string_equal(json_string_value(json_object_get(result, "schema")),
                        "sallyport.inspect/1");
    assert_true(json_is_object(json_object_get(result, "plan")));
    json_decref(result);
}

static void under_a_trusted_root_the_verdict_is_verifys(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};
    json_t *result;

    assert_ok(inspect(scene, "good", &result, &err), &err);
    expect_result(result, "ok", true);
    assert_int_equal(scene->documents, 1);
    assert_ok(inspect(scene, "refused", &result, &err), &err);
    expect_result(result, "rollback", true);
}

static void without_a_root_a_good_medium_is_unanchored(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};
    json_t *result;

    assert_ok(inspect(scene, NULL, &result, &err), &err);
    expect_result(result, "unanchored", false);
}

static void without_a_root_a_bad_medium_stays_bad(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};
    json_t *result;

    scratch_write(scene->scratch, "medium/sallyport/root/1.p7m", "refused");
    assert_ok(inspect(scene, NULL, &result, &err), &err);
    expect_result(result, "rollback", false);
}

static void what_verify_cannot_judge_is_an_error(void **state)
{
    static const struct {
        const char *word;
        enum error_code code;
    } rows[] = {
        {"cannot", ERROR_ROOT_UNSIGNED}, {"formless", ERROR_PROTOCOL}, {"lying", ERROR_PROTOCOL},
        {"garbage", ERROR_PROTOCOL},     {"list", ERROR_PROTOCOL},     {"strange", ERROR_PROTOCOL},
        {"silent", ERROR_PEER_GONE},
    };
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {0};
        json_t *result;

        assert_refused(inspect(scene, rows[i].word, &result, &err), &err, rows[i].code);
        assert_null(result);
    }
}

static void a_verify_that_dies_is_named_with_its_end(void **state)
{
    struct error err = {0};
    json_t *result;

    assert_refused(inspect(*state, "silent", &result, &err), &err, ERROR_PEER_GONE);
    assert_non_null(strstr(err.words, "sallyport-verify exited 5"));
}

static void the_callers_error_ends_the_work(void **state)
{
    struct scene *scene = *state;
    struct inspect_options options = {.source = scene->source, .libexec = scene->libexec};
    struct error err = {0};
    json_t *result;

    assert_refused(inspect_medium(&options, refuse_document, NULL, &result, &err), &err,
                   ERROR_NO_SPACE);
    assert_null(result);
}

static void a_root_file_that_is_none_is_refused(void **state)
{
    struct scene *scene = *state;
    char *large = bytes_allocate(1, LIMIT_ROOT_BYTES + 2);
    const char *roots[] = {scene->source, NULL};
    struct inspect_options options = {
        .source = scene->source, .root_files = roots, .libexec = scene->libexec};
    struct error err = {0};
    json_t *result;

    assert_refused(inspect_medium(&options, count_document, scene, &result, &err), &err,
                   ERROR_UNEXPECTED_FILE);
    roots[0] = "/nonexistent";
    assert_refused(inspect_medium(&options, count_document, scene, &result, &err), &err,
                   ERROR_NOT_FOUND);
    assert_refused(inspect(scene, "-----BEGIN CERTIFICATE-----", &result, &err), &err,
                   ERROR_WRONG_KIND);
    assert_non_null(strstr(err.words, "sallyport/root/N.p7m"));
    memset(large, 'x', LIMIT_ROOT_BYTES + 1);
    assert_refused(inspect(scene, large, &result, &err), &err, ERROR_LIMIT);
    free(large);
}

static void what_is_missing_is_named(void **state)
{
    struct scene *scene = *state;
    struct scratch *scratch = scene->scratch;
    struct error err = {0};
    json_t *result;

    assert_int_equal(unlinkat(scratch->fd, "libexec/sallyport-verify", 0), 0);
    assert_refused(inspect(scene, NULL, &result, &err), &err, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.words, "sallyport-verify"));
    assert_int_equal(unlinkat(scratch->fd, "medium/sallyport/FORMAT", 0), 0);
    assert_refused(inspect(scene, NULL, &result, &err), &err, ERROR_NOT_A_MEDIUM);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(under_a_trusted_root_the_verdict_is_verifys),
        SCENE(without_a_root_a_good_medium_is_unanchored),
        SCENE(without_a_root_a_bad_medium_stays_bad),
        SCENE(what_verify_cannot_judge_is_an_error),
        SCENE(a_verify_that_dies_is_named_with_its_end),
        SCENE(the_callers_error_ends_the_work),
        SCENE(a_root_file_that_is_none_is_refused),
        SCENE(what_is_missing_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
