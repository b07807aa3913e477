/* SPDX-License-Identifier: ISC
 *
 * Hostile rules, each in a process of its own that is sandboxed as a driver is, beside a good one: it
 * ends within its budget, with what it did wrong and its own name, and the good rule goes on.
 */
#include <config.h>

#include "tests/test.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/drivers/rule-scene.h"

#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/sandbox.h"

void driver_at(const struct driver_content *content, const char *file, uint64_t line,
               const char *item)
{
}

#ifdef WITH_SANITIZERS
#define SLOW 20
#elif defined(WITH_COVERAGE)
#define SLOW 8
#else
#define SLOW 1
#endif

#define LATE_US     250000 /* beyond a budget */
#define CALLS       40     /* of the attack, until the rule is off */
#define ATTACK_TEXT (80 * KIB)

/* How the attack is to end. */
enum end { REFUSED /* while it is loaded */, SWITCHED_OFF, UNDECIDED, DETECTS, ENDS_PROCESS };

struct attack {
    const char *name;
    /* A handler's body, or where `file` a whole file: before, count times each, after. */
    const char *before, *each, *after;
    unsigned count;
    bool file;
    enum end end;
    enum error_code code, or_code; /* or_code: as good, or 0 */
    const char *words;
};

#define HEAD         "rule{id=\"evil\", title=\"Evil\"}\n"
#define GOOD_HANDLER "on(function(e) if e.path == \"/bad\" then detect() end end)\n"
#define TESTS                                                                                      \
    "selftest{event={path=\"/bad\"}, detects=1}\nselftest{event={path=\"/good\"}, detects=0}\n"
#define FILE_OF(text) HEAD GOOD_HANDLER TESTS text

/* Uses what another might have broken. */
static const char good_rule[] =
    "rule{id=\"good\", title=\"Good\"}\n"
    "on(function(e)\n"
    "  local t = {} for w in pairs(e) do table.insert(t, w) end table.sort(t)\n"
    "  if string.lower(string.sub(e.path or \"\", 1, 4)) == \"/bad\" and match.re(e.path, "
    "\"^/b.d$\")\n"
    "    and match.glob(e.path, \"/b*\") and table.concat(t, \",\") == \"path\" then detect() end\n"
    "end)\n" TESTS;

#define LONG_A "local s = \"a\" for i = 1, 15 do s = s .. s end "

#define TIME(name, text)                                                                           \
    {                                                                                              \
        name, text, "", "", 0, false, SWITCHED_OFF, ERROR_RULE_TIME, 0,                            \
            "took longer than LUA_CALL_US"                                                         \
    }
#define FLOOD(name, text)                                                                          \
    {                                                                                              \
        name, text, "", "", 0, false, SWITCHED_OFF, ERROR_RULE_MEMORY, ERROR_RULE_TIME, "evil"     \
    }
#define FAILS(name, text, words)                                                                   \
    {                                                                                              \
        name, text, "", "", 0, false, SWITCHED_OFF, ERROR_RULE_FAILED, 0, words                    \
    }
#define FAILS_OR_TIME(name, text, words)                                                           \
    {                                                                                              \
        name, text, "", "", 0, false, SWITCHED_OFF, ERROR_RULE_FAILED, ERROR_RULE_TIME, words      \
    }
#define UNSURE(name, text, words)                                                                  \
    {                                                                                              \
        name, text, "", "", 0, false, UNDECIDED, ERROR_RULE_FAILED, ERROR_RULE_TIME, words         \
    }
#define LOAD(name, text, words)                                                                    \
    {                                                                                              \
        name, text, "", "", 0, true, REFUSED, ERROR_BAD_CONTENT, 0, words                          \
    }
#define MANY(name, before, each, count, after, words)                                              \
    {                                                                                              \
        name, before, each, after, count, true, REFUSED, ERROR_BAD_CONTENT, 0, words               \
    }
