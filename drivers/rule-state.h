/* SPDX-License-Identifier: ISC
 *
 * What the files of the Lua runtime share, and nobody else includes. rule-engine.h is the contract.
 */
#ifndef DRIVERS_RULE_STATE_H
#define DRIVERS_RULE_STATE_H

#include "drivers/rule-engine.h"
#include "drivers/rule-guard.h"
#include "drivers/rule-pause.h"
#include "drivers/rule-telemetry.h"
#include "media/base/limits.h"

#define RULE_FILE_BYTES 256

/* Who memory of the interpreter is charged to. It outlives its rule until the last byte is given
 * back. */
struct rule_owner {
    struct rule *rule; /* NULL: gone */
    size_t held;       /* bytes */
};

struct rule_memory {
    size_t now, most, limit;  /* bytes; limit is the one in force */
    struct rule_owner own;    /* of the engine itself */
    struct rule_owner *owner; /* whom new memory is charged to */
};

struct rule_case {
    int table; /* reference */
    int line;
};

struct rule_log {
    int64_t second;
    unsigned lines, held_back;
};

struct rule {
    struct rule_engine *engine;
    const struct rule_set *set;
    struct rule_owner *owner;
    char file[RULE_FILE_BYTES];
    char id[LIMIT_LUA_ID_BYTES + 1];
    char title[LIMIT_LUA_TITLE_BYTES + 1];
    char *blame; /* for struct rule_span */
    bool declared;
    void *data;
    int kept[LIMIT_LUA_KEPT]; /* references */
    size_t kept_count;
    struct rule_case cases[LIMIT_LUA_SELFTESTS];
    size_t case_count;
    struct rule_telemetry telemetry;
    struct rule_log log;
    struct rule_patterns *patterns; /* NULL: none yet */
    bool off;                       /* while `pause` lasts */
    bool dropped;                   /* until newer content comes: its functions are let go */
    struct rule_pause pause;
    struct error why;
};

struct rule_set {
    struct rule_engine *engine;
    char type[LIMIT_NAME_BYTES + 1];
    size_t count;
    struct rule **rules;
};

struct rule_engine {
    lua_State *lua;
    const struct rule_family *family;
    void *context;
    struct rule_memory memory;
    struct rule_window window;
    int64_t series_ns; /* when the last call of the series ended; 0: there is no series */
    struct rule *running;
    enum rule_phase phase;
    struct rule_guard guard;
    const char *limit_name; /* of the innermost budget, with its number: what a refusal says */
    json_t *flags;
    const json_t *mocked_flags;
    struct rule_matcher *matcher;
    bool undecided; /* the error that is raised now is for want of steps */
    struct rule_set **sets;
    size_t set_count;
    struct rule_function head; /* the name of the family's head call */
    char scratch
        [LIMIT_LUA_TEXT]; /* of one function at a time: none of them calls back while it uses it */
};

/* The engine of a state: what its allocator belongs to. */
static inline struct rule_engine *rule_engine_from(lua_State *lua)
{
    void *engine;

    lua_getallocf(lua, &engine);
    return engine;
}

/* rule-memory.c */
#define RULE_MEMORY_SLACK                                                                          \
    (4 * MIB) /* what the host may add where a refusal would end the process */
void *rule_memory_allocate(void *engine, void *block, size_t old, size_t size);
/* For a library that tells no sizes when it frees. */
void *rule_memory_get(size_t size, void *engine);
void rule_memory_put(void *block, void *engine);
struct rule_owner *rule_owner_new(struct rule *rule);
void rule_owner_leave(struct rule_owner *owner);
/* Collects, and switches off whoever holds most, until a call has room. */
void rule_memory_make_room(struct rule_engine *engine);
static inline bool rule_memory_is_tight(const struct rule_engine *engine)
{
    return engine->memory.now > LIMIT_LUA_MEMORY - LIMIT_LUA_CALL_MEMORY;
}

/* rule-set.c: gives the rule's functions and tables back. */
void rule_let_go(struct rule *rule);

/* rule-call.c. How budgets are called in a refusal. */
#define RULE_WORD_OF(number) #number
#define RULE_WORD(limit)     RULE_WORD_OF(limit)
#define RULE_CALL_LIMIT      "LUA_CALL_US, " RULE_WORD(LIMIT_LUA_CALL_US) " us"
#define RULE_LOAD_LIMIT      "LUA_LOAD_US, " RULE_WORD(LIMIT_LUA_LOAD_US) " us"
struct rule_run {
    struct rule_span span;
    struct rule *running;
    enum rule_phase phase;
    struct rule_owner *owner;
    size_t limit;
    const char *limit_name;
};
/* From begin to end memory and time count as the rule's; bounded: a call's growth is bounded, too. */
void rule_run_begin(struct rule_run *run, struct rule *rule, int64_t limit_us, const char *name);
void rule_run_end(struct rule_run *run, struct rule *rule);
/* function under that budget, with context as its light userdata; protected. Negative: err has
 * FILE:LINE: rule ID: words, with RULE_TIME, RULE_MEMORY or RULE_FAILED. */
int rule_run_protected(struct rule *rule, int64_t limit_us, const char *name,
                       lua_CFunction function, void *context, struct error *err) ERROR_MUST_CHECK;
void rule_hook(lua_State *lua, lua_Debug *where);
/* code and words become the reason, with how long before them. RULE_MEMORY: until newer content comes,
 * also of one that pauses; its functions are let go. */
void rule_switch_off(struct rule *rule, const struct error *why);
/* "FILE: rule ID: " before the words. */
int rule_error_context(const struct rule *rule, int line, struct error *err);

/* rule-library.c: pushes a new environment. Upvalue 1 of each function is its row. */
void rule_push_environment(lua_State *lua);
struct rule_library {
    const struct rule_function *rows;
    size_t count;
};
struct rule_library rule_library_base(void);
struct rule_library rule_library_string(void);
struct rule_library rule_library_table(void);
struct rule_library rule_library_match(void);
struct rule_library rule_library_host(void); /* flag, log, selftest */
void rule_push_head(lua_State *lua);         /* sets it in the environment at the top */
void rule_push_text(lua_State *lua,
                    int index); /* of any value; a number, boolean or string as it is */

/* rule-library-match.c */
struct rule_matcher *rule_matcher_new(struct rule_engine *engine);
void rule_matcher_free(struct rule_matcher *matcher);
void rule_patterns_free(struct rule_patterns *patterns);

/* For functions that take long in C: raises once the budget is used up. */
void rule_check_time(lua_State *lua);

#endif
