/* SPDX-License-Identifier: ISC */
#include "tests/agent/endpoint.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/activate.h"
#include "agent/audit.h"
#include "media/base/instant.h"

struct endpoint end;

static void count_step(void *context, const char *name, const char *words, uint64_t done,
                       uint64_t total)
{
    end.steps++;
}

void open_endpoint(void)
{
    struct error err = {0};

    assert_ok(state_open(end.folder, "test", &end.state, &err), &err);
    assert_ok(activate_recover(end.state, &err), &err);
    end.drivers = driver_host_new(end.state, &end.config);
    assert_ok(driver_host_start(end.drivers, &err), &err);
    end.import = (struct import){
        .state = end.state, .config = &end.config, .drivers = end.drivers, .step = count_step};
}

void close_endpoint(void)
{
    driver_host_free(end.drivers);
    state_close(end.state);
    end.drivers = NULL;
    end.state = NULL;
}

/* The programs lie in two folders of the build; on an endpoint they lie in one. */
static void link_programs(const char *top)
{
    static const char *const programs[] = {
        "agent/sallyport-verify",        "agent/sallyport-intake",
        "agent/sallyport-reader-dir",    "agent/sallyport-reader-image",
        "drivers/sallyport-driver-null", "drivers/sallyport-driver-flags"};
    char absolute[4096], from[5000], to[5000];

    assert_non_null(realpath(top, absolute));
    snprintf(end.libexec, sizeof(end.libexec), "%s/libexec", ((struct scratch *)end.scratch)->path);
    assert_int_equal(mkdir(end.libexec, 0755), 0);
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        snprintf(from, sizeof(from), "%s/%s", absolute, programs[i]);
        snprintf(to, sizeof(to), "%s%s", end.libexec, strrchr(programs[i], '/'));
        assert_int_equal(symlink(from, to), 0);
    }
}

static void enrol(bool test_endpoint)
{
    struct enrolment enrolment = {.test_endpoint = test_endpoint,
                                  .made_us = instant_clock(),
                                  .root_count = 1,
                                  .roots = &end.medium->root_p7m};
    struct error err = {0};

    snprintf(enrolment.endpoint, sizeof(enrolment.endpoint), "ws-07");
    snprintf(enrolment.ring, sizeof(enrolment.ring), MEDIUM_RING);
    assert_ok(state_enrol(end.state, &enrolment, false, "test", &err), &err);
}

int set_up(void **state)
{
    const char *top = getenv("TOP_BUILDDIR");

    end = (struct endpoint){.steps = 0};
    end.medium = medium_small();
    if (scratch_open(&end.scratch) < 0)
        return -1;
    link_programs(top != NULL ? top : ".");
    snprintf(end.folder, sizeof(end.folder), "%s/state", ((struct scratch *)end.scratch)->path);
    end.config.libexec = end.libexec;
    end.config.state = end.folder;
    open_endpoint();
    enrol(true);
    return 0;
}

int tear_down(void **state)
{
    close_endpoint();
    json_decref(end.reply);
    medium_free(end.medium);
    return scratch_close(&end.scratch);
}

int run_import(bool dry_run, struct error *err)
{
    const struct import_request request = {
        .source = end.medium->path, .who = "uid 1000", .dry_run = dry_run};

    json_decref(end.reply);
    end.reply = NULL;
    return import_run(&end.import, &request, &end.reply, err);
}

const char *text(const char *key)
{
    const char *value = json_string_value(json_object_get(end.reply, key));

    return value != NULL ? value : "(null)";
}

const char *package_text(const char *type, const char *key)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(end.reply, "packages"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "type")), type) == 0)
            return json_string_value(json_object_get(row, key));
    }
    return "(none)";
}

void assert_import(const char *result, bool changed)
{
    struct error err = {0};

    assert_ok(run_import(false, &err), &err);
    assert_string_equal(text("result"), result);
    assert_int_equal(json_is_true(json_object_get(end.reply, "changed")), changed);
}

void assert_import_refused(enum error_code code)
{
    struct error err = {0};

    assert_refused(run_import(false, &err), &err, code);
    assert_null(end.reply);
}

uint64_t active_issue(const char *type)
{
    struct state_package package;
    struct error err = {0};
    bool present;

    assert_ok(state_package(end.state, type, STATE_ACTIVE, &package, &present, &err), &err);
    return present ? package.issue : 0;
}

uint64_t floor_number(const char *subject)
{
    struct floor floor;
    struct error err = {0};

    assert_ok(state_floor(end.state, subject, &floor, &err), &err);
    return floor.present ? floor.number : 0;
}

uint64_t audit_records(void)
{
    uint8_t head[DIGEST_BYTES];
    struct error err = {0};
    uint64_t records;

    assert_ok(audit_verify(end.state, &records, head, &err), &err);
    return records;
}

/* What the last audit record says. */
void assert_last_record(const char *what, const char *code)
{
    struct error err = {0};
    json_t *list, *record;

    assert_ok(audit_list(end.state, audit_records() - 1, 1, &list, &err), &err);
    record = json_array_get(list, 0);
    assert_string_equal(json_string_value(json_object_get(record, "what")), what);
    assert_string_equal(json_string_value(json_object_get(record, "code")), code);
    json_decref(list);
}

bool is_there(const char *name)
{
    return faccessat(state_folder(end.state), name, F_OK, 0) == 0;
}

/* The next null package of the medium, in a new set. */
void next_medium(const char *version, uint64_t issue, const char *file, const char *words)
{
    const struct medium_file files[] = {{file, words, strlen(words)}};

    medium_add_package(end.medium, "null", version, issue, files, 1, NULL);
    medium_write_set(end.medium);
    medium_write_export(end.medium);
}

uint64_t null_issue(void)
{
    return end.medium->set->packages[1].issue;
}

/* Puts another program into the place of one of ours. */
void replace_program(const char *name, const char *with)
{
    char path[5000];

    snprintf(path, sizeof(path), "%s/%s", end.libexec, name);
    assert_int_equal(unlink(path), 0);
    if (with != NULL)
        assert_int_equal(symlink(with, path), 0);
}
