/* SPDX-License-Identifier: ISC
 *
 * Rows of a configuration that was read, by what they are about.
 */
#include "agent/config.h"

#include <string.h>

#include "media/base/url.h"

const struct config_age *config_age(const struct config *config, const char *type)
{
    for (size_t i = 0; i < config->age_count; i++) {
        if (strcmp(config->ages[i].type, type) == 0)
            return &config->ages[i];
    }
    return NULL;
}

const struct config_driver *config_driver(const struct config *config, const char *family)
{
    for (size_t i = 0; i < config->driver_count; i++) {
        if (strcmp(config->drivers[i].family, family) == 0)
            return &config->drivers[i];
    }
    return NULL;
}

const struct config_source *config_mirror(const struct config *config, const char *location)
{
    struct error ignored;
    struct url wanted, url;

    if (url_parse(location, &wanted, &ignored) < 0)
        return NULL;
    for (size_t i = 0; i < config->source_count; i++) {
        if (url_parse(config->sources[i].location, &url, &ignored) == 0 &&
            url_same_server(&url, &wanted))
            return &config->sources[i];
    }
    return NULL;
}
