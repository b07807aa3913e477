/* SPDX-License-Identifier: ISC
 *
 * The runtime of every Lua family: one interpreter a process (LuaJIT, its compiler off, text only),
 * rules in environments of their own, and nothing that a rule does can hold the process up, take its
 * memory, or harm the rule beside it. sallyport-rules(5) has what rules see.
 *
 * A file is one rule. Loading a file runs it once: it declares itself with the family's head call
 * ("rule", "app", "repair"), once and first, registers what it wants called, and gives at least one
 * positive and one negative selftest, which are then run. A rule that passes a bound, or raises an
 * error of the interpreter's while it serves, is switched off with the reason, for a pause
 * (rule-pause.h), or, where it took too much memory, until newer content comes; the others go on.
 *
 * Bounds, all in limits.h: LIMIT_LUA_MEMORY a process, LIMIT_LUA_CALL_MEMORY that one call may add,
 * LIMIT_LUA_CALL_US a call, LIMIT_LUA_LOAD_US a file's loading and each selftest, LIMIT_LUA_SHARE of the
 * time within LIMIT_LUA_WINDOW_US. Time is the process's processor time, told by a timer's signal; a
 * rule that is over its budget gets a hook that fires at every instruction, so that nothing swallows
 * it, and one that is in C by then ends the process, with its name as what is to blame.
 */
#ifndef DRIVERS_RULE_ENGINE_H
#define DRIVERS_RULE_ENGINE_H

#include <jansson.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "drivers/driver.h"
#include "media/base/error.h"

#define RULE_ENGINE_CALLS                                                                          \
    {SYS_timer_create, "the clock that rules' budgets are told by", -1, 0, 0},                     \
        {SYS_timer_settime, "the same", -1, 0, 0}, {SYS_timer_delete, "the same", -1, 0, 0},

struct rule_engine;
struct rule_set; /* the rules of one content */
struct rule;

/* A function that rules see, beyond those that all have (rule-library.c). It takes its arguments with
 * rule_check_*() and raises with rule_raise(). */
struct rule_function {
    const char *name; /* "detect", "rep.sha256", "host.stat" */
    lua_CFunction function;
    const char *signature; /* for the man page: "detect(facts)" */
    const char *what;
};

/* What a family adds. */
struct rule_family {
    const char *head; /* "rule": called once, first, with a table */
    /* Reads that table at the top of the stack with rule_table_*(); *data is the family's, of this rule. */
    int (*declare)(struct rule *rule, lua_State *lua, void **data, struct error *err);
    void (*forget)(void *data); /* optional */
    const struct rule_function *functions;
    size_t function_count;
    /* Runs one case, the table of selftest{} at the top of the stack: *positive tells which kind it
     * was. ERROR_BAD_CONTENT: expected and got. */
    int (*selftest)(struct rule *rule, lua_State *lua, bool *positive, struct error *err);
    /* Optional: all cases have passed. ERROR_BAD_CONTENT: a part of the rule was in none of them. */
    int (*tested)(const struct rule *rule, struct error *err);
    /* Optional: a reaction ended without an answer, as an expression has no more steps for a text. Who
     * made the text must not be heard less for it: the family tells it. It is no error of the
     * rule's that counts; to a family without this it is. Touches no Lua. */
    void (*undecided)(struct rule *rule, const struct error *why);
    /* Optional: a rule has been switched off while it served, by its own fault or, for want of
     * memory, while another ran. Touches no Lua. */
    void (*off)(struct rule *rule, const struct error *why);
};

/* One a process, best made in main before the sandbox is entered: later, and to free it there, takes
 * RULE_ENGINE_CALLS in the family's profile. It takes SIGPROF, for the clock that budgets are told by.
 * context: the family's own, rule_engine_context() gives it back. */
struct rule_engine *rule_engine_new(const struct rule_family *family, void *context,
                                    struct error *err);
void rule_engine_free(struct rule_engine *engine);
/* Where a heartbeat goes that names the rule, before a process ends that is stuck in C: the frame
 * socket (SPAWN_FD_SOCKET). Without it nobody is told. */
void rule_engine_blame_to(struct rule_engine *engine, int socket);
void *rule_engine_context(const struct rule_engine *engine);

/* Loads every file of a content; any failure fails it whole, with file:line, the rule's id, and what
 * was expected; ids are unique within the engine's sets of one type. Calls driver_at for each. */
int rule_set_load(struct rule_engine *engine, const struct driver_content *content,
                  struct rule_set **set, struct error *err) ERROR_MUST_CHECK;
void rule_set_free(struct rule_set *set);

