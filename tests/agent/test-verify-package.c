/* SPDX-License-Identifier: ISC
 *
 * The real program: packages of a good set, their floors, what they need, and their recipes. One
 * that is bad holds only itself.
 */
#include "tests/agent/run-verify.h"

#include <sys/stat.h>

#include "media/base/instant.h"
#include "media/document-json.h"

#define FLAGS "flags-supplement"

static const struct set_package *row_of(const struct medium *medium, const char *type)
{
    for (size_t i = 0; i < medium->set->package_count; i++) {
        if (strcmp(medium->set->packages[i].type, type) == 0)
            return &medium->set->packages[i];
    }
    fail_msg("no package of type %s", type);
    return NULL;
}

static const char *package_path(const struct medium *medium, const char *type,
                                char out[static VOLUME_NAME_BYTES])
{
    return medium_path(VOLUME_PACKAGE, type, 0, row_of(medium, type)->id, out);
}

static int64_t package_time(struct medium *medium, const char *type)
{
    struct run_verify *run = run_verify_new(medium);
    const char *text;
    int64_t time_us;

    run_all(run, medium);
    text = run_package_text(run, type, "time");
    assert_int_equal(instant_parse(text, strlen(text), &time_us), 0);
    run_verify_free(run);
    return time_us;
}

static void install(struct run_verify *run, const struct medium *medium, const char *type)
{
    json_object_set_new(json_object_get(run->request, "installed"), type,
                        document_json_digest(row_of(medium, type)->id));
}

/* The answer and code of null; the other package is fetched. */
static void expect(struct run_verify *run, struct medium *medium, const char *answer,
                   enum error_code code)
{
    run_all(run, medium);
    assert_string_equal(run_code(run), "ok");
    assert_string_equal(run_package_text(run, "null", "answer"), answer);
    assert_string_equal(run_package_text(run, "null", "code"), error_name(code));
    assert_string_equal(run_package_text(run, FLAGS, "answer"), "fetch");
    assert_int_equal(run->recipe_count, strcmp(answer, "fetch") == 0 ? 2 : 1);
    run_verify_free(run);
}

/* ---- floors ---- */

static void the_floor_of_the_type_decides(void **state)
{
    static const uint8_t other[DIGEST_BYTES] = {7};
    struct medium *medium = *state;
    const uint8_t *id = row_of(medium, "null")->id;
    int64_t at = package_time(medium, "null");
    const struct {
        int64_t time_us;
        uint64_t number;
        const uint8_t *digest;
        bool installed;
        const char *answer;
        enum error_code code;
    } rows[] = {
        {at, 1, id, true, "current", ERROR_OK},
        {at, 1, id, false, "fetch", ERROR_OK},
        {at, 1, other, false, "refused", ERROR_EQUIVOCATION},
        {at + 1, 2, other, false, "refused", ERROR_AHEAD_OF_RING},
        {at + 1, 1, id, true, "refused", ERROR_EQUIVOCATION},
        {at - 1, 0, other, false, "fetch", ERROR_OK},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct run_verify *run = run_verify_new(medium);

        run_set_floor(run, "null", rows[i].time_us, rows[i].number, rows[i].digest);
        if (rows[i].installed)
            install(run, medium, "null");
        expect(run, medium, rows[i].answer, rows[i].code);
    }
}

/* ---- lists of this endpoint ---- */

static void what_was_withdrawn_or_failed_here_is_held(void **state)
{
    struct medium *medium = *state;
    const uint8_t *id = row_of(medium, "null")->id;
    struct run_verify *run = run_verify_new(medium);

    json_array_append_new(json_object_get(run->request, "withdrawn"), document_json_digest(id));
    expect(run, medium, "refused", ERROR_WITHDRAWN);
    run = run_verify_new(medium);
    json_array_append_new(json_object_get(run->request, "quarantined"), document_json_digest(id));
    expect(run, medium, "refused", ERROR_QUARANTINED);
}

static void only_what_was_asked_for_is_fetched(void **state)
{
    struct medium *medium = *state;
    struct run_verify *run = run_verify_new(medium);

    json_object_set_new(run->request, "only", json_pack("[s]", FLAGS));
    expect(run, medium, "refused", ERROR_PARTIAL);
}

