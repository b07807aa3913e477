/* SPDX-License-Identifier: ISC */
#include "drivers/behavior-event.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "drivers/behavior-reputation.h"
#include "media/base/text.h"

#define SECOND_US INT64_C(1000000)

/* Fields that are no field of the record; they follow those of enum event_field. */
enum { FIELD_TYPE = EVENT_FIELDS, FIELD_COUNT, FIELD_REP, FIELD_PARENT, FIELD_END };

static const char *const own_fields[FIELD_END - FIELD_TYPE] = {"type", "count", "rep", "parent"};

_Static_assert(2 * FIELD_END <= BEHAVIOR_NAMES, "names lie apart");

int64_t behavior_event_time(const struct behavior *behavior)
{
    const struct event *event = behavior->moment.event;

    return event != NULL && event->values[EVENT_TIME].present ? event->values[EVENT_TIME].number
                                                              : 0;
}

static void push_list(lua_State *lua, struct bytes_view list)
{
    int count = 0;

    lua_createtable(lua, 4, 0);
    while (list.size > 0) {
        const uint8_t *end = memchr(list.data, '\0', list.size);
        size_t size = end != NULL ? (size_t)(end - list.data) : list.size;

        lua_pushlstring(lua, (const char *)list.data, size);
        lua_rawseti(lua, -2, ++count);
        list = end != NULL ? bytes_view_of(end + 1, list.size - size - 1)
                           : bytes_view_of(list.data, 0);
    }
}

static void push_digest(lua_State *lua, struct bytes_view digest)
{
    char hex[2 * 32 + 1];

    text_hex(digest.data, digest.size < 32 ? digest.size : 32, hex);
    lua_pushlstring(lua, hex, strlen(hex));
}

/* nil where the event has no such value. */
static void push_value(lua_State *lua, const struct event *event, enum event_field field)
{
    const struct event_value *value = &event->values[field];

    if (!value->present) {
        lua_pushnil(lua);
        return;
    }
    switch (event_field_row(field)->type) {
    case EVENT_NUMBER:
        lua_pushnumber(
            lua, (lua_Number)(field == EVENT_TIME ? value->number / SECOND_US : value->number));
        return;
    case EVENT_TEXT:
        lua_pushlstring(lua, (const char *)value->text.data, value->text.size);
        return;
    case EVENT_LIST:
        push_list(lua, value->text);
        return;
    case EVENT_DIGEST:
        push_digest(lua, value->text);
        return;
    }
}

/* Always a table, so that e.parent.path is nil where nothing is known, and no error. */
static void push_parent(lua_State *lua, const struct event *event)
{
    lua_createtable(lua, 0, 2);
    push_value(lua, event, EVENT_PARENT_PID);
    lua_setfield(lua, -2, "pid");
    push_value(lua, event, EVENT_PARENT_PATH);
    lua_setfield(lua, -2, "path");
}

/* Of the digest: a file that nobody hashed has none. */
static void push_reputation(lua_State *lua, const struct behavior *behavior)
{
    const struct event_value *digest = &behavior->moment.event->values[EVENT_SHA256];
    const char *verdict = digest->present ? behavior_reputation_file(behavior, digest->text) : NULL;

    if (verdict != NULL)
        lua_pushstring(lua, verdict);
    else
        lua_pushnil(lua);
}

static void push_field(lua_State *lua, const struct behavior *behavior, int field)
{
    const struct event *event = behavior->moment.event;

    switch (field) {
    case FIELD_TYPE:
        lua_pushstring(lua, event_kind_name(event->kind));
        return;
    case FIELD_COUNT:
        lua_pushnumber(lua, behavior->moment.count);
        return;
    case FIELD_REP:
        push_reputation(lua, behavior);
        return;
    case FIELD_PARENT:
        push_parent(lua, event);
        return;
    default:
        push_value(lua, event, (enum event_field)field);
    }
}

/* Where a name would lie: the interpreter has each text once, so that it is told by its place. */
static size_t place_of(const char *name)
{
    return (uintptr_t)name / 16 % BEHAVIOR_NAMES;
}