#define HARMLESS(name, text)                                                                       \
    {                                                                                              \
        name, text " detect(3)", "", "", 0, false, DETECTS, ERROR_OK, 0, ""                        \
    }

static const struct attack attacks[] = {
    /* loops */
    TIME("while", "while true do end"),
    TIME("repeat", "repeat until false"),
    TIME("for to a huge number", "for i = 1, 1e300 do end"),
    TIME("for to infinity", "for i = 1, 1/0 do end"),
    TIME("for with step 0", "for i = 1, 2, 0 do end"),
    TIME("goto", "::a:: goto a"),
    TIME("endless iterator", "for _ in function() return 1 end do end"),
    TIME("tail calls", "local function f() return f() end f()"),
    TIME("two that call each other", "local a, b function a() return b() end "
                                     "function b() return a() end a()"),
    TIME("recursion that does not grow",
         "local function f(n) if n > 0 then f(n - 1) f(n - 1) end end "
         "f(100)"),
    TIME("pairs for ever", "local t = {1} while true do for k in pairs(t) do end end"),
    FAILS("deep recursion", "local function f() f() return 1 end f()", "stack overflow"),
    FAILS_OR_TIME("arguments that grow", "local function f(...) return f(1, 2, 3, ...) end f()",
                  "evil"),

    /* memory */
    FLOOD("a text that doubles", "local s = \"x\" while true do s = s .. s end"),
    FLOOD("a chain of tables", "local t = {} while true do t = {t, t} end"),
    FLOOD("texts kept", "local t = {} for i = 1, 1e9 do t[i] = tostring(i) end"),
    FLOOD("insert", "local t = {} while true do table.insert(t, {}) end"),
    FLOOD("insert in front", "local t = {} while true do table.insert(t, 1, 1) end"),
    FLOOD("closures",
          "local t = {} while true do local x = {} t[#t + 1] = function() return x end end"),
    FLOOD("an array with holes", "local t = {} for i = 1, 1e9 do t[i * 7919] = i end"),
    FLOOD("held from call to call", "kept = kept or {} local s = \"x\" for i = 1, 21 do s = s .. s "
                                    "end kept[#kept + 1] = s .. #kept"),
    FLOOD("held in many small parts",
          "kept = kept or {} for i = 1, 20000 do kept[#kept + 1] = {i} end"),
    TIME("a long text made again and again", LONG_A "while true do local x = s .. \"a\" end"),
    FLOOD("a text of megabytes made again", LONG_A "for i = 1, 6 do s = s .. s end "
                                                   "while true do local x = s .. \"a\" end"),

    /* the library */
    TIME("format", "while true do string.format(\"%99.99f %99d %s\", 1, 2, \"x\") end"),
    TIME("char", "while true do string.char(1, 2, 3) end"),
    TIME("lower", LONG_A "while true do string.lower(s) end"),
    TIME("byte", LONG_A "while true do string.byte(s, 1, 200) end"),
    TIME("concat",
         "local t = {} for i = 1, 1000 do t[i] = \"abc\" end while true do table.concat(t) end"),
    FAILS("concat beyond the bound", LONG_A "table.concat({s, s, s})",
          "table.concat: makes more than LUA_TEXT"),
    FAILS("format beyond the bound", LONG_A "string.format(\"%s%s%s\", s, s, s)",
          "string.format: makes more"),
    FAILS("lower beyond the bound", LONG_A "string.lower(s .. s .. s)", "at most 65536 bytes"),
    TIME("sort with a comparison that lies",
         "local t = {} for i = 1, 100 do t[i] = i end while true do "
         "table.sort(t, function() return true end) end"),
    TIME("sort with a comparison that takes for ever",
         "table.sort({1, 2, 3}, function() while true do end end)"),
    TIME("sort of much",
         "local t = {} for i = 1, 60000 do t[i] = -i end while true do table.sort(t) end"),
    FAILS("sort with a comparison that fails",
          "table.sort({1, 2, 3}, function() error(\"mine\") end)", "mine"),
    FAILS("sort of mixed kinds", "table.sort({1, \"a\", {}})",
          "expected numbers alone or texts alone"),
    HARMLESS("sort of a table that its comparison changes",
             "local t = {3, 2, 1} table.sort(t, function(a, b) t[#t + 1] = 1 t[1] = nil return "
             "true end)"),
    FAILS_OR_TIME("sort within sort",
                  "local function f() table.sort({1, 2}, function() f() end) end f()", "evil"),
    FAILS("next with a stolen key", "next({}, \"k\")", "next"),
    FAILS("next with a table as key", "next({1}, {})", "next"),
    FAILS("concat of tables", "table.concat({{}})", "[1]: expected a text or a number, got table"),
    FAILS("insert far away", "table.insert({}, 2^53, 1)", "argument 2: expected a whole number"),
    FAILS("remove far away", "table.remove({1}, -1)", "argument 2: expected a whole number"),
    FAILS("select from nowhere", "select(-5, 1)", "argument 1: expected"),
    FAILS("select nothing", "select(0, 1)", "argument 1: expected"),
    FAILS("bytes of a range too long", LONG_A "string.byte(s, 1, -1)", "255"),
    FAILS("sub with no number", "string.sub(\"x\", 0/0)", "argument 2: expected a whole number"),
    FAILS("char beyond a byte", "string.char(256)", "from 0 to 255"),
    FAILS("format of a text as number", "string.format(\"%d\", \"1\")",
          "expected a whole number, got string"),
    FAILS("format with nothing", "string.format(\"%s\")", "argument 2: missing"),
    FAILS("format with %n", "string.format(\"%n\", 1)", "string.format: expected %d"),
    FAILS("format with a width from outside", "string.format(\"%*d\", 1, 1)",
          "string.format: expected %d"),
    FAILS("format with a wide width", "string.format(\"%100d\", 1)", "string.format: expected %d"),
    FAILS("format that ends early", "string.format(\"%\")", "string.format: expected %d"),
    FAILS("tonumber in no base", "tonumber(\"1\", 99)", "from 2 to 36"),
    FAILS("floor of a text", "math.floor(\"1\")", "expected a number, got string"),
    FAILS("max of nothing", "math.max()", "expected a number"),
    HARMLESS("where a table lies is not told",
             "if tostring({}) ~= \"table\" or tostring(detect) ~= \"function\" or "
             "string.format(\"%s\", {}) ~= \"table\" then detect(100) end"),

    /* matching */
    UNSURE("catastrophic expression",
           "match.re(\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\", \"^(a+)+$\")",
           "match.re: the expression takes more than LUA_MATCH_STEPS"),
    UNSURE("an expression that runs along a long text from each byte",
           LONG_A "match.re(s .. s, \"[^x]*+[yz]\")", "evil"),
    UNSURE("the same with alternatives",
           LONG_A "match.re(s .. s, \"(?:[^x]*+y|[^x]*+z|[^w]*+y|a*+b|a*+c|[^q]*+r)\")", "evil"),
    UNSURE("steps that each run along a long text",
           LONG_A "match.re(s .. s, \"^(?:a|b)*?[^x]*+[yz]\")", "evil"),
    UNSURE("look around", LONG_A "match.re(s, \"(?=.*?[bc]|)(?<!c)a*a*a*a*[bc]\")", "evil"),
    UNSURE("recursion in an expression", "match.re(\"aaaa\", \"(a?(?R)?)*[bc]\")", "match.re: "),
    TIME("expressions in a loop",
         "while true do match.re(\"/usr/bin/x\", \"^/usr/(s?bin|lib)/\") end"),
    FAILS("ever new expressions", "for i = 1, 1e6 do match.re(\"x\", \"a\" .. i) end",
          "LUA_PATTERNS"),
    FAILS("an expression that is too long", LONG_A "match.re(\"x\", s)", "at most 1024 bytes"),
    FAILS("an expression that is too deep",
          "match.re(\"x\", "
          "\"((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))\")",
          "match.re: expression, byte"),
    FAILS("an expression that becomes too large",
          "match.re(\"x\", \"(((a{1,999}){1,999}){1,999})\")", "match.re: expression, byte"),
    FAILS("too many groups",
          "match.re(\"x\", \"()()()()()()()()()()()()()()()()()()()()()()()()()()()()()()()()()\")",
          "32 groups at most"),
    FAILS("an expression that turns on UTF", "match.re(\"x\", \"(*UTF)x\")",
          "match.re: expression, byte"),
    FAILS("a single code unit", "match.re(\"x\", \"\\\\C\")", "match.re: expression, byte"),
    FAILS("no expression", "match.re(\"x\", \"(\")", "match.re: expression, byte"),
    HARMLESS("a limit of its own", "match.re(\"x\", \"(*LIMIT_MATCH=4000000000)x\")"),
    TIME("globs in a loop", LONG_A "while true do match.glob(s, \"*a*a*a*a*a*a*a*b\") end"),
    UNSURE("a glob that is too much", LONG_A "match.glob(s, string.sub(s, 1, 1024))", "shorter"),
    TIME("parts in a loop", LONG_A "while true do match.literal(s, \"aaaaaaaaaaaaaaaaab\") end"),

    /* the host */
    TIME("log", "while true do log(\"flood\") end"),
    FAILS("detect a text", "detect(\"x\")",
          "detect: argument 1: expected a whole number, got string"),
    FAILS("detect half", "detect(1.5)", "detect: argument 1: expected a whole number"),
    FAILS("detect no number", "detect(0/0)", "detect: argument 1: expected a whole number"),
    FAILS("detect infinity", "detect(-1/0)", "detect: argument 1: expected a whole number"),
    FAILS("detect much", "detect(2^60)", "detect: argument 1: expected a whole number"),
    FAILS("detect more", "detect(1, 2)", "detect: expected 1 arguments at most, got 2"),
    FAILS("log a table", "log({})", "log: argument 1: expected a text, got table"),
    FAILS("log nothing", "log()", "log: expected 1 arguments at least"),
    FAILS("flag of NUL", "flag(\"a\\0b\")", "flag: argument 1: expected a text without NUL"),
    FAILS("a value that holds itself", "local t = {} t.t = t host.json(t)", "LUA_VALUE_DEPTH"),
    FAILS("a value that is wide and deep",
          "local t = {} for d = 1, 7 do local n = {} for i = 1, 100 do n[i] = t end t = n end "
          "host.json(t)",
          "LUA_VALUES"),
    FAILS("a value that is none", "host.json{f = detect}", "a function is no plain value"),
    FAILS("a value that is no number", "host.json{0/0}", "expected a whole number"),
    FAILS("a value with a key that is none", "host.json{[{}] = 1}", "expected keys that are texts"),
    FAILS("a value that is no text", "host.json{\"\\255\"}", "expected a text in UTF-8"),
    FAILS("head in a handler", "rule{id=\"x\", title=\"x\"}", "rule: called a second time"),
    FAILS("on in a handler", "on(function() end)", "on: expected while the file is loaded only"),
    FAILS("selftest in a handler", "selftest{}",
          "selftest: expected while the file is loaded only"),
    {"stuck in C", "host.spin()", "", "", 0, false, ENDS_PROCESS, ERROR_OK, 0, "a.lua: rule evil"},

    /* errors */
    FAILS("an error that is a table", "error({})", "error: argument 1: expected a text, got table"),
    FAILS("an error that is a function", "error(detect)",
          "error: argument 1: expected a text, got function"),
    FAILS("an error of nothing", "error()", "error: argument 1: expected a text"),
    FAILS("an error without words", "error(\"\")", "a.lua:2: rule evil: "),
    FAILS("an error of many words", LONG_A "error(s)", "rule evil: aaaa"),
    FAILS("an error with the place of another", "error(\"b.lua:1: rule good: x\")",
          "a.lua:2: rule evil: b.lua:1: "),
    FAILS("an error of the interpreter's", "local x = nil + 1",
          "attempt to perform arithmetic on a nil value"),
    FAILS("a call of nothing", "nothing()", "attempt to call global 'nothing'"),
    FAILS("comparison of kinds", "local x = {} < {}", "attempt to compare"),

    /* what is not there */
    HARMLESS(
        "globals that are absent",
        "if pcall or xpcall or coroutine or setmetatable or getmetatable or rawset or rawget or "
        "rawequal or newproxy or collectgarbage or gcinfo or load or loadstring or loadfile or "
        "dofile or require or module or package or debug or io or os or ffi or jit or bit or _G or "
        "_VERSION or getfenv or setfenv or print or unpack or assert or arg then detect(100) end"),
    HARMLESS("functions that are absent",
             "if string.dump or string.rep or string.find or string.match or string.gmatch or "
             "string.gsub or string.reverse or table.foreach or table.getn or table.maxn or "
             "table.move or "
             "math.random or math.randomseed or math.huge then detect(100) end"),
    FAILS("methods of texts", "local s = (\"x\"):rep(1e9)", "attempt to index"),
    FAILS("fields of texts", "local s = (\"x\").len", "attempt to index a string value"),
    FAILS("fields of numbers", "local s = (1).x", "attempt to index a number value"),
    FAILS("fields of functions", "detect.x = 1", "attempt to index"),
    HARMLESS("the library of others",
             "string.sub = nil string.lower = function() return \"/bad\" end table.concat = nil "
             "match.re = nil match.glob = log match = nil string = nil detectx = detect"),
    HARMLESS("the event of others", "e.path = \"/bad\" e.more = {e} e.attack = nil"),

    /* files */
    LOAD("bytecode", "\x1bLJ\x02\x08\x06=a.lua", "attempt to load chunk with wrong mode"),
    LOAD("a first line for a shell", "#!/bin/lua '\n" FILE_OF("local x = 1LL -- '"),
         "a.lua:1: expected Lua from the first byte on"),
    LOAD("a mark of byte order", "\xef\xbb\xbf" FILE_OF(""),
         "a.lua:1: expected Lua from the first byte on"),
    LOAD("no UTF-8", FILE_OF("-- \xff"), "a.lua: expected a text in UTF-8"),
    LOAD("1LL", FILE_OF("local x = 1LL"), "a.lua:5: expected a number without suffix"),
    LOAD("1ull", FILE_OF("local x = {1ull}"), "expected a number without suffix"),
    LOAD("0xffULL", FILE_OF("local x = -0xffULL"), "expected a number without suffix"),
    LOAD("1i", FILE_OF("local x = 1i"), "expected a number without suffix"),
    LOAD("1e+5i", FILE_OF("local x = 1e+5i"), "expected a number without suffix"),
    LOAD(".5I", FILE_OF("local x = .5I"), "expected a number without suffix"),
    LOAD("..1LL", FILE_OF("local x = \"\"..1LL"), "expected a number without suffix"),
    LOAD("1LL behind a long comment", FILE_OF("--[==[ ]] ]=] \n]==] x = 1LL"),
         "a.lua:6: expected a number"),
    LOAD("1LL behind what looks like a comment", FILE_OF("x = \"\\\"--\" y = 1LL"),
         "a.lua:5: expected a number"),
    LOAD("1LL behind a long text", FILE_OF("x = [=[ ]] ' ]=] y = 1LL"),
         "a.lua:5: expected a number"),
    LOAD("1LL behind a short comment", FILE_OF("--[=  '\rx = 1LL"),
         "expected a number without suffix"),
    MANY("many parentheses", FILE_OF("local x = "), "(", 30000, "1", "a.lua:5: "),
    MANY("many braces", FILE_OF("local x = "), "{", 30000, "1", "a.lua:5: "),
    MANY("many blocks", FILE_OF(""), "do ", 15000, "", "a.lua:5: "),
    MANY("many functions", FILE_OF(""), "x=function() ", 4000, "", "a.lua:5: "),
    MANY("many nots", FILE_OF("local x = "), "not ", 15000, "1", "a.lua:5: "),
    MANY("many minuses", FILE_OF("local x = "), "- ", 20000, "1", "a.lua:5: "),
    MANY("many concatenations", FILE_OF("local a = \"\" local x = "), "a..", 15000, "a",
         "a.lua:5: "),
    MANY("many powers", FILE_OF("local a = 1 local x = "), "a^", 15000, "a", "a.lua:5: "),
    MANY("many locals", FILE_OF(""), "local a ", 5000, "", "a.lua:5: "),
    MANY("many assignments", FILE_OF("a"), ",a", 10000, "=1", "a.lua:5: "),
    MANY("many selftests", FILE_OF(""), "selftest{} ", 70, "", "more than LUA_SELFTESTS, 64 cases"),
    MANY("many handlers", FILE_OF(""), "on(detect) ", 70, "", "on: more than 4"),
    MANY("many bytes", FILE_OF(""), "-- xxxxxxxxxxxxxxxx\n", 4000, "",
         "larger than LUA_RULE_BYTES"),
    LOAD("a loop while it is loaded", FILE_OF("while true do end"),
         "rule evil: took longer than LUA_LOAD_US"),
    LOAD("a loop before the head", "while true do end", "a.lua:1: took longer than LUA_LOAD_US"),
    LOAD("a flood while it is loaded", FILE_OF("local s = \"x\" while true do s = s .. s end"),
         "rule evil: took more than LUA_CALL_MEMORY"),
    LOAD("selftests in a loop", FILE_OF("while true do selftest{event={}, detects=0} end"),
         "LUA_SELFTESTS"),
    LOAD("a loop in a selftest",
         HEAD "on(function(e) while e.path == \"/good\" do end detect() end)\n" TESTS,
         "a.lua:2: rule evil: took longer than LUA_CALL_US"),
    LOAD("head twice", FILE_OF("rule{id=\"x\", title=\"X\"}"), "rule: called a second time"),
    LOAD("head in a selftest", HEAD "on(function(e) rule{id=\"x\", title=\"X\"} end)\n" TESTS,
         "rule: called a second time"),
    LOAD("head with a function", "rule(function() end)",
         "rule: argument 1: expected a table, got function"),
    LOAD("an id with control characters", "rule{id=\"a\\27[2J\", title=\"x\"}",
         "rule: id: expected a name"),
    LOAD("a title with control characters", "rule{id=\"a\", title=\"\\27[2J\"}",
         "rule: title: expected a text"),
    LOAD("the id of another", "rule{id=\"good\", title=\"x\"}\n" GOOD_HANDLER TESTS,
         "expected an id of its own, which a.lua has, too"),
};

