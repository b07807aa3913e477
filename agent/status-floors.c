/* SPDX-License-Identifier: ISC */
#include "agent/status-view.h"

int status_floors_summary(const struct status_view *view, json_t **value, struct error *err)
{
    struct state *state = view->source->state;
    int64_t types, rings, newest;
    int result;

    if ((result =
             status_view_count(state, "SELECT count(*) FROM floors WHERE subject LIKE 'type:%'",
                               NULL, &types, err)) < 0 ||
        (result =
             status_view_count(state, "SELECT count(*) FROM floors WHERE subject LIKE 'ring:%'",
                               NULL, &rings, err)) < 0 ||
        (result = state_number(state, "newest_time", &newest, err)) < 0)
        return result;
    *value = json_pack("{s:s, s:I, s:I, s:o}", "binding", STATUS_BINDING, "types",
                       (json_int_t)types, "rings", (json_int_t)rings, "newest",
                       newest > 0 ? status_view_time(newest) : json_null());
    return 0;
}

/* Floors of one kind: `prefix` is "type:" or "ring:". */
static int floor_list(const struct status_view *view, const char *prefix, const char *name_key,
                      const char *number_key, json_t **list, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(view->source->state), &query, err,
                          "SELECT substr(subject, 6), number, time_us, digest FROM floors"
                          " WHERE substr(subject, 1, 5) = ? ORDER BY subject",
                          "t", prefix);

    *list = json_array();
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) > 0)
        json_array_append_new(*list,
                              json_pack("{s:s, s:I, s:o, s:o, s:o}", name_key, db_text(query, 0),
                                        number_key, (json_int_t)db_integer(query, 1), "time",
                                        status_view_time(db_integer(query, 2)), "age",
                                        status_view_age(view, db_integer(query, 2)), "digest",
                                        status_view_digest(db_blob(query, 3))));
    db_finish(query);
    return result;
}

static int crl_list(const struct status_view *view, json_t **list, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(view->source->state), &query, err,
                          "SELECT issuer, number FROM crls ORDER BY issuer", "");

    *list = json_array();
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) > 0)
        json_array_append_new(*list, json_pack("{s:o, s:I}", "issuer",
                                               status_view_digest(db_blob(query, 0)), "number",
                                               (json_int_t)db_integer(query, 1)));
    db_finish(query);
    return result;
}

static int fill_floors(const struct status_view *view, json_t *floors, struct error *err)
{
    json_t *rings = NULL, *types = NULL, *crls = NULL;
    int64_t root_version = 0;
    int result;

    if ((result = floor_list(view, "ring:", "ring", "sequence", &rings, err)) == 0 &&
        (result = floor_list(view, "type:", "type", "issue", &types, err)) == 0 &&
        (result = crl_list(view, &crls, err)) == 0)
        result = status_view_count(view->source->state, "SELECT max(version) FROM roots", NULL,
                                   &root_version, err);
    json_object_set_new(floors, "rings", rings);
    json_object_set_new(floors, "types", types);
    json_object_set_new(floors, "crls", crls);
    json_object_set_new(floors, "root_version", json_integer((json_int_t)root_version));
    return result;
}

int status_make_floors(const struct status_source *source, json_t **reply, struct error *err)
{
    struct status_view view;
    json_t *floors;
    int result = status_view_open(&view, source, err);

    *reply = NULL;
    floors = json_pack("{s:s, s:o, s:s, s:o}", "schema", "sallyport.floors/1", "generated",
                       status_view_time(view.now_us), "binding", STATUS_BINDING, "trusted_time",
                       status_view_time(view.clock.trusted_floor_us));
    if (result == 0)
        result = fill_floors(&view, floors, err);
    if (result == 0)
        *reply = json_incref(floors);
    json_decref(floors);
    status_view_clear(&view);
    return result;
}
