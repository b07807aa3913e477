/* SPDX-License-Identifier: ISC
 *
 * A real driver process and a folder of content for it.
 */
#ifndef TESTS_MEDIA_DRIVER_SCENE_H
#define TESTS_MEDIA_DRIVER_SCENE_H

#include "tests/scratch.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "media/driver-run.h"

struct scene {
    void *scratch;
    struct driver_run *run;
    char libexec[512];
    int content;
};

static inline const char *libexec(struct scene *scene)
{
    const char *top = getenv("TOP_BUILDDIR");

    snprintf(scene->libexec, sizeof(scene->libexec), "%s/drivers", top != NULL ? top : ".");
    return scene->libexec;
}

static inline void start(struct scene *scene, const char *family, int deadline_ms)
{
    struct driver_run_options options = {.libexec = libexec(scene), .deadline_ms = deadline_ms};
    struct error err = {0};

    assert_ok(driver_run_start(family, &options, &scene->run, &err), &err);
}

static inline int setup(void **state)
{
    struct scene *scene = bytes_allocate(1, sizeof(*scene));
    struct scratch *scratch;

    if (scratch_open(&scene->scratch) < 0)
        return -1;
    scratch = scene->scratch;
    if (mkdirat(scratch->fd, "content", 0700) < 0)
        return -1;
    scene->content = openat(scratch->fd, "content", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = scene;
    return scene->content < 0 ? -1 : 0;
}

static inline int teardown(void **state)
{
    struct scene *scene = *state;

    driver_run_stop(scene->run);
    close(scene->content);
    scratch_close(&scene->scratch);
    free(scene);
    return 0;
}

static inline void put(struct scene *scene, const char *name, const char *text)
{
    struct scratch content = {.fd = scene->content};

    scratch_write(&content, name, text);
}

#endif