/* What the process tells. */
struct outcome {
    int reached; /* it came to its end */
    int code;
    char words[ERROR_WORDS_BYTES];
    int64_t slowest_us; /* of a load or a call, processor time */
    int64_t detected;
    int off;
    unsigned undecided;
    size_t most; /* bytes of the interpreter */
    int good;    /* what the good rule detected afterwards: 1 */
};

static void make_text(const struct attack *attack, char *text)
{
    size_t end;

    end = (size_t)snprintf(text, ATTACK_TEXT, "%s%s",
                           attack->file ? ""
                                        : HEAD "on(function(e) if e.path == \"/bad\" then "
                                               "detect() end if e.attack then ",
                           attack->before);
    for (unsigned i = 0; i < attack->count && end < ATTACK_TEXT; i++)
        end += (size_t)snprintf(text + end, ATTACK_TEXT - end, "%s", attack->each);
    if (end < ATTACK_TEXT)
        snprintf(text + end, ATTACK_TEXT - end, "%s%s", attack->after,
                 attack->file ? "" : " end end)\n" TESTS);
}

static int64_t used_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void note(struct outcome *outcome, int64_t began, int result, const struct error *err)
{
    int64_t took = used_us() - began;

    if (took > outcome->slowest_us)
        outcome->slowest_us = took;
    if (result < 0) {
        outcome->code = (int)err->code;
        snprintf(outcome->words, sizeof(outcome->words), "%s", err->words);
    }
}

