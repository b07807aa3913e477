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

/* Of reactions: what the interpreter takes for the low part of an address. */
#define SERIALS ((uintptr_t)(UINTPTR_MAX > UINT32_MAX ? (UINT64_C(1) << 39) - 1 : UINT32_MAX))

_Static_assert(FIELD_END <= 32, "a bit each");
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

/* The table of a field is made once for each event, so that it is the same when asked for again. Older
 * ones lie there until they are overwritten. */
static void push_table(lua_State *lua, struct behavior *behavior, int field)
{
    lua_rawgeti(lua, LUA_REGISTRYINDEX, behavior->event_tables);
    if ((behavior->moment.tables & 1U << field) == 0) {
        push_field(lua, behavior, field);
        lua_rawseti(lua, -2, field);
        behavior->moment.tables |= 1U << field;
    }
    lua_rawgeti(lua, -1, field);
}

static bool is_table(int field)
{
    return field == FIELD_PARENT ||
           (field < EVENT_FIELDS && event_field_row((enum event_field)field)->type == EVENT_LIST);
}

/* __index of events: upvalues are its row, as every function of a rule has one (rule_raise() says its
 * name), and the process. */
static int find_field(lua_State *lua)
{
    struct behavior *behavior = lua_touserdata(lua, lua_upvalueindex(2));
    int field =
        lua_type(lua, 2) == LUA_TSTRING ? field_of(&behavior->names, lua_tostring(lua, 2)) : 0;

    if (field == 0)
        lua_pushnil(lua);
    else
        behavior_event_check(behavior, lua, 1);
    if (field != 0 && is_table(field))
        push_table(lua, behavior, field);
    else if (field != 0)
        push_field(lua, behavior, field);
    return 1;
}

static int refuse_change(lua_State *lua)
{
    return rule_raise(lua, "can't be changed");
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

static void set_function(lua_State *lua, const char *name, struct behavior *behavior,
                         lua_CFunction function)
{
    static const struct rule_function row = {.name = "event"};

    lua_pushlightuserdata(lua, (void *)(uintptr_t)&row);
    lua_pushlightuserdata(lua, behavior);
    lua_pushcclosure(lua, function, 2);
    lua_setfield(lua, -2, name);
}

/* What light userdata are from now on: events are all of them that a rule gets to see. */
static void make_shape(struct behavior *behavior, lua_State *lua)
{
    lua_pushlightuserdata(lua, NULL);
    lua_createtable(lua, 0, 3);
    set_function(lua, "__index", behavior, find_field);
    set_function(lua, "__newindex", behavior, refuse_change);
    push_names(lua, &behavior->names);
    lua_setfield(lua, -2, "names");
    lua_setmetatable(lua, -2);
    lua_pop(lua, 1);
    lua_createtable(lua, FIELD_END, 0);
    behavior->event_tables = luaL_ref(lua, LUA_REGISTRYINDEX);
}

int behavior_event_push(void *context, lua_State *lua)
{
    struct behavior *behavior = context;

    if (behavior->event_tables == LUA_NOREF)
        make_shape(behavior, lua);
    behavior->event_serial = behavior->event_serial % SERIALS + 1;
    behavior->moment.serial = behavior->event_serial;
    lua_pushlightuserdata(lua, (void *)(uintptr_t)behavior->moment.serial);
    return 0;
}

void behavior_event_check(const struct behavior *behavior, lua_State *lua, int index)
{
    if (lua_type(lua, index) != LUA_TLIGHTUSERDATA || behavior->moment.event == NULL ||
        (uintptr_t)lua_touserdata(lua, index) != behavior->moment.serial)
        rule_raise(lua, "expected the event of this reaction; one is good within its own only");
}

void behavior_event_close(struct behavior *behavior)
{
    if (behavior->lua != NULL)
        luaL_unref(behavior->lua, LUA_REGISTRYINDEX, behavior->event_tables);
    behavior->event_tables = LUA_NOREF;
}
