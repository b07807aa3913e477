/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/audit.h"
#include "agent/state-content.h"
#include "agent/state.h"
#include "media/base/instant.h"
#include "tests/scratch.h"

struct fixture {
    void *scratch;
    char folder[300];
    struct state *state;
};

static struct fixture fixture;

static int open_state(void **state)
{
    struct error err = {0};

    if (scratch_open(&fixture.scratch) < 0)
        return -1;
    snprintf(fixture.folder, sizeof(fixture.folder), "%s/state",
             ((struct scratch *)fixture.scratch)->path);
    return state_open(fixture.folder, "test", &fixture.state, &err);
}

static int close_state(void **state)
{
    state_close(fixture.state);
    return scratch_close(&fixture.scratch);
}

/* Closes and opens again: what was written is what is on disk. */
static void reopen(void)
{
    struct error err = {0};

    state_close(fixture.state);
    assert_ok(state_open(fixture.folder, "test", &fixture.state, &err), &err);
}

static void fill_digest(uint8_t digest[DIGEST_BYTES], uint8_t with)
{
    memset(digest, with, DIGEST_BYTES);
}

static struct bytes root_bytes[3];

static struct enrolment make_enrolment(uint8_t serial, const char *ring, size_t roots)
{
    struct enrolment enrolment = {
        .made_us = 5000, .root_count = roots, .roots = root_bytes, .key_count = 1};
    struct error err = {0};

    snprintf(enrolment.endpoint, sizeof(enrolment.endpoint), "ws-07");
    snprintf(enrolment.ring, sizeof(enrolment.ring), "%s", ring);
    memset(enrolment.serial, serial, sizeof(enrolment.serial));
    snprintf(enrolment.keys[0].id, sizeof(enrolment.keys[0].id), "key-%u", serial);
    memset(enrolment.keys[0].key, serial, ENROLMENT_KEY_BYTES);
    for (size_t i = 0; i < 3; i++) {
        bytes_clear(&root_bytes[i]);
        bytes_init(&root_bytes[i], 100);
        assert_ok(bytes_put_u8(&root_bytes[i], (uint8_t)(i + 1), &err), &err);
    }
    return enrolment;
}