static void call_good(struct rule_scene *scene, size_t i, struct outcome *outcome)
{
    json_t *event = json_pack("{s:s}", "path", "/bad");
    struct error err = {0};

    scene->detected = 0;
    if (rule_scene_call(rule_set_rule(scene->set, i), event, &err) == 0)
        outcome->good = (int)scene->detected;
    else
        fprintf(stderr, "%s\n", err.words);
    json_decref(event);
}

static void call_attack(struct rule_scene *scene, unsigned calls, struct outcome *outcome)
{
    struct rule *rule = rule_set_rule(scene->set, 0);
    json_t *event = json_pack("{s:b}", "attack", 1);

    scene->detected = 0;
    for (unsigned i = 0; i < calls && !rule_is_off(rule); i++) {
        struct error err = {0};
        int64_t began = used_us();

        note(outcome, began, rule_scene_call(rule, event, &err), &err);
    }
    outcome->detected = scene->detected;
    outcome->undecided = scene->undecided;
    if (scene->off > 0)
        note(outcome, used_us(), -1, &scene->why);
    json_decref(event);
}

static void run_attack(struct rule_scene *scene, const char *text, unsigned calls,
                       struct outcome *outcome)
{
    const struct rule_scene_file files[] = {{"a.lua", text, 0}, {"b.lua", good_rule, 0}};
    int64_t began = used_us();
    struct error err = {0};
    size_t now;
    int result = rule_scene_load(scene, files, 2, &err);

