/* SPDX-License-Identifier: ISC */
#include "agent/report.h"

#include "agent/status-view.h"
#include "media/digest.h"

/* How often each thing happened, and how it went. */
static int count_events(struct state *state, int64_t from_us, int64_t to_us, json_t *report,
                        struct error *err)
{
    struct db_query *query;
    json_t *list = json_array();
    int result = db_query(state_db(state), &query, err,
                          "SELECT what, result, count(*) FROM events WHERE at_us >= ? AND at_us < ?"
                          " GROUP BY what, result ORDER BY what, result",
                          "ii", from_us, to_us);

    json_object_set_new(report, "events", list);
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) == 1)
        json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "what", db_text(query, 0),
                                              "result", db_text(query, 1), "count",
                                              (json_int_t)db_integer(query, 2)));
    db_finish(query);
    return result;
}

/* First and last record of the time, and the digest that stands for everything up to there. */
static int find_edges(struct state *state, int64_t from_us, int64_t to_us, json_t *report,
                      struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT count(*), coalesce(min(id), 0), coalesce(max(id), 0),"
                          " (SELECT digest FROM events WHERE at_us < ?2 ORDER BY id DESC LIMIT 1)"
                          " FROM events WHERE at_us >= ?1 AND at_us < ?2",
                          "ii", from_us, to_us);

    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1) {
        json_object_set_new(report, "records", json_integer((json_int_t)db_integer(query, 0)));
        json_object_set_new(report, "first", json_integer((json_int_t)db_integer(query, 1)));
        json_object_set_new(report, "last", json_integer((json_int_t)db_integer(query, 2)));
        json_object_set_new(report, "head", status_view_digest(db_blob(query, 3)));
    }
    db_finish(query);
    return result < 0 ? result : 0;
}

static int count_refusals(struct state *state, int64_t from_us, int64_t to_us, json_t *report,
                          struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err,
                          "SELECT count(*), count(*) FILTER (WHERE acknowledged_us IS NULL)"
                          " FROM refusals WHERE at_us >= ? AND at_us < ?",
                          "ii", from_us, to_us);

    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1)
        json_object_set_new(report, "refusals",
                            json_pack("{s:I, s:I}", "refused", (json_int_t)db_integer(query, 0),
                                      "open", (json_int_t)db_integer(query, 1)));
    db_finish(query);
    return result < 0 ? result : 0;
}

static int add_floors(const struct status_source *source, json_t *report, struct error *err)
{
    json_t *floors;
    int result = status_make_floors(source, &floors, err);

    if (result < 0)
        return result;
    json_object_set(report, "generated", json_object_get(floors, "generated"));
    json_object_set(report, "rings", json_object_get(floors, "rings"));
    json_object_set(report, "floors", json_object_get(floors, "types"));
    json_decref(floors);
    return 0;
}

int report_make(const struct status_source *source, int64_t from_us, int64_t to_us, json_t **reply,
                struct error *err)
{
    json_t *report = json_pack("{s:s, s:o, s:o}", "schema", "sallyport.report/1", "from",
                               status_view_time(from_us), "to", status_view_time(to_us));
    int result = count_events(source->state, from_us, to_us, report, err);

    *reply = NULL;
    if (result == 0)
        result = find_edges(source->state, from_us, to_us, report, err);
    if (result == 0)
        result = count_refusals(source->state, from_us, to_us, report, err);
    if (result == 0)
        result = add_floors(source, report, err);
    if (result == 0)
        *reply = json_incref(report);
    json_decref(report);
    return result;
}
