/* SPDX-License-Identifier: ISC
 *
 * What a driver in a test loads: content whose only file is a list in JSON.
 */
#ifndef TESTS_AGENT_FAKE_CONTENT_H
#define TESTS_AGENT_FAKE_CONTENT_H

#include <jansson.h>

#include "drivers/driver.h"

struct fake_content {
    struct driver_watch *watch;
    json_t *list;
};

/* For struct driver: *loaded is a struct fake_content. */
int fake_content_load(const struct driver_content *content, void **loaded, struct error *err);
void fake_content_unload(void *loaded);

#endif