/* ---- requires ---- */

/* null then needs this issue of flags-supplement, which the set carries as issue 1. */
static void need(struct medium *medium, uint64_t issue)
{
    static const struct medium_file files[] = {{"a", "b", 1}};

    medium->package.requirement_count = 1;
    snprintf(medium->package.requirements[0].type, sizeof(medium->package.requirements[0].type),
             FLAGS);
    medium->package.requirements[0].issue = issue;
    medium_add_package(medium, "null", "2", 2, files, 1, NULL);
    medium_write_set(medium);
    medium_write_export(medium);
}

static void a_package_goes_with_what_it_needs(void **state)
{
    struct medium *medium = *state;
    char code[64];

    need(medium, 1);
    assert_string_equal(run_package_code(medium, "null", code), "ok");
}

static void a_package_waits_for_what_it_needs(void **state)
{
    struct medium *medium = *state;

    need(medium, 2);
    expect(run_verify_new(medium), medium, "refused", ERROR_REQUIRES);
    shows_case("C4");
}

static void what_is_held_holds_what_needs_it(void **state)
{
    struct medium *medium = *state;
    struct run_verify *run;

    need(medium, 1);
    run = run_verify_new(medium);
    json_array_append_new(json_object_get(run->request, "quarantined"),
                          document_json_digest(row_of(medium, FLAGS)->id));
    run_all(run, medium);
    assert_string_equal(run_package_text(run, "null", "code"), "requires");
    assert_string_equal(run_package_text(run, FLAGS, "code"), "quarantined");
    assert_int_equal(run->recipe_count, 0);
    run_verify_free(run);
    shows_case("C4");
}

static void what_is_installed_satisfies(void **state)
{
    struct medium *medium = *state;
    struct run_verify *run;

    need(medium, 1);
    run = run_verify_new(medium);
    json_array_append_new(json_object_get(run->request, "quarantined"),
                          document_json_digest(row_of(medium, FLAGS)->id));
    install(run, medium, FLAGS);
    run_set_floor(run, FLAGS, 0, 5, row_of(medium, "null")->id);
    run_all(run, medium);
    assert_string_equal(run_package_text(run, "null", "code"), "ok");
    run_verify_free(run);
}

/* ---- documents ---- */

static void a_damaged_package_holds_only_itself(void **state)
{
    struct medium *medium = *state;
    char path[VOLUME_NAME_BYTES];
    struct bytes document = medium_read(medium, package_path(medium, "null", path));
    uint8_t *text = memmem(document.data, document.size, "\"schema\"", 8);

    assert_non_null(text);
    text[1] ^= 1;
    medium_write(medium, path, document.data, document.size);
    bytes_clear(&document);
    expect(run_verify_new(medium), medium, "refused", ERROR_ATTRIBUTE_MISMATCH);
}

/* Good by itself, but not what was exported: one more has signed it since. */
static void a_package_that_was_not_exported_holds_itself(void **state)
{
    struct medium *medium = *state;
    char path[VOLUME_NAME_BYTES];
    struct bytes document = medium_read(medium, package_path(medium, "null", path)), again;
    struct error err = {0};

    bytes_init(&again, LIMIT_PACKAGE_BYTES);
    assert_ok(sign_again(DOCUMENT_PACKAGE, bytes_view(&document),
                         medium->site->leaves[ROLE_CONTENT][1], &medium->site->timestamper, &again,
                         NULL, &err),
              &err);
    medium_write(medium, path, again.data, again.size);
    expect(run_verify_new(medium), medium, "refused", ERROR_MIXED_EXPORT);
    medium_remove(medium, "sallyport/export.p7m");
    expect(run_verify_new(medium), medium, "fetch", ERROR_OK);
    bytes_clear(&document);
    bytes_clear(&again);
}

static void an_absent_package_is_on_another_volume(void **state)
{
    struct medium *medium = *state;
    char path[VOLUME_NAME_BYTES];
    struct run_verify *run;

    medium_remove(medium, package_path(medium, "null", path));
    expect(run_verify_new(medium), medium, "refused", ERROR_VOLUME_MISSING);
    run = run_verify_new(medium);
    install(run, medium, "null");
    expect(run, medium, "current", ERROR_OK);
    shows_case("C5");
}

