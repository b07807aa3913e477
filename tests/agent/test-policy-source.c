/* SPDX-License-Identifier: ISC
 *
 * Which policy documents count: signed ones before the site's, and the site's only where nobody else
 * can have written them.
 */
#include "tests/scratch.h"

#include <sys/stat.h>
#include <unistd.h>

#include "agent/policy-source.h"
#include "agent/state-recipe.h"
#include "media/base/publish.h"

struct place {
    void *scratch;
    char folder[300];
    struct state *state;
    struct policy_source source;
};

static struct scratch *scratch_of(struct place *place)
{
    return place->scratch;
}

static int set_up(void **state)
{
    struct place *place = bytes_allocate(1, sizeof(*place));
    char folder[300];
    struct error err = {0};

    if (scratch_open(&place->scratch) < 0)
        return -1;
    snprintf(folder, sizeof(folder), "%s/state", scratch_of(place)->path);
    snprintf(place->folder, sizeof(place->folder), "%s/policy", scratch_of(place)->path);
    assert_ok(state_open(folder, "test", &place->state, &err), &err);
    assert_ok(path_make_folders(scratch_of(place)->fd, "policy", 0755, &err), &err);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    int result;

    policy_source_close(&place->source);
    state_close(place->state);
    result = scratch_close(&place->scratch);
    free(place);
    return result;
}

static void put(struct place *place, const char *name, mode_t mode)
{
    char path[200];
    struct error err = {0};

    snprintf(path, sizeof(path), "policy/%s", name);
    assert_ok(publish_file(scratch_of(place)->fd, path, "<p/>", 4, 0644, &err), &err);
    assert_int_equal(fchmodat(scratch_of(place)->fd, path, mode, 0), 0);
}

static void look(struct place *place)
{
    struct error err = {0};

    policy_source_close(&place->source);
    assert_ok(policy_source_open(place->state, place->folder, &place->source, &err), &err);
}

static void assert_left(struct place *place, const char *stem, const char *words)
{
    const struct policy_document *document = policy_source_find(&place->source, stem);

    assert_non_null(document);
    assert_int_equal(document->fd, -1);
    if (strstr(document->words, words) == NULL)
        fail_msg("%s, expected %s", document->words, words);
}

static void assert_taken(struct place *place, const char *stem, bool is_signed)
{
    const struct policy_document *document = policy_source_find(&place->source, stem);

    assert_non_null(document);
    assert_true(document->fd >= 0);
    assert_string_equal(document->words, "");
    assert_int_equal(document->is_signed, is_signed);
}

static void an_absent_folder_is_an_empty_one(void **state)
{
    struct place *place = *state;

    assert_int_equal(rmdir(place->folder), 0);
    look(place);
    assert_int_equal(place->source.count, 0);
    assert_string_equal(place->source.trouble, "");
}

static void documents_that_others_can_write_do_not_count(void **state)
{
    struct place *place = *state;
    struct error err = {0};
    char path[400];

    put(place, "b.xml", 0600);
    put(place, "a.xml", 0644);
    put(place, "group.xml", 0664);
    put(place, "world.xml", 0602);
    put(place, "Big.xml", 0644);
    put(place, ".hidden.xml", 0644);
    put(place, "README", 0666);
    assert_int_equal(symlinkat("a.xml", scratch_of(place)->fd, "policy/link.xml"), 0);
    assert_ok(path_make_folders(scratch_of(place)->fd, "policy/folder.xml", 0755, &err), &err);
    assert_int_equal(mkfifoat(scratch_of(place)->fd, "policy/pipe.xml", 0600), 0);
    put(place, "long.xml", 0644);
    snprintf(path, sizeof(path), "%s/long.xml", place->folder);
    assert_int_equal(truncate(path, LIMIT_POLICY_BYTES + 1), 0);
    look(place);
    assert_int_equal(place->source.count, 9);
    assert_taken(place, "a", false);
    assert_taken(place, "b", false);
    assert_left(place, "group", "mode 0664");
    assert_left(place, "world", "mode 0602");
    assert_left(place, "link", "link.xml");
    assert_left(place, "folder", "not a regular file");
    assert_left(place, "pipe", "not a regular file");
    assert_left(place, "long", "more than 1048576");
    assert_string_equal(place->source.documents[0].stem, "");
    assert_non_null(strstr(place->source.documents[0].words, "Big.xml: expected a name"));
    shows_case("J5");
}

