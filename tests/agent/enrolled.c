/* SPDX-License-Identifier: ISC */
#include "tests/agent/enrolled.h"

#include "tests/scratch.h"

struct enrolled enrolled;

int enrolled_open(void **context)
{
    struct enrolment enrolment = {.endpoint = "ws-07", .ring = "public", .made_us = 5};
    struct error err = {0};
    struct bytes root;
    char folder[300];
    int result;

    if (scratch_open(context) < 0)
        return -1;
    bytes_init(&root, 10);
    if (bytes_put_u8(&root, 1, &err) < 0)
        return -1;
    enrolment.root_count = 1;
    enrolment.roots = &root;
    snprintf(folder, sizeof(folder), "%s/state", ((struct scratch *)*context)->path);
    if (config_read("/no/such/file", false, &enrolled.config, &err) < 0 ||
        state_open(folder, "test", &enrolled.state, &err) < 0)
        return -1;
    result = state_enrol(enrolled.state, &enrolment, false, "test", &err);
    bytes_clear(&root);
    return result;
}

int enrolled_close(void **context)
{
    state_close(enrolled.state);
    config_clear(&enrolled.config);
    return scratch_close(context);
}
