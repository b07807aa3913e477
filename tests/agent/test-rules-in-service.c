/* SPDX-License-Identifier: ISC
 *
 * Rules of a repair-kit and of appfeed in their real drivers, with the real programs that answer what
 * they ask: what a rule says in Lua is done, or left out of scans, on the endpoint.
 */
#include "tests/agent/host-place.h"

#include <sys/stat.h>
#include <unistd.h>

#include "agent/exclusion-list.h"
#include "agent/exclusion-round.h"
#include "agent/flag-gate.h"
#include "agent/repair-note.h"
#include "agent/repair-round.h"

struct service {
    struct host_place place;
    char etc[300], root[300];
    struct exclusion_round round;
    struct import import;
};

static int answer(void *context, const char *family, const char *call, const json_t *arguments,
                  json_t **value, char reason[static ERROR_WORDS_BYTES], struct error *err)
{
    struct service *service = context;

    assert_string_equal(family, EXCLUSION_FAMILY);
    return exclusion_round_call(&service->round, call, arguments, value, reason, err);
}

static void link_programs(struct host_place *place)
{
    static const char *const programs[][2] = {
        {"agent/sallyport-inventory", "sallyport-inventory"},
        {"agent/sallyport-repaird", "sallyport-repaird"},
        {"drivers/sallyport-driver-exclusions", "sallyport-driver-exclusions"},
        {"drivers/sallyport-driver-repair", "sallyport-driver-repair"},
    };

    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        host_place_link(place, programs[i][0], programs[i][1]);
}

static int set_up(void **state)
{
    struct service *service = bytes_allocate(1, sizeof(*service));
    struct host_place *place = &service->place;
    const struct driver_host_listener listener = {.call = answer, .context = service};
    const struct scratch *scratch;
    struct error err = {0};
    int root;

    if (host_place_make(place) < 0)
        return -1;
    scratch = place->scratch;
    root = scratch_folder(scratch->fd, "root");
    assert_int_equal(fchmod(root, 0755), 0);
    close(root);
    snprintf(service->root, sizeof(service->root), "%s/root", scratch->path);
    snprintf(service->etc, sizeof(service->etc), "%s/etc", scratch->path);
    place->config.inventory_root = service->root;
    place->config.folder = service->etc;
    link_programs(place);
    host_place_start(place);
    driver_host_listen(place->drivers, &listener);
    assert_ok(state_set_number(place->state, FLAG_GATE_ON "appfeed", 1, &err), &err);
    assert_ok(state_set_number(place->state, FLAG_GATE_ON "repair-kit", 1, &err), &err);
    service->round = (struct exclusion_round){
        .state = place->state, .drivers = place->drivers, .config = &place->config};
    service->import =
        (struct import){.state = place->state, .config = &place->config, .drivers = place->drivers};
    *state = service;
    return 0;
}

static int tear_down(void **state)
{
    struct service *service = *state;

    host_place_stop(&service->place);
    host_place_remove(&service->place);
    free(service);
    return 0;
}

static void serve(struct service *service, const char *type, const char *rule)
{
    const struct host_file file = {"a.lua", rule, strlen(rule)};
    struct error err = {0};

    assert_ok(host_place_put(&service->place, type, &file, 1, &err), &err);
}

static const char kit[] =
    "repair{id='kits', title='Folder readable by others',\n"
    " check=function() local s = host.stat('state:kits') return s == nil or s.mode == '0700' end,\n"
    " fix=function() return host.set_mode('state:kits', '0700') end}\n"
    "selftest{files={['state:kits']={kind='dir', mode='0755'}}, calls={'set_mode'}}\n"
    "selftest{files={}, calls={}}\n";

/* How many changes the round tells of. */
static size_t repair(struct service *service, bool dry_run)
{
    struct error err = {0};
    struct repair_kit run;
    size_t done;

    repair_kit_begin(&run, &service->import, "uid 0", true, dry_run);
    assert_ok(repair_round_run(&run, REPAIR_ROUND_LATE, &err), &err);
    done = json_array_size(run.done);
    repair_kit_end(&run);
    return done;
}

static void assert_mode(struct service *service, mode_t expected)
{
    struct stat status;

    assert_int_equal(fstatat(state_folder(service->place.state), "kits", &status, 0), 0);
    assert_int_equal(status.st_mode & 07777, expected);
}

static void a_rule_repairs(void **state)
{
    struct service *service = *state;
    struct error err = {0};
    json_t *list;
    bool failed;

    serve(service, "repair-kit", kit);
    assert_int_equal(mkdirat(state_folder(service->place.state), "kits", 0755), 0);
    assert_int_equal(repair(service, true), 1);
    assert_mode(service, 0755);
    assert_int_equal(repair(service, false), 1);
    assert_mode(service, 0700);
    assert_int_equal(repair(service, false), 0);
    assert_ok(repair_note_list(service->place.state, &list, &failed, &err), &err);
    assert_false(failed);
    json_decref(list);
}

static const char feed[] =
    "app{id='acme', title='Acme', installed=function() return host.read('/opt/acme/version') end,\n"
    " exclude=function(v) return {{path='/opt/acme/data/', reason='data'},\n"
    "  {path='/opt', reason='all'}} end}\n"
    "selftest{files={['/opt/acme/version']='7'}, excludes={'/opt/acme/data/', '/opt'}}\n"
    "selftest{files={}, excludes={}}\n";

static const char *text_of(const json_t *value, const char *list, const char *key)
{
    const json_t *rows = json_object_get(value, list);

    assert_int_equal(json_array_size(rows), 1);
    return json_string_value(json_object_get(json_array_get(rows, 0), key));
}

static void what_a_rule_finds_is_left_out_of_scans(void **state)
{
    struct service *service = *state;
    const struct scratch *scratch = service->place.scratch;
    struct error err = {0};
    json_t *value;

    assert_ok(path_make_folders(scratch->fd, "root/opt/acme/data", 0755, &err), &err);
    scratch_put(scratch->fd, "root/opt/acme/version", "7", 1);
    assert_int_equal(fchmodat(scratch->fd, "root/opt/acme/version", 0644, 0), 0);
    serve(service, "appfeed", feed);
    assert_ok(exclusion_round_run(&service->round, EXCLUSION_ROUND_CONTENT, "test", &err), &err);
    assert_ok(exclusion_list_value(service->place.state, &value, &err), &err);
    assert_string_equal(text_of(value, "runs", "words"), "");
    assert_string_equal(text_of(value, "exclusions", "path"), "/opt/acme/data/");
    assert_string_equal(text_of(value, "exclusions", "version"), "7");
    assert_string_equal(text_of(value, "refused", "verdict"), "system-folder");
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_rule_repairs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_rule_finds_is_left_out_of_scans, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
