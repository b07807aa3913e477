/* SPDX-License-Identifier: ISC */
#include "agent/flag.h"

#include <stdio.h>
#include <string.h>

#include "agent/setting.h"
#include "agent/setting-keys.h"
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

/* Who this endpoint is and what the accepted set of its ring says of flags; without an enrolment or
 * a set: nothing. *flags is a new reference. */
static int read_services(struct state *state, struct state_enrolment *who, json_t **flags,
                         struct error *err)
{
    struct state_set set = {.sequence = 0};
    bool present = false;
    int result = state_enrolment(state, who, err);

    *flags = NULL;
    if (result == -(int)ERROR_NOT_ENROLLED)
        result = 0;
    else if (result == 0)
        result = state_set(state, who->ring, &set, &present, err);
    if (present && json_is_object(set.flags))
        *flags = json_incref(set.flags);
    else
        *flags = json_object();
    state_set_clear(&set);
    return result;
}

static void put_site(json_t *request, const char *site)
{
    if (site[0] != '\0')
        json_object_set_new(request, "site", json_string(site));
}

static int make_request(struct state *state, const char *site, const char *name, json_t **request,
                        struct error *err)
{
    struct state_enrolment who = {.enrolled_us = 0};
    json_t *flags;
    int result = read_services(state, &who, &flags, err);
    json_t *values = json_object_get(flags, name);

    *request =
        json_pack("{s:s, s:i}", "flag", name, "position", (int)position_of(who.endpoint, name));
    put_site(*request, site);
    if (values != NULL)
        json_object_set(*request, "values", values);
    json_decref(flags);
    return result;
}

static int make_list_request(struct state *state, const char *site, json_t **request,
                             struct error *err)
{
    struct state_enrolment who = {.enrolled_us = 0};
    json_t *flags, *services = json_object(), *values;
    int result = read_services(state, &who, &flags, err);
    const char *name;

    json_object_foreach(flags, name, values)
    {
        json_object_set_new(services, name,
                            json_pack("{s:i, s:O}", "position",
                                      (int)position_of(who.endpoint, name), "values", values));
    }
    *request = json_pack("{s:b, s:o}", "list", 1, "services", services);
    put_site(*request, site);
    json_decref(flags);
    return result;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

/* Why a flag is what it is: the first row whose two sides fit; "" fits all. */
static const struct {
    const char *supplement, *service, *why;
} reasons[] = {
    {"available", "on", "the software offers it and the ring's set switches it on here"},
    {"available", "off", "the ring's set switches it off here"},
    {"available", "", "the ring's set says nothing about it for this endpoint"},
    {"off", "on", "the supplement switches it off for this release, which wins over the set"},
    {"off", "", "the supplement switches it off for this release"},
    {"", "on", "the set switches it on, but the supplement does not offer it to this release"},
    {"", "", "the supplement does not offer it to this release"},
};

static const char *reason_of(const json_t *row)
{
    const char *supplement = text_of(row, "supplement"), *service = text_of(row, "service");
    size_t i = 0;

    while (i + 1 < sizeof(reasons) / sizeof(reasons[0]) &&
           ((reasons[i].supplement[0] != '\0' && strcmp(reasons[i].supplement, supplement) != 0) ||
            (reasons[i].service[0] != '\0' && strcmp(reasons[i].service, service) != 0)))
        i++;
    return reasons[i].why;
}

/* The key of the configuration store that switches a flag's feature off here, or NULL: a feature is
 * on where flag and key are. */
static const struct setting_key *off_by(struct state *state, const char *flag)
{
    const struct setting_key *row = setting_key_of_flag(flag);

    return row != NULL && !setting_flag(state, row->name) ? row : NULL;
}

/* What the store says is said where it decides. */
static void put_setting(struct state *state, json_t *row)
{
    const struct setting_key *key = off_by(state, text_of(row, "name"));
    char origin[ERROR_WORDS_BYTES], why[2 * ERROR_WORDS_BYTES];

    if (key == NULL || !json_is_true(json_object_get(row, "value")))
        return;
    snprintf(why, sizeof(why), "%s is false: %s", key->name,
             setting_origin(state, key->name, origin, sizeof(origin)));
    json_object_set_new(row, "value", json_false());
    json_object_set_new(row, "origin", json_string("setting"));
    json_object_set_new(row, "why", json_string(why));
}

static json_t *make_row(struct state *state, const json_t *answer)
{
    json_t *row = json_pack(
        "{s:s, s:b, s:s, s:s, s:s, s:s*, s:b, s:s*, s:s}", "name", text_of(answer, "flag"), "value",
        json_is_true(json_object_get(answer, "value")), "supplement", text_of(answer, "supplement"),
        "service", text_of(answer, "service"), "origin", text_of(answer, "origin"), "release",
        json_string_value(json_object_get(answer, "release")), "known",
        json_is_true(json_object_get(answer, "known")), "what",
        json_string_value(json_object_get(answer, "what")), "why", reason_of(answer));

    put_setting(state, row);
    return row;
}

int flag_list(struct state *state, struct driver_host *drivers, const char *site, json_t **reply,
              struct error *err)
{
    json_t *request = NULL, *answer = NULL, *rows = json_array();
    const json_t *answers;
    int result = make_list_request(state, site, &request, err);

    *reply = NULL;
    if (result == 0)
        result = driver_host_serve(drivers, FLAGS_TYPE, request, &answer, err);
    answers = json_object_get(answer, "flags");
    for (size_t i = 0; i < json_array_size(answers); i++)
        json_array_append_new(rows, make_row(state, json_array_get(answers, i)));
    if (result == 0)
        *reply = json_pack("{s:s, s:O}", "schema", "sallyport.flag-list/1", "flags", rows);
    json_decref(rows);
    json_decref(answer);
    json_decref(request);
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
    if (value && off_by(state, name) != NULL) {
        value = false;
        origin = "setting";
    }
    if (result == 0)
        *reply = json_pack("{s:s, s:b, s:s}", "name", name, "value", value, "origin", origin);
    json_decref(answer);
    json_decref(request);
    return result;
}