    note(outcome, began, result, &err);
    if (result == 0) {
        call_attack(scene, calls, outcome);
        call_good(scene, 1, outcome);
        outcome->off = rule_is_off(rule_set_rule(scene->set, 0));
    } else if (rule_scene_load(scene, files + 1, 1, &err) == 0) {
        call_good(scene, 0, outcome);
    }
    rule_engine_memory(scene->engine, &now, &outcome->most);
}

static int confine(void)
{
    static const struct sandbox_call calls[] = {
        RULE_ENGINE_CALLS{SYS_memfd_create, "files", -1, 0, 0}};
    static const struct sandbox_profile profile = {
        .name = "rules",
        .calls = calls,
        .call_count = sizeof(calls) / sizeof(calls[0]),
#ifndef WITH_SANITIZERS
        .memory_bytes = 256 * MIB,
#endif
        .file_bytes = MIB,
        .open_files = 64,
        .cpu_seconds = 60,
    };
    struct error err = {0};

    json_object_seed(0);
    if (sandbox_enter(&profile, &err) == 0 && sandbox_seal(&profile, &err) == 0)
        return 0;
    fprintf(stderr, "%s\n", err.words);
    return -1;
}

static void be_driver(const char *text, unsigned calls, int out, int blame)
{
    struct outcome outcome = {0};
    void *scene;

    if (confine() < 0 || rule_scene_open(&scene) < 0)
        _exit(1);
    rule_engine_blame_to(((struct rule_scene *)scene)->engine, blame);
    run_attack(scene, text, calls, &outcome);
    rule_scene_close(&scene);
    outcome.reached = 1;
    if (write(out, &outcome, sizeof(outcome)) != (ssize_t)sizeof(outcome))
        _exit(1);
    _exit(0);
}

