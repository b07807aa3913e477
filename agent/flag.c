/* SPDX-License-Identifier: ISC */
#include "agent/flag.h"

#include <string.h>

#include "agent/wave-turn.h"

#define FLAGS_TYPE "flags-supplement"

/* Where this endpoint stands for one flag: other flags find it in other places, so that it is not
 * always the same endpoints that go first. */
static unsigned position_of(const char *endpoint, const char *name)
{
    uint8_t digest[DIGEST_BYTES];

    digest_of(name, strlen(name), digest);
    return wave_turn_position(endpoint, digest);
}

static int make_request(struct state *state, const char *site, const char *name, json_t **request,
                        struct error *err)
{
    struct state_enrolment who;
    struct state_set set = {.sequence = 0};
    bool present = false;
    json_t *values;
    int result = state_enrolment(state, &who, err);

    if (result == -(int)ERROR_NOT_ENROLLED)
        result = 0;
    else if (result == 0)
        result = state_set(state, who.ring, &set, &present, err);
    *request =
        json_pack("{s:s, s:i}", "flag", name, "position", (int)position_of(who.endpoint, name));
    if (site[0] != '\0')
        json_object_set_new(*request, "site", json_string(site));
    values = present ? json_object_get(set.flags, name) : NULL;
    if (values != NULL)
        json_object_set(*request, "values", values);
    state_set_clear(&set);
    return result;
}

int flag_ask(struct state *state, struct driver_host *drivers, const char *site, const char *name,
             json_t **reply, struct error *err)
{
    json_t *request = NULL, *answer = NULL;
    const char *origin = "";
    bool value;
    int result = make_request(state, site, name, &request, err);

    *reply = NULL;
    if (result == 0)
        result = driver_host_serve(drivers, FLAGS_TYPE, request, &answer, err);
    value = json_is_true(json_object_get(answer, "value"));
    if (json_is_string(json_object_get(answer, "origin")))
        origin = json_string_value(json_object_get(answer, "origin"));
    if (result == 0)
        *reply = json_pack("{s:s, s:b, s:s}", "name", name, "value", value, "origin", origin);
    json_decref(answer);
    json_decref(request);
    return result;
}
