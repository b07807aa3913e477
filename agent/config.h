/* SPDX-License-Identifier: ISC
 *
 * agent.conf and the drop-ins beside it (conf.d, files named *.conf in byte order; a later file
 * wins). The ring is not here: only a signed enrolment changes it. (sallyport-agent.conf.5)
 */
#ifndef AGENT_CONFIG_H
#define AGENT_CONFIG_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/destination.h"
#include "media/base/error.h"
#include "media/base/limits.h"
#include "media/base/usb-rule.h"

#define CONFIG_SOURCES  32
#define CONFIG_AGES     64
#define CONFIG_DRIVERS  32
#define CONFIG_SUFFIXES 8
#define CONFIG_HUBS     8
#define CONFIG_ENDS_MAX 20 /* of a driver, remembered */

/* A place that is looked at each interval, in the order of the files. */
struct config_source {
    char name[LIMIT_NAME_BYTES + 1];
    const char *type; /* media/base/source.h: "dir", "http"; NULL: not said */
    char *location;   /* absolute path of the folder that holds "sallyport"; URL of a mirror */
    char *ca;         /* absolute path: the authority of an https mirror; NULL: not said */
};

/* Age limits of a content type in place of the built-in ones; 0 never. */
struct config_age {
    char type[LIMIT_NAME_BYTES + 1];
    bool has_warn, has_fail;
    uint64_t warn_days, fail_days;
};

struct config_driver {
    char family[LIMIT_NAME_BYTES + 1];
    uint64_t memory_bytes;   /* 0: the driver's own */
    uint64_t ends, window_s; /* this many ends within that time: probation is over; 0: built-in */
};

struct config {
    char *folder;                    /* of the file that was read, or would have been */
    char *state, *socket, *libexec;  /* absolute paths */
    char *policy;                    /* absolute path: the site's own policy documents */
    uint64_t interval_s;             /* between looks at the sources */
    bool wave_emergency;             /* an admin may activate before the wave opens */
    char site[LIMIT_NAME_BYTES + 1]; /* for flags that are set for one site; "": none */
    char *read_group, *act_group;    /* who may ask, who may act */
    char *front_user, *verify_user, *intake_user, *driver_user, *usb_user,
        *inventory_user;  /* used where started by root */
    char *inventory_root; /* absolute path: beneath it is what feeds look at, "/" but for tests */
    size_t source_count;
    struct config_source sources[CONFIG_SOURCES];
    size_t age_count;
    struct config_age ages[CONFIG_AGES];
    size_t driver_count;
    struct config_driver drivers[CONFIG_DRIVERS];
    bool export_refusals;   /* what was refused here may go home */
    bool export_detections; /* what rules detected here may, too */
    bool export_telemetry;  /* versions, states and counts may */
    size_t suffix_count;    /* servers beneath one of these may get telemetry */
    char suffixes[CONFIG_SUFFIXES][DESTINATION_SERVER_BYTES + 1];
    uint64_t outbox_items, outbox_bytes; /* at most so much waits */
    bool registered_only;                /* a rule that allows a USB medium is not enough */
    size_t trusted_hub_count;
    char *trusted_hubs[CONFIG_HUBS]; /* ports of hubs that may have an input device on them */
    size_t usb_rule_count;
    struct usb_rule usb_rules[LIMIT_USB_RULES]; /* in the order of their numbers */
    json_t *origins;  /* "source.NAME.location" -> {"value","origin"}; owned */
    const char *file; /* the one that is being read */
};

/* Reads `file` and the folder conf.d beside it. An absent conf.d is none; an absent file is an
 * error only where `must_exist`. config is initialised here with the built-in values;
 * config_clear() in every case. ERROR_CONFIG as "file:line: words". */
int config_read(const char *file, bool must_exist, struct config *config,
                struct error *err) ERROR_MUST_CHECK;
void config_clear(struct config *config);

/* A path of section [agent] that the command line gives, in place of the configured one. NULL: none
 * is given. */
int config_override(struct config *config, const char *key, const char *value,
                    struct error *err) ERROR_MUST_CHECK;

/* Other sources than the configured ones follow. */
void config_drop_sources(struct config *config);

/* Every effective value, sorted by key: [{"key","value","origin"}]. Keys are "agent.interval",
 * "source.NAME.location"; origin is "FILE:LINE", "built-in" or "command line". A new reference. No
 * value is a secret. */
json_t *config_list(const struct config *config);
/* Notes where a value comes from. (config-origin.c) */
void config_set_origin(struct config *config, const char *section, const char *key,
                       const char *value, const char *origin);

/* Row for a type or family, or NULL: the built-in values hold. (config-find.c) */
const struct config_age *config_age(const struct config *config, const char *type);
const struct config_driver *config_driver(const struct config *config, const char *family);

/* The first source on the same server (scheme, host, port) as the URL; NULL where there is none, or
 * location is no URL. Borrowed. */
const struct config_source *config_mirror(const struct config *config, const char *location);

#endif