static void the_folder_is_for_its_owner_only(void **state)
{
    struct stat status;

    assert_int_equal(stat(fixture.folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    shows_case("J1");
}

static void a_folder_that_others_may_write_in_is_refused(void **state)
{
    struct state *other = NULL;
    struct error err = {0};
    struct stat status;

    state_close(fixture.state);
    fixture.state = NULL;
    assert_int_equal(chmod(fixture.folder, 01777), 0);
    assert_refused(state_open(fixture.folder, "test", &other, &err), &err, ERROR_DENIED);
    assert_null(other);
    assert_non_null(strstr(err.words, "1777"));
    assert_int_equal(chmod(fixture.folder, 0755), 0);
    assert_ok(state_open(fixture.folder, "test", &fixture.state, &err), &err);
    assert_int_equal(stat(fixture.folder, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    if (geteuid() == 0) {
        state_close(fixture.state);
        fixture.state = NULL;
        assert_int_equal(chown(fixture.folder, 65534, 65534), 0);
        assert_refused(state_open(fixture.folder, "test", &other, &err), &err, ERROR_DENIED);
    }
    shows_case("J1");
}

static void a_second_agent_is_told_who_holds_the_folder(void **state)
{
    struct error err = {0};
    struct state *second;
    char holder[64];

    snprintf(holder, sizeof(holder), "held by test (pid %d)", (int)getpid());
    assert_refused(state_open(fixture.folder, "second", &second, &err), &err, ERROR_LOCKED);
    assert_null(second);
    assert_non_null(strstr(err.words, holder));
    shows_case("H9");
}

static void the_lock_ends_with_its_holder(void **state)
{
    struct error err = {0};
    int status;
    pid_t pid;

    state_close(fixture.state);
    fixture.state = NULL;
    pid = fork();
    if (pid == 0) {
        struct state *held;

        _exit(state_open(fixture.folder, "child", &held, &err) == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_ok(state_open(fixture.folder, "test", &fixture.state, &err), &err);
}

/* As when an agent is killed between a child's fork and its exec: the child has the lock. */
static void a_lock_that_a_dead_holders_child_has_is_waited_for(void **state)
{
    struct error err = {0};
    siginfo_t ended;
    int status;
    pid_t pid;

    state_close(fixture.state);
    fixture.state = NULL;
    pid = fork();
    if (pid == 0) {
        struct state *held;
        int result = state_open(fixture.folder, "child", &held, &err);

        if (result == 0 && fork() == 0)
            usleep(100000);
        _exit(result == 0 ? 0 : 1);
    }
    /* Its parent has not asked yet how it ended. */
    assert_int_equal(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT), 0);
    assert_ok(state_open(fixture.folder, "test", &fixture.state, &err), &err);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void a_damaged_database_is_refused(void **state)
{
    struct scratch *scratch = fixture.scratch;
    struct error err = {0};

    state_close(fixture.state);
    fixture.state = NULL;
    scratch_write(scratch, "state/state.db", "this is no database, and it is long enough to tell");
    assert_refused(state_open(fixture.folder, "test", &fixture.state, &err), &err,
                   ERROR_STATE_CORRUPT);
    shows_case("H8");
}

static void an_endpoint_without_enrolment_says_so(void **state)
{
    struct state_enrolment who;
    struct error err = {0};

    assert_refused(state_enrolment(fixture.state, &who, &err), &err, ERROR_NOT_ENROLLED);
}

static void an_enrolment_is_kept_and_used_once(void **state)
{
    struct enrolment enrolment = make_enrolment(1, "public", 2);
    uint8_t key[ENROLMENT_KEY_BYTES];
    struct state_enrolment who;
    struct error err = {0};
    struct bytes root;
    uint64_t version;

    assert_ok(state_enrol(fixture.state, &enrolment, false, "uid 0", &err), &err);
    reopen();
    assert_ok(state_enrolment(fixture.state, &who, &err), &err);
    assert_string_equal(who.endpoint, "ws-07");
    assert_string_equal(who.ring, "public");
    assert_ok(state_newest_root(fixture.state, &version, &root, &err), &err);
    assert_int_equal(version, 2);
    assert_int_equal(root.data[0], 2);
    bytes_clear(&root);
    assert_ok(state_content_key(fixture.state, "key-1", key, &err), &err);
    assert_int_equal(key[31], 1);
    assert_refused(state_content_key(fixture.state, "key-2", key, &err), &err, ERROR_WRONG_SECRET);
    assert_refused(state_enrol(fixture.state, &enrolment, false, "uid 0", &err), &err,
                   ERROR_ALREADY_ENROLLED);
    assert_refused(state_enrol(fixture.state, &enrolment, true, "uid 0", &err), &err,
                   ERROR_BLOCKED);
}

static void replacing_an_enrolment_keeps_floors_and_adds_roots(void **state)
{
    struct enrolment first = make_enrolment(1, "public", 2);
    struct enrolment second;
    struct floor floor = {.present = true, .time_us = 100, .number = 7};
    struct error err = {0};
    struct bytes root;
    uint64_t version;

    fill_digest(floor.digest, 1);
    assert_ok(state_enrol(fixture.state, &first, false, "uid 0", &err), &err);
    assert_ok(state_raise_floor(fixture.state, "ring:public", &floor, &err), &err);
    second = make_enrolment(2, "public", 3);
    assert_ok(state_enrol(fixture.state, &second, true, "uid 0", &err), &err);
    assert_ok(state_floor(fixture.state, "ring:public", &floor, &err), &err);
    assert_int_equal(floor.number, 7);
    assert_ok(state_newest_root(fixture.state, &version, &root, &err), &err);
    assert_int_equal(version, 3);
    bytes_clear(&root);
}

static void a_new_ring_begins_at_the_time_of_the_change(void **state)
{
    struct enrolment enrolment = make_enrolment(1, "public", 1);
    struct error err = {0};
    struct floor floor;
    uint8_t digest[DIGEST_BYTES];

    fill_digest(digest, 9);
    assert_ok(state_enrol(fixture.state, &enrolment, false, "uid 0", &err), &err);
    assert_ok(state_floor(fixture.state, "ring:public", &floor, &err), &err);
    assert_false(floor.present); /* the first ring has nothing to roll back */
    enrolment = make_enrolment(2, "internal", 1);
    assert_ok(state_enrol(fixture.state, &enrolment, true, "uid 0", &err), &err);
    assert_ok(state_floor(fixture.state, "ring:internal", &floor, &err), &err);
    assert_true(floor.present);
    assert_int_equal(floor_compare(&floor, 4999, 50, digest), FLOOR_OLDER);
    assert_int_equal(floor_compare(&floor, 5000, 1, digest), FLOOR_NEWER);
}

static void floors_never_go_down(void **state)
{
    struct floor floor = {.present = true, .time_us = 1000, .number = 5};
    struct floor lower = {.present = true, .time_us = 999, .number = 4};
    struct floor crossed = {.present = true, .time_us = 1001, .number = 4};
    struct error err = {0};
    int64_t newest;

    fill_digest(floor.digest, 1);
    fill_digest(lower.digest, 2);
    fill_digest(crossed.digest, 3);
    assert_ok(state_raise_floor(fixture.state, "type:x", &floor, &err), &err);
    assert_ok(state_raise_floor(fixture.state, "type:x", &floor, &err), &err);
    assert_refused(state_raise_floor(fixture.state, "type:x", &lower, &err), &err, ERROR_ROLLBACK);
    assert_refused(state_raise_floor(fixture.state, "type:x", &crossed, &err), &err,
                   ERROR_EQUIVOCATION);
    reopen();
    assert_ok(state_floor(fixture.state, "type:x", &floor, &err), &err);
    assert_int_equal(floor.time_us, 1000);
    assert_ok(state_number(fixture.state, "newest_time", &newest, &err), &err);
    assert_int_equal(newest, 1000);
}

static void only_a_reset_takes_a_floor_down(void **state)
{
    struct floor floor = {.present = true, .time_us = 1000, .number = 5};
    struct error err = {0};
    int64_t newest;
    bool changed;

    fill_digest(floor.digest, 1);
    assert_ok(state_raise_floor(fixture.state, "type:x", &floor, &err), &err);
    assert_ok(state_lower_floor(fixture.state, "type:x", 2000, 5, &changed, &err), &err);
    assert_false(changed);
    assert_ok(state_lower_floor(fixture.state, "type:other", 1, 1, &changed, &err), &err);
    assert_false(changed);
    assert_ok(state_floor(fixture.state, "type:other", &floor, &err), &err);
    assert_false(floor.present);
    assert_ok(state_lower_floor(fixture.state, "type:x", 900, 4, &changed, &err), &err);
    assert_true(changed);
    reopen();
    assert_ok(state_floor(fixture.state, "type:x", &floor, &err), &err);
    assert_int_equal(floor.time_us, 900);
    assert_int_equal(floor.number, 4);
    /* The newest time ever accepted is no floor of anything: it stays. */
    assert_ok(state_number(fixture.state, "newest_time", &newest, &err), &err);
    assert_int_equal(newest, 1000);
    assert_refused(state_lower_floor(fixture.state, "x", 1, 1, &changed, &err), &err,
                   ERROR_PROTOCOL);
    assert_refused(state_lower_floor(fixture.state, "type:../x", 1, 1, &changed, &err), &err,
                   ERROR_PROTOCOL);
}

static void a_floor_with_a_damaged_digest_is_not_taken_for_none(void **state)
{
    struct error err = {0};
    struct floor floor;

    assert_ok(
        db_run(state_db(fixture.state), "INSERT INTO floors VALUES('type:x', 1, 1, x'00')", &err),
        &err);
    assert_refused(state_floor(fixture.state, "type:x", &floor, &err), &err, ERROR_STATE_CORRUPT);
    shows_case("H8");
}

static void the_newest_crl_of_each_issuer_is_kept(void **state)
{
    uint8_t issuer[DIGEST_BYTES];
    struct error err = {0};
    struct db_query *query;

    fill_digest(issuer, 4);
    assert_ok(state_add_crl(fixture.state, issuer, 7, bytes_view_of("seven", 5), &err), &err);
    assert_ok(state_add_crl(fixture.state, issuer, 6, bytes_view_of("six", 3), &err), &err);
    assert_ok(db_query(state_db(fixture.state), &query, &err, "SELECT number FROM crls", ""), &err);
    assert_int_equal(db_step(query, &err), 1);
    assert_int_equal(db_integer(query, 0), 7);
    db_finish(query);
    assert_ok(state_add_crl(fixture.state, issuer, 8, bytes_view_of("eight", 5), &err), &err);
    assert_refused(state_add_crl(fixture.state, issuer, UINT64_MAX, bytes_view_of("x", 1), &err),
                   &err, ERROR_BAD_CRL);
}

static void root_documents_are_added_in_order(void **state)
{
    struct error err = {0};

    assert_ok(state_add_root(fixture.state, 1, bytes_view_of("1", 1), &err), &err);
    assert_refused(state_add_root(fixture.state, 3, bytes_view_of("3", 1), &err), &err,
                   ERROR_ROOT_GAP);
    assert_refused(state_add_root(fixture.state, 1, bytes_view_of("1", 1), &err), &err,
                   ERROR_ROOT_GAP);
}

static void a_package_comes_back_as_it_was_put(void **state)
{
    struct state_package package = {.type = "behavior",
                                    .version = "2031.4",
                                    .issue = 9,
                                    .time_us = 77,
                                    .files = 2,
                                    .bytes = 1000,
                                    .sealed = "key-1",
                                    .schema_low = 1,
                                    .schema_high = 3,
                                    .abi_low = 1,
                                    .abi_high = 1,
                                    .requirement_count = 1,
                                    .requirements = {{"product-rules-feed", 4}}};
    struct state_package back;
    struct error err = {0};
    char id[DIGEST_TEXT_BYTES];
    bool present, holds;
    char **types;
    size_t count;

    fill_digest(package.id, 1);
    fill_digest(package.set_digest, 2);
    assert_ok(state_put_package(fixture.state, STATE_STAGED, &package, &err), &err);
    reopen();
    assert_ok(state_package(fixture.state, "behavior", STATE_ACTIVE, &back, &present, &err), &err);
    assert_false(present);
    assert_ok(state_package(fixture.state, "behavior", STATE_STAGED, &back, &present, &err), &err);
    assert_true(present);
    assert_true(back.at_us > 0);
    package.at_us = back.at_us; /* filled in by reading */
    assert_memory_equal(&back, &package, sizeof(back));
    assert_ok(state_holds(fixture.state, "behavior", digest_text(package.id, id), &holds, &err),
              &err);
    assert_true(holds);
    assert_ok(state_types(fixture.state, STATE_STAGED, &types, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_string_equal(types[0], "behavior");
    path_free_names(types, count);
    assert_ok(state_drop_package(fixture.state, "behavior", STATE_STAGED, &err), &err);
    assert_ok(state_holds(fixture.state, "behavior", id, &holds, &err), &err);
    assert_false(holds);
}

static void a_set_seen_again_keeps_when_it_was_first_seen(void **state)
{
    struct state_set set = {.ring = "public", .sequence = 3, .time_us = 10, .seen_us = 100};
    struct state_set back;
    struct error err = {0};
    bool present;

    fill_digest(set.digest, 1);
    set.waves = json_object();
    set.flags = json_object();
    assert_ok(state_put_set(fixture.state, &set, &err), &err);
    set.seen_us = 200;
    assert_ok(state_put_set(fixture.state, &set, &err), &err);
    assert_ok(state_set(fixture.state, "public", &back, &present, &err), &err);
    assert_true(present);
    assert_int_equal(back.seen_us, 100);
    state_set_clear(&back);
    set.sequence = 4;
    fill_digest(set.digest, 2);
    assert_ok(state_put_set(fixture.state, &set, &err), &err);
    assert_ok(state_set(fixture.state, "public", &back, &present, &err), &err);
    assert_int_equal(back.seen_us, 200);
    assert_int_equal(back.sequence, 4);
    state_set_clear(&back);
    state_set_clear(&set);
}

static void withdrawn_and_quarantined_ids_stay(void **state)
{
    struct error why = {.code = ERROR_DRIVER_FAILED, .words = "crashed"};
    struct error err = {0};
    uint8_t id[DIGEST_BYTES];
    bool withdrawn, harmful, quarantined;
    char reason[64];
    json_t *list;

    fill_digest(id, 5);
    assert_ok(state_add_withdrawn(fixture.state, id, "bad rule", "", true, &err), &err);
    assert_ok(state_add_withdrawn(fixture.state, id, "changed words", "", false, &err), &err);
    assert_ok(state_withdrawn(fixture.state, id, &withdrawn, &harmful, reason, 64, &err), &err);
    assert_true(withdrawn && harmful);
    assert_string_equal(reason, "bad rule");
    assert_ok(state_quarantine(fixture.state, id, "x", &why, &err), &err);
    assert_ok(state_quarantined(fixture.state, id, &quarantined, &err), &err);
    assert_true(quarantined);
    assert_ok(state_id_list(fixture.state, "quarantine", &list, &err), &err);
    assert_int_equal(json_array_size(list), 1);
    json_decref(list);
}

static void an_ailment_lasts_until_it_heals(void **state)
{
    struct error why = {.code = ERROR_DRIVER_REFUSED, .words = "rules.lua:3: no"};
    struct error back, err = {0};
    bool ailing;

    assert_ok(state_ail(fixture.state, "behavior", NULL, &why, &err), &err);
    assert_ok(state_ailment(fixture.state, "behavior", &back, &ailing, &err), &err);
    assert_true(ailing);
    assert_int_equal(back.code, ERROR_DRIVER_REFUSED);
    assert_string_equal(back.words, why.words);
    assert_ok(state_heal(fixture.state, "behavior", &err), &err);
    assert_ok(state_ailment(fixture.state, "behavior", &back, &ailing, &err), &err);
    assert_false(ailing);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, open_state, close_state)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(the_folder_is_for_its_owner_only),
        ROW(a_folder_that_others_may_write_in_is_refused),
        ROW(a_second_agent_is_told_who_holds_the_folder),
        ROW(the_lock_ends_with_its_holder),
        ROW(a_lock_that_a_dead_holders_child_has_is_waited_for),
        ROW(a_damaged_database_is_refused),
        ROW(an_endpoint_without_enrolment_says_so),
        ROW(an_enrolment_is_kept_and_used_once),
        ROW(replacing_an_enrolment_keeps_floors_and_adds_roots),
        ROW(a_new_ring_begins_at_the_time_of_the_change),
        ROW(floors_never_go_down),
        ROW(only_a_reset_takes_a_floor_down),
        ROW(a_floor_with_a_damaged_digest_is_not_taken_for_none),
        ROW(the_newest_crl_of_each_issuer_is_kept),
        ROW(root_documents_are_added_in_order),
        ROW(a_package_comes_back_as_it_was_put),
        ROW(a_set_seen_again_keeps_when_it_was_first_seen),
        ROW(withdrawn_and_quarantined_ids_stay),
        ROW(an_ailment_lasts_until_it_heals),
    };

    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