/* The heartbeat that was sent at the end, if any, becomes the words. */
static void read_blame(int socket, struct outcome *outcome)
{
    struct frame frame;
    struct error err = {0};
    json_t *body = NULL;

    if (frame_receive(socket, LIMIT_DRIVER_MESSAGE, 0, &frame, &err) < 0)
        return;
    if (frame_read_json(&frame, DRIVER_HEARTBEAT, &body, &err) == 0)
        snprintf(outcome->words, sizeof(outcome->words), "%s",
                 json_string_value(json_object_get(body, "item")));
    json_decref(body);
    frame_clear(&frame);
}

static void run(const struct attack *attack, struct outcome *outcome)
{
    char *text = bytes_allocate(1, ATTACK_TEXT);
    struct error err = {0};
    int ends[2], out[2];
    pid_t pid;

    *outcome = (struct outcome){0};
    make_text(attack, text);
    assert_ok(frame_pair(ends, &err), &err);
    assert_int_equal(pipe(out), 0);
    fflush(stdout);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        be_driver(text, attack->end == DETECTS ? 1 : CALLS, out[1], ends[1]);
    close(out[1]);
    close(ends[1]);
    if (read(out[0], outcome, sizeof(*outcome)) != (ssize_t)sizeof(*outcome))
        read_blame(ends[0], outcome);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(out[0]);
    close(ends[0]);
    free(text);
}