/* Rules in order of file names. */
size_t rule_set_count(const struct rule_set *set);
struct rule_engine *rule_set_engine(const struct rule_set *set);
struct rule *rule_set_rule(const struct rule_set *set, size_t i);

const char *rule_id(const struct rule *rule);
const char *rule_file(const struct rule *rule); /* escaped */
const char *rule_title(const struct rule *rule);
const char *rule_type(const struct rule *rule); /* of the content that it came with */
void *rule_data(const struct rule *rule);
struct rule_engine *rule_engine_of(const struct rule *rule);
bool rule_is_off(const struct rule *rule);

/* The rule that runs now, for functions that it calls. */
struct rule *rule_running(lua_State *lua);
/* Whether it is being loaded (its file runs), tested, or serves. */
enum rule_phase { RULE_LOADING, RULE_TESTING, RULE_SERVING };
enum rule_phase rule_phase(lua_State *lua);

/* A function kept from registering until the rule is freed, from the stack's index. */
int rule_keep(struct rule *rule, lua_State *lua, int index);
/* The same of what the table at the top of the stack has by a name. */
int rule_keep_field(struct rule *rule, lua_State *lua, const char *key);

/* Calls a kept function under the rule's budget with what `push` leaves on the stack; `take` (may be
 * NULL) reads its results. ERROR_RULE_OFF: it had been switched off before. Else what went wrong is in
 * err as rule: words, the rule may be off from now on where the phase is serving, and the engine is
 * good for the next. */
struct rule_call {
    int kept;
    int arguments, results;
    int (*push)(void *context, lua_State *lua);
    int (*take)(void *context, lua_State *lua, struct error *err);
    void *context;
};
int rule_call(struct rule *rule, const struct rule_call *call, struct error *err) ERROR_MUST_CHECK;

/* From begin to end calls follow each other, as for a batch of events: the clock is read once a call,
 * and what lies between two of them (reading the next event) counts as the later one's. */
void rule_series_begin(struct rule_engine *engine);
void rule_series_end(struct rule_engine *engine);

/* For functions. Each raises an error blamed on the rule where the type is another; a number must be a
 * whole one (no cdata, no inf). Strings hold no NUL where `text`, at most max bytes. */
const char *rule_check_text(lua_State *lua, int index, size_t max, size_t *size);
int64_t rule_check_integer(lua_State *lua, int index, int64_t low, int64_t high);
bool rule_check_flag(lua_State *lua, int index);
void rule_check_table(lua_State *lua, int index);
void rule_check_function(lua_State *lua, int index);
void rule_check_count(lua_State *lua, int least, int most); /* of arguments */
int rule_raise(lua_State *lua, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Tables as a family reads them: keys that are in no row are refused by name. */
enum rule_kind {
    RULE_TEXT,
    RULE_INTEGER,
    RULE_FLAG,
    RULE_FUNCTION,
    RULE_TEXTS, /* a list */
    RULE_TABLE
};
struct rule_field {
    const char *key;
    enum rule_kind kind;
    bool required;
    int64_t low, high; /* bytes of a text, value of an integer, elements of a list */
};
/* Checks the table at index against rows; ERROR_BAD_CONTENT. */
int rule_table_check(lua_State *lua, int index, const struct rule_field *rows, size_t count,
                     struct error *err) ERROR_MUST_CHECK;
/* A plain value (boolean, whole number, text, tables of these, a list where its keys are 1..n) as
 * JSON, and back; depth and size bounded. NULL with err: what can't be told. */
json_t *rule_to_json(lua_State *lua, int index, struct error *err);
void rule_push_json(lua_State *lua, const json_t *value);

/* What flag(name) answers: {"NAME":bool}; unknown: false. */
void rule_engine_set_flags(struct rule_engine *engine, const json_t *flags);
/* What it answers instead, for a selftest, until called with NULL; borrowed. */
void rule_engine_mock_flags(struct rule_engine *engine, const json_t *flags);

/* A row a rule, of one set: [{"rule","file","title"?,"calls","total_us","max_us","p99_us",
 * "errors","off":null|{"code","words"}}], a new reference. `words` are the rule's: escape them. */
json_t *rule_set_report(const struct rule_set *set);
/* Of those rows as many from number `from` on as fit in a message: {"rules":[...],"total":N,
 * "memory_bytes":N,"memory_most_bytes":N}, the last two of the whole engine. NULL: there are none. */
json_t *rule_set_page(const struct rule_set *set, json_int_t from);
/* Bytes that the interpreter holds, and the most that it has held. */
void rule_engine_memory(const struct rule_engine *engine, size_t *now, size_t *most);

#endif
