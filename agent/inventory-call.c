/* SPDX-License-Identifier: ISC */
#include "agent/inventory-call.h"

#include <stdlib.h>
#include <string.h>

#include "agent/inventory-dpkg.h"
#include "agent/inventory-software.h"
#include "agent/inventory-unit.h"
#include "media/base/json.h"
#include "media/base/limits.h"

#define DPKG_STATUS "var/lib/dpkg/status"

struct inventory {
    const struct inventory_place *place;
    bool dpkg_read;
    struct bytes dpkg_text;
    struct inventory_dpkg *dpkg; /* NULL: none, or not to be read */
    const char *dpkg_reason;
};

struct inventory *inventory_new(const struct inventory_place *place)
{
    struct inventory *inventory = bytes_allocate(1, sizeof(*inventory));

    inventory->place = place;
    bytes_init(&inventory->dpkg_text, LIMIT_DPKG_STATUS_BYTES);
    return inventory;
}

void inventory_free(struct inventory *inventory)
{
    if (inventory == NULL)
        return;
    inventory_dpkg_free(inventory->dpkg);
    bytes_clear(&inventory->dpkg_text);
    free(inventory);
}

/* Once for all questions: a run is short, and dpkg replaces its file as a whole. */
static void read_dpkg(struct inventory *inventory)
{
    struct error err;

    if (inventory->dpkg_read)
        return;
    inventory->dpkg_read = true;
    if (inventory_place_take(inventory->place, inventory->place->root, DPKG_STATUS,
                             LIMIT_DPKG_STATUS_BYTES, &inventory->dpkg_text, &err) < 0)
        inventory->dpkg_reason = err.code == ERROR_NOT_FOUND ? NULL : "package-list-not-readable";
    else if (inventory_dpkg_read(bytes_view(&inventory->dpkg_text), &inventory->dpkg, &err) < 0)
        inventory->dpkg_reason = "package-list-damaged";
}

static json_t *answer_package(struct inventory *inventory, const char *name, const char **reason)
{
    struct bytes_view version = {NULL, 0};

    read_dpkg(inventory);
    *reason = inventory->dpkg_reason;
    if (inventory->dpkg != NULL)
        version = inventory_dpkg_version(inventory->dpkg, name);
    if (version.size == 0)
        return NULL;
    return json_pack("{s:s, s:s%, s:s}", "name", name, "version", (const char *)version.data,
                     version.size, "manager", "dpkg");
}

typedef json_t *(*ask_place)(const struct inventory_place *place, const char *argument,
                             const char **reason);

static const struct call {
    const char *name;
    bool path;     /* the argument is one; else a name without slashes */
    ask_place ask; /* NULL: packages, which are read once for all questions */
} calls[] = {
    {"package", false, NULL},
    {"unit", false, inventory_unit},
    {"desktop", false, inventory_desktop},
    {"os_release", false, inventory_os_release},
    {"component", false, inventory_component},
    {"exists", true, inventory_place_exists},
    {"list", true, inventory_place_list},
    {"read", true, inventory_place_read},
};

static int check_argument(const struct inventory *inventory, const struct call *call,
                          const char *argument, struct error *err)
{
    size_t size = strlen(argument);

    if (call->path)
        return inventory_place_form(inventory->place, argument, err);
    if (size == 0 || size > LIMIT_PATH_COMPONENT || strchr(argument, '/') != NULL ||
        argument[0] == '.')
        return error_set(err, ERROR_BAD_CONTENT, "expected a name without slashes");
    return 0;
}

/* The call's row and its one argument, borrowed from the JSON. */
static const struct call *take_call(const json_t *body, const char **argument, struct error *err)
{
    const char *name = "";
    json_t *arguments = NULL;
    const struct json_field fields[] = {
        {.key = "call", .kind = JSON_NAME, .out = &name},
        {.key = "arguments", .kind = JSON_LIST, .out = &arguments, .min = 1, .max = 1},
    };
    const json_t *first;

    if (json_fields(body, fields, sizeof(fields) / sizeof(fields[0]), err) < 0)
        return NULL;
    first = json_array_get(arguments, 0);
    *argument = json_string_value(first);
    if (*argument == NULL || strlen(*argument) != json_string_length(first) ||
        !json_text_valid(*argument, LIMIT_PATH_BYTES)) {
        error_set(err, ERROR_BAD_CONTENT, "expected a text of at most %d bytes", LIMIT_PATH_BYTES);
        return NULL;
    }
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (strcmp(calls[i].name, name) == 0)
            return &calls[i];
    }
    error_set(err, ERROR_BAD_CONTENT, "there is no such call");
    return NULL;
}

json_t *inventory_answer(struct inventory *inventory, const json_t *body)
{
    struct error err = {0};
    const char *argument = NULL, *reason = NULL;
    const struct call *call = take_call(body, &argument, &err);
    json_t *value;

    if (call == NULL || check_argument(inventory, call, argument, &err) < 0)
        return json_pack("{s:s}", "refused", err.words);
    value = call->ask != NULL ? call->ask(inventory->place, argument, &reason)
                              : answer_package(inventory, argument, &reason);
    return json_pack("{s:o, s:s?}", "value", value != NULL ? value : json_null(), "reason", reason);
}