/* Who makes such a text switches nothing off by it, unless by time, and is heard each time. */
static bool went_unanswered(const struct outcome *outcome)
{
    return outcome->code == (int)ERROR_RULE_TIME ? outcome->off : outcome->undecided == CALLS;
}

static const char *verdict(const struct attack *attack, const struct outcome *outcome)
{
    int64_t budget = attack->end == REFUSED ? LIMIT_LUA_LOAD_US : LIMIT_LUA_CALL_US;

    if (attack->end == ENDS_PROCESS)
        return outcome->reached                             ? "the process did not end"
               : strcmp(outcome->words, attack->words) != 0 ? "blame"
                                                            : NULL;
    if (!outcome->reached)
        return "the process ended";
    if (outcome->code != (int)attack->code &&
        (attack->or_code == 0 || outcome->code != (int)attack->or_code))
        return "code";
    if (strstr(outcome->words, attack->words) == NULL)
        return "words";
    if (attack->end == UNDECIDED && !went_unanswered(outcome))
        return "switched off, or silence";
    if (attack->end != UNDECIDED && outcome->off != (attack->end == SWITCHED_OFF))
        return "switched off or not";
    if (attack->end == DETECTS && outcome->detected != 3)
        return "it went another way";
    if (outcome->slowest_us > (budget + LATE_US) * SLOW)
        return "time";
    if (outcome->most > LIMIT_LUA_MEMORY + 4 * MIB)
        return "memory";
    return outcome->good == 1 ? NULL : "the good rule does not work";
}

static void every_hostile_rule_is_stopped_and_blamed_and_no_other(void **state)
{
    unsigned bad = 0;

    for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        struct outcome outcome;
        const char *wrong;

        run(&attacks[i], &outcome);
        wrong = verdict(&attacks[i], &outcome);
        print_message("# %s: %s, %lld us, %zu KiB%s%s\n", attacks[i].name,
                      error_name((enum error_code)outcome.code), (long long)outcome.slowest_us,
                      outcome.most / 1024, wrong != NULL ? ": WRONG: " : "",
                      wrong != NULL ? wrong : "");
        if (wrong == NULL)
            continue;
        print_message("#   got %s\n#   expected %s: %s\n", outcome.words,
                      error_name(attacks[i].code), attacks[i].words);
        bad++;
    }
    assert_int_equal(bad, 0);
    shows_case("G9"); /* expressions and globs are among them */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_hostile_rule_is_stopped_and_blamed_and_no_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