static void a_package_in_anothers_place_is_refused(void **state)
{
    struct medium *medium = *state;
    char from[VOLUME_NAME_BYTES], to[VOLUME_NAME_BYTES];
    struct bytes document = medium_read(medium, package_path(medium, FLAGS, from));

    medium_remove(medium, "sallyport/export.p7m");
    medium_write(medium, package_path(medium, "null", to), document.data, document.size);
    bytes_clear(&document);
    expect(run_verify_new(medium), medium, "refused", ERROR_BAD_DIGEST);
}

/* The set's row and the package must agree in everything that both say. */
static void a_row_that_disagrees_is_refused(void **state)
{
    struct medium *medium = *state;
    struct set_package *row = &medium->set->packages[1];
    const struct set_package good = *row;
    struct bytes document;
    char path[VOLUME_NAME_BYTES];

    assert_string_equal(row->type, "null");
    document = medium_read(medium, package_path(medium, "null", path));
    for (int i = 0; i < 4; i++) {
        *row = good;
        row->issue += i == 0;
        row->size += i == 1;
        if (i == 2)
            snprintf(row->version, sizeof(row->version), "9");
        if (i == 3) {
            snprintf(row->type, sizeof(row->type), "null-sealed");
            medium_write(medium, package_path(medium, "null-sealed", path), document.data,
                         document.size);
        }
        medium_write_set(medium);
        medium_write_export(medium);
        if (i < 3)
            expect(run_verify_new(medium), medium, "refused", ERROR_BAD_DOCUMENT);
    }
    assert_string_equal(run_package_code(medium, "null-sealed", path), "bad-document");
    bytes_clear(&document);
}

/* ---- recipes ---- */

static const char *recipe_path(struct medium *medium, const char *type,
                               char out[static VOLUME_NAME_BYTES])
{
    struct run_verify *run = run_verify_new(medium);
    uint8_t digest[DIGEST_BYTES];
    struct bytes data;

    run_all(run, medium);
    bytes_init(&data, MIB);
    for (size_t i = 0; i < run->recipe_count; i++) {
        struct error err = {0};
        struct stat status;
        uint8_t *place;

        if (memcmp(run->recipe_packages[i], row_of(medium, type)->id, DIGEST_BYTES) != 0)
            continue;
        assert_int_equal(fstat(run->recipe_fds[i], &status), 0);
        assert_ok(bytes_reserve(&data, (size_t)status.st_size, &place, &err), &err);
        assert_ok(path_pread(run->recipe_fds[i], place, (size_t)status.st_size, 0, &err), &err);
        /* Sealed: nobody can change what was judged. */
        assert_int_equal(pwrite(run->recipe_fds[i], "x", 1, 0), -1);
        assert_int_equal(ftruncate(run->recipe_fds[i], 0), -1);
    }
    assert_true(data.size > 0);
    digest_of(data.data, data.size, digest);
    bytes_clear(&data);
    run_verify_free(run);
    return medium_path(VOLUME_RECIPE, NULL, 0, digest, out);
}

static void recipes_are_judged_before_they_are_handed_on(void **state)
{
    struct medium *medium = *state;
    char path[VOLUME_NAME_BYTES];
    struct bytes recipe = medium_read(medium, recipe_path(medium, "null", path));

    recipe.data[recipe.size - 1] ^= 1;
    medium_write(medium, path, recipe.data, recipe.size);
    expect(run_verify_new(medium), medium, "refused", ERROR_BAD_DIGEST);
    medium_remove(medium, "sallyport/export.p7m");
    expect(run_verify_new(medium), medium, "refused", ERROR_BAD_DIGEST);
    medium_write(medium, path, recipe.data, recipe.size - 1);
    expect(run_verify_new(medium), medium, "refused", ERROR_BAD_DIGEST);
    medium_remove(medium, path);
    expect(run_verify_new(medium), medium, "refused", ERROR_VOLUME_MISSING);
    bytes_clear(&recipe);
}