static int field_of(const struct behavior_names *names, const char *name)
{
    size_t i = place_of(name);

    while (names->names[i] != NULL && names->names[i] != name)
        i = (i + 1) % BEHAVIOR_NAMES;
    return names->names[i] != NULL ? names->fields[i] : 0;
}

/* The name at the top of the stack, which has to stay alive. */
static void add_name(lua_State *lua, struct behavior_names *names, int field)
{
    const char *name = lua_tostring(lua, -1);
    size_t i = place_of(name);

    while (names->names[i] != NULL)
        i = (i + 1) % BEHAVIOR_NAMES;
    names->names[i] = name;
    names->fields[i] = (uint8_t)field;
}

/* The table of a field is made once for each event, so that it is the same when asked for again. */
static void keep_table(lua_State *lua)
{
    lua_pushvalue(lua, 2);
    lua_pushvalue(lua, -2);
    lua_rawset(lua, 1);
}

/* __index of events: upvalues are its row, as every function of a rule has one (rule_raise() says its
 * name), and the process. */
static int find_field(lua_State *lua)
{
    const struct behavior *behavior = lua_touserdata(lua, lua_upvalueindex(2));
    int field =
        lua_type(lua, 2) == LUA_TSTRING ? field_of(&behavior->names, lua_tostring(lua, 2)) : 0;

    if (field == 0) {
        lua_pushnil(lua);
        return 1;
    }
    if (lua_topointer(lua, 1) != behavior->moment.table)
        behavior_event_check(behavior, lua, 1);
    push_field(lua, behavior, field);
    if (lua_type(lua, -1) == LUA_TTABLE)
        keep_table(lua);
    return 1;
}

/* A table that keeps the names alive. */
static void push_names(lua_State *lua, struct behavior_names *names)
{
    lua_createtable(lua, FIELD_END, 0);
    for (int field = 1; field < FIELD_END; field++) {
        const char *name = field < EVENT_FIELDS ? event_field_row((enum event_field)field)->name
                                                : own_fields[field - EVENT_FIELDS];

        if (strchr(name, '.') != NULL)
            continue;
        lua_pushstring(lua, name);
        add_name(lua, names, field);
        lua_rawseti(lua, -2, field);
    }
}

static void push_shape(struct behavior *behavior, lua_State *lua)
{
    static const struct rule_function row = {.name = "event"};

    if (behavior->event_shape == LUA_NOREF) {
        lua_createtable(lua, 0, 2);
        lua_pushlightuserdata(lua, (void *)(uintptr_t)&row);
        lua_pushlightuserdata(lua, behavior);
        lua_pushcclosure(lua, find_field, 2);
        lua_setfield(lua, -2, "__index");
        push_names(lua, &behavior->names);
        lua_setfield(lua, -2, "names");
        behavior->event_shape = luaL_ref(lua, LUA_REGISTRYINDEX);
    }
    lua_rawgeti(lua, LUA_REGISTRYINDEX, behavior->event_shape);
}

int behavior_event_push(void *context, lua_State *lua)
{
    struct behavior *behavior = context;

    lua_createtable(lua, 0, 0);
    behavior->moment.table = lua_topointer(lua, -1);
    push_shape(behavior, lua);
    lua_setmetatable(lua, -2);
    return 0;
}

/* An event that a rule still holds has a place of its own: no other has the same identity. */
void behavior_event_check(const struct behavior *behavior, lua_State *lua, int index)
{
    if (!lua_istable(lua, index) || behavior->moment.event == NULL ||
        lua_topointer(lua, index) != behavior->moment.table)
        rule_raise(lua, "expected the event of this reaction; one is good within its own only");
}

void behavior_event_close(struct behavior *behavior)
{
    if (behavior->lua != NULL)
        luaL_unref(behavior->lua, LUA_REGISTRYINDEX, behavior->event_shape);
    behavior->event_shape = LUA_NOREF;
}
