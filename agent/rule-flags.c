/* SPDX-License-Identifier: ISC */
#include "agent/rule-flags.h"

#include "agent/flag.h"
#include "media/base/log.h"

int rule_flags_tell(struct state *state, struct driver_host *drivers, const char *site,
                    const char *type, struct error *err)
{
    json_t *list = NULL, *request, *flags, *reply = NULL, *row;
    size_t i;
    int result = flag_list(state, drivers, site, &list, err);

    if (result < 0)
        return result;
    flags = json_object();
    json_array_foreach(json_object_get(list, "flags"), i, row) json_object_set(
        flags, json_string_value(json_object_get(row, "name")), json_object_get(row, "value"));
    request = json_pack("{s:s, s:o}", "ask", "flags", "flags", flags);
    result = driver_host_serve(drivers, type, request, &reply, err);
    json_decref(reply);
    json_decref(request);
    json_decref(list);
    return result;
}

void rule_flags_try(struct state *state, struct driver_host *drivers, const char *site,
                    const char *type)
{
    struct error why;

    if (rule_flags_tell(state, drivers, site, type, &why) < 0)
        log_write(LOG_LEVEL_WARN, "rules of %s are not told flags: %s", type, why.words);
}
