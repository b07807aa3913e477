/* SPDX-License-Identifier: ISC */
#include "media/base/event.h"

#include <string.h>

#define ONE(kind) (1U << EVENT_##kind)
#define ALL       ((1U << EVENT_KINDS) - 2)
/* Of a file by its path, and of a process that did something. */
#define FILES     (ONE(EXEC) | ONE(OPEN) | ONE(WRITE) | ONE(RENAME))
#define PROCESSES (FILES | ONE(EXIT) | ONE(FORK) | ONE(LISTEN))
#define CONTENTS  (ONE(CONTENT) | ONE(HEALTH))

static const char *const kinds[EVENT_KINDS] = {
    [EVENT_EXEC] = "exec",       [EVENT_EXIT] = "exit",     [EVENT_FORK] = "fork",
    [EVENT_OPEN] = "open",       [EVENT_WRITE] = "write",   [EVENT_RENAME] = "rename",
    [EVENT_MOUNT] = "mount",     [EVENT_LISTEN] = "listen", [EVENT_USB] = "usb",
    [EVENT_CONTENT] = "content", [EVENT_HEALTH] = "health",
};

/* clang-format off */
static const struct event_field_row fields[EVENT_FIELDS] = {
    [EVENT_TIME] = {"time", EVENT_NUMBER, ALL, false, "when it happened, seconds since 1970 UTC"},
    [EVENT_PID] = {"pid", EVENT_NUMBER, PROCESSES, true, "the process; fork: the new one"},
    [EVENT_UID] = {"uid", EVENT_NUMBER, PROCESSES, true, "its real user"},
    [EVENT_PATH] = {"path", EVENT_TEXT, PROCESSES, true, "the file; exit, fork and listen: the process's program; exec: the script where one is run"},
    [EVENT_TO] = {"to", EVENT_TEXT, ONE(RENAME), true, "the new name"},
    [EVENT_ARGV] = {"argv", EVENT_LIST, PROCESSES, true, "the process's arguments, its name first"},
    [EVENT_CWD] = {"cwd", EVENT_TEXT, PROCESSES, true, "the process's working folder"},
    [EVENT_SHA256] = {"sha256", EVENT_DIGEST, FILES, true, "digest of the file, 64 lower-case hex digits"},
    [EVENT_SIGNER] = {"signer", EVENT_TEXT, FILES, true, "who signed the file, as in signer.csv"},
    [EVENT_TAGS] = {"tags", EVENT_LIST, PROCESSES, true, "what rules said of the process, each key=value"},
    [EVENT_PARENT_PID] = {"parent.pid", EVENT_NUMBER, PROCESSES, true, "the process's parent"},
    [EVENT_PARENT_PATH] = {"parent.path", EVENT_TEXT, PROCESSES, true, "the parent's program"},
    [EVENT_SOURCE] = {"source", EVENT_TEXT, ONE(MOUNT), true, "what is mounted"},
    [EVENT_TARGET] = {"target", EVENT_TEXT, ONE(MOUNT), true, "where it is mounted"},
    [EVENT_FSTYPE] = {"fstype", EVENT_TEXT, ONE(MOUNT), true, "the file system's type"},
    [EVENT_PROTO] = {"proto", EVENT_TEXT, ONE(LISTEN), true, "tcp, tcp6, udp or udp6"},
    [EVENT_ADDR] = {"addr", EVENT_TEXT, ONE(LISTEN), true, "the address it listens on"},
    [EVENT_PORT] = {"port", EVENT_NUMBER, ONE(LISTEN), true, "the port"},
    [EVENT_ID] = {"id", EVENT_TEXT, ONE(USB), true, "vendor and product, 0951:1666"},
    [EVENT_SERIAL] = {"serial", EVENT_TEXT, ONE(USB), true, "serial number, as the device says it"},
    [EVENT_INTERFACES] = {"interfaces", EVENT_LIST, ONE(USB), true, "its interfaces, each 08:06:50"},
    [EVENT_CONTENT_TYPE] = {"content", EVENT_TEXT, CONTENTS, true, "the content's type"},
    [EVENT_CONTENT_VERSION] = {"version", EVENT_TEXT, CONTENTS, true, "its version"},
    [EVENT_STATE] = {"state", EVENT_TEXT, CONTENTS, true, "its state: active, staged, ok, fail"},
    [EVENT_REASON] = {"reason", EVENT_TEXT, CONTENTS, true, "why, a code or words"},
};
/* clang-format on */

const char *event_kind_name(enum event_kind kind)
{
    return (unsigned)kind < EVENT_KINDS ? kinds[kind] : NULL;
}

bool event_kind_find(const char *name, enum event_kind *kind)
{
    for (unsigned i = 1; i < EVENT_KINDS; i++) {
        if (strcmp(kinds[i], name) == 0) {
            *kind = (enum event_kind)i;
            return true;
        }
    }
    return false;
}

const struct event_field_row *event_field_row(enum event_field field)
{
    return field > 0 && field < EVENT_FIELDS ? &fields[field] : NULL;
}

enum event_field event_field_find(const char *name)
{
    for (unsigned i = 1; i < EVENT_FIELDS; i++) {
        if (strcmp(fields[i].name, name) == 0)
            return (enum event_field)i;
    }
    return 0;
}
