/* SPDX-License-Identifier: ISC */
#include "tests/agent/host-place.h"

#include <unistd.h>

#include "agent/activate.h"
#include "agent/flag-gate.h"
#include "media/base/instant.h"
#include "media/base/publish.h"

int host_place_make(struct host_place *place)
{
    const struct scratch *scratch;
    struct error err = {0};

    if (scratch_open(&place->scratch) < 0)
        return -1;
    scratch = place->scratch;
    snprintf(place->folder, sizeof(place->folder), "%s/state", scratch->path);
    snprintf(place->libexec, sizeof(place->libexec), "%s/libexec", scratch->path);
    assert_ok(path_make_folders(scratch->fd, "libexec", 0755, &err), &err);
    place->config.libexec = place->libexec;
    return 0;
}

void host_place_remove(struct host_place *place)
{
    assert_int_equal(scratch_close(&place->scratch), 0);
}

void host_place_link(struct host_place *place, const char *from, const char *name)
{
    const char *top = getenv("TOP_BUILDDIR");
    char absolute[4096], target[5000], link[600];

    assert_non_null(realpath(top != NULL ? top : ".", absolute));
    snprintf(target, sizeof(target), "%s/%s", absolute, from);
    snprintf(link, sizeof(link), "%s/%s", place->libexec, name);
    assert_int_equal(symlink(target, link), 0);
}

void host_place_start(struct host_place *place)
{
    struct error err = {0};

    assert_ok(state_open(place->folder, "test", &place->state, &err), &err);
    /* No flags driver is here to say so. */
    assert_ok(state_set_number(place->state, FLAG_GATE_ON "behavior", 1, &err), &err);
    place->drivers = driver_host_new(place->state, &place->config);
    assert_ok(driver_host_start(place->drivers, &err), &err);
}

void host_place_stop(struct host_place *place)
{
    driver_host_free(place->drivers);
    state_close(place->state);
}

int host_place_put(struct host_place *place, const char *type, const struct host_file *files,
                   size_t count, struct error *err)
{
    const struct activate activate = {place->state, place->drivers, "test"};
    struct state_package package = {.issue = ++place->issue,
                                    .time_us = instant_clock(),
                                    .schema_low = 1,
                                    .schema_high = 1,
                                    .abi_low = 1,
                                    .abi_high = 1};
    char id[DIGEST_TEXT_BYTES], name[400];

    snprintf(package.type, sizeof(package.type), "%s", type);
    snprintf(package.version, sizeof(package.version), "%u", place->issue);
    memset(package.id, place->issue, DIGEST_BYTES);
    snprintf(name, sizeof(name), "content/%s/%s", type, digest_text(package.id, id));
    assert_ok(path_make_folders(state_folder(place->state), name, 0700, err), err);
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "content/%s/%s/%s", type, id, files[i].name);
        assert_ok(
            publish_file(state_folder(place->state), name, files[i].data, files[i].size, 0400, err),
            err);
    }
    assert_ok(activate_stage(&activate, &package, err), err);
    return activate_type(&activate, type, err);
}