/* Signed and named by its digest, but no recipe, or not this package's. */
static void a_recipe_must_be_the_packages(void **state)
{
    struct medium *medium = *state;
    struct package_document package = {.type = "null", .version = "3", .issue = 3};
    char path[VOLUME_NAME_BYTES];
    struct bytes recipe = medium_read(medium, recipe_path(medium, FLAGS, path));

    package.schema_low = package.schema_high = package.abi_low = package.abi_high = 1;
    package.recipe_count = 1;
    package.files = 2;
    for (int i = 0; i < 2; i++) {
        if (i == 1)
            recipe.data[0] ^= 1;
        package.recipes[0].size = recipe.size;
        digest_of(recipe.data, recipe.size, package.recipes[0].digest);
        medium_place_package(medium, &package, bytes_view(&recipe), NULL);
        medium_write_set(medium);
        medium_write_export(medium);
        expect(run_verify_new(medium), medium, "refused", ERROR_BAD_RECIPE);
    }
    bytes_clear(&recipe);
}

static const uint8_t base_id[DIGEST_BYTES] = {9};
static struct bytes recipe_on_base;

/* The same recipe once more, as one that builds on a base and makes no use of it. */
static void add_base(struct package_document *package, struct bytes *recipe)
{
    struct package_recipe *row = &package->recipes[1];
    struct error err = {0};

    bytes_init(&recipe_on_base, MIB);
    assert_ok(bytes_put(&recipe_on_base, recipe->data, recipe->size, &err), &err);
    recipe_on_base.data[6] |= 1;
    *row = package->recipes[0];
    row->has_base = true;
    memcpy(row->base, base_id, DIGEST_BYTES);
    digest_of(recipe_on_base.data, recipe_on_base.size, row->digest);
    row->size = recipe_on_base.size;
    package->recipe_count = 2;
}

/* Whether the recipe of null that is handed on builds on the base. */
static bool builds_on(struct medium *medium, const char *type)
{
    struct run_verify *run = run_verify_new(medium);
    bool builds = false;

    json_object_set_new(run->request, "bases",
                        json_pack("{s:[o]}", type, document_json_digest(base_id)));
    run_all(run, medium);
    assert_string_equal(run_package_text(run, "null", "answer"), "fetch");
    for (size_t i = 0; i < run->recipe_count; i++)
        builds = builds || memcmp(run->recipe_bases[i], base_id, DIGEST_BYTES) == 0;
    run_verify_free(run);
    return builds;
}

static void a_recipe_builds_on_its_own_type_only(void **state)
{
    const struct medium_file files[] = {{"file", "bytes", 5}};
    struct medium *medium = *state;
    uint8_t digest[DIGEST_BYTES];
    char path[VOLUME_NAME_BYTES];

    medium->change = add_base;
    medium_add_package(medium, "null", "2", 2, files, 1, NULL);
    digest_of(recipe_on_base.data, recipe_on_base.size, digest);
    medium_write(medium, medium_path(VOLUME_RECIPE, NULL, 0, digest, path), recipe_on_base.data,
                 recipe_on_base.size);
    medium_write_set(medium);
    medium_write_export(medium);
    assert_true(builds_on(medium, "null"));
    assert_false(builds_on(medium, FLAGS));
    bytes_clear(&recipe_on_base);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, run_setup, run_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_floor_of_the_type_decides),
        CASE(what_was_withdrawn_or_failed_here_is_held),
        CASE(only_what_was_asked_for_is_fetched),
        CASE(a_package_goes_with_what_it_needs),
        CASE(a_package_waits_for_what_it_needs),
        CASE(what_is_held_holds_what_needs_it),
        CASE(what_is_installed_satisfies),
        CASE(a_damaged_package_holds_only_itself),
        CASE(a_package_that_was_not_exported_holds_itself),
        CASE(an_absent_package_is_on_another_volume),
        CASE(a_package_in_anothers_place_is_refused),
        CASE(a_row_that_disagrees_is_refused),
        CASE(recipes_are_judged_before_they_are_handed_on),
        CASE(a_recipe_must_be_the_packages),
        CASE(a_recipe_builds_on_its_own_type_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