static void another_users_document_does_not_count(void **state)
{
    struct place *place = *state;

    if (geteuid() != 0)
        skip();
    put(place, "a.xml", 0644);
    assert_int_equal(fchownat(scratch_of(place)->fd, "policy/a.xml", 65534, 0, 0), 0);
    look(place);
    assert_left(place, "a", "belongs to uid 65534: expected root");
    assert_int_equal(fchownat(scratch_of(place)->fd, "policy", 65534, 0, 0), 0);
    look(place);
    assert_int_equal(place->source.count, 0);
    assert_non_null(strstr(place->source.trouble, "belongs to uid 65534"));
}

static void a_folder_that_others_can_write_does_not_count(void **state)
{
    struct place *place = *state;
    char name[40];

    put(place, "a.xml", 0644);
    assert_int_equal(chmod(place->folder, 0775), 0);
    look(place);
    assert_int_equal(place->source.count, 0);
    assert_non_null(strstr(place->source.trouble, "mode 0775"));
    assert_int_equal(chmod(place->folder, 0755), 0);
    for (int i = 0; i < LIMIT_POLICY_DOCUMENTS; i++) {
        snprintf(name, sizeof(name), "b%d.xml", i);
        put(place, name, 0644);
    }
    look(place);
    assert_non_null(strstr(place->source.trouble, "more than POLICY_DOCUMENTS"));
}

/* A policy package in service, of the files a.xml and c.xml. */
static void install(struct place *place, struct state_package *package)
{
    struct error err = {0};
    char id[DIGEST_TEXT_BYTES], name[300];

    *package = (struct state_package){.type = "policy", .version = "5", .issue = 1};
    digest_of("x", 1, package->id);
    snprintf(name, sizeof(name), "content/policy/%s", digest_text(package->id, id));
    assert_ok(path_make_folders(state_folder(place->state), name, 0755, &err), &err);
    for (const char *stem = "ac"; *stem != '\0'; stem++) {
        snprintf(name, sizeof(name), "content/policy/%s/%c.xml", id, *stem);
        assert_ok(publish_file(state_folder(place->state), name, "<p/>", 4, 0644, &err), &err);
    }
    assert_ok(state_put_package(place->state, STATE_ACTIVE, package, &err), &err);
}

static void a_signed_document_hides_the_sites_and_no_other(void **state)
{
    struct place *place = *state;
    struct state_package package;
    struct error err = {0};

    install(place, &package);
    put(place, "a.xml", 0666); /* hidden, whatever is wrong with it */
    put(place, "b.xml", 0644);
    look(place);
    assert_int_equal(place->source.count, 3);
    assert_taken(place, "a", true);
    assert_taken(place, "b", false);
    assert_taken(place, "c", true);
    /* Whoever damages what is signed does not get his own in. */
    assert_ok(state_damage(place->state, package.id, "policy", "changed", &err), &err);
    policy_source_close(&place->source);
    assert_refused(policy_source_open(place->state, place->folder, &place->source, &err), &err,
                   ERROR_BAD_DIGEST);
}

static void a_change_of_the_folder_shows(void **state)
{
    uint8_t first[DIGEST_BYTES], again[DIGEST_BYTES];
    static const uint8_t none[DIGEST_BYTES];
    struct place *place = *state;

    put(place, "a.xml", 0644);
    policy_source_look(place->folder, first);
    policy_source_look(place->folder, again);
    assert_memory_equal(first, again, DIGEST_BYTES);
    put(place, "a.xml", 0664);
    policy_source_look(place->folder, again);
    assert_memory_not_equal(first, again, DIGEST_BYTES);
    policy_source_look("/no/such/folder", again);
    assert_memory_equal(again, none, DIGEST_BYTES);
}

#define PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE(an_absent_folder_is_an_empty_one),
        PLACE(documents_that_others_can_write_do_not_count),
        PLACE(another_users_document_does_not_count),
        PLACE(a_folder_that_others_can_write_does_not_count),
        PLACE(a_signed_document_hides_the_sites_and_no_other),
        PLACE(a_change_of_the_folder_shows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
