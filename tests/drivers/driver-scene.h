/* SPDX-License-Identifier: ISC
 *
 * For cmocka: a real driver program that runs, and a folder for what it is given.
 */
#ifndef TESTS_DRIVERS_DRIVER_SCENE_H
#define TESTS_DRIVERS_DRIVER_SCENE_H

#include "tests/scratch.h"

#include "media/driver-run.h"

struct scene {
    void *scratch; /* struct scratch */
    struct driver_run *run;
    int content; /* the scratch folder */
};

/* *state is the struct scene. */
static inline int scene_open(void **state, const char *family)
{
    struct scene *scene = bytes_allocate(1, sizeof(*scene));
    const char *top = getenv("TOP_BUILDDIR");
    struct driver_run_options options = {0};
    char libexec[512];
    struct error err = {0};

    snprintf(libexec, sizeof(libexec), "%s/drivers", top != NULL ? top : ".");
    options.libexec = libexec;
    *state = scene;
    if (scratch_open(&scene->scratch) < 0)
        return -1;
    scene->content = ((struct scratch *)scene->scratch)->fd;
    return driver_run_start(family, &options, &scene->run, &err);
}

static inline int scene_close(void **state)
{
    struct scene *scene = *state;

    driver_run_stop(scene->run);
    scratch_close(&scene->scratch);
    free(scene);
    return 0;
}

#endif
