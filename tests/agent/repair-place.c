/* SPDX-License-Identifier: ISC */
#include "tests/agent/repair-place.h"

#include <sys/stat.h>

static int make_folder(const struct scratch *scratch, const char *name, char out[static 300])
{
    snprintf(out, 300, "%s/%s", scratch->path, name);
    return mkdir(out, 0755);
}

static int link_broker(const struct repair_place *place)
{
    const char *top = getenv("TOP_BUILDDIR");
    char absolute[4096], from[4200], to[400];

    if (realpath(top != NULL ? top : ".", absolute) == NULL)
        return -1;
    snprintf(from, sizeof(from), "%s/agent/sallyport-repaird", absolute);
    snprintf(to, sizeof(to), "%s/sallyport-repaird", place->libexec);
    return symlink(from, to);
}

int repair_place_make(struct repair_place *place)
{
    struct error err = {0};
    const struct scratch *scratch;

    *place = (struct repair_place){.state = NULL};
    if (scratch_open(&place->scratch) < 0)
        return -1;
    scratch = place->scratch;
    snprintf(place->folder, sizeof(place->folder), "%s/state", scratch->path);
    if (make_folder(scratch, "libexec", place->libexec) < 0 ||
        make_folder(scratch, "etc", place->etc) < 0 || link_broker(place) < 0 ||
        state_open(place->folder, "test", &place->state, &err) < 0)
        return -1;
    place->config.libexec = place->libexec;
    place->config.folder = place->etc;
    place->import = (struct import){.state = place->state, .config = &place->config};
    return 0;
}

int repair_place_remove(struct repair_place *place)
{
    state_close(place->state);
    return scratch_close(&place->scratch);
}

mode_t repair_place_mode(const struct repair_place *place, const char *name)
{
    struct stat status;

    assert_int_equal(
        fstatat(((struct scratch *)place->scratch)->fd, name, &status, AT_SYMLINK_NOFOLLOW), 0);
    return status.st_mode & 07777;
}
