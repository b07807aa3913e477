/* SPDX-License-Identifier: ISC */
#include "drivers/rule-feed.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"
#include "media/base/log.h"
#include "media/base/spawn.h"
#include "media/base/text.h"

int rule_feed_open(const struct rule_family *family, struct driver_watch *watch, void **shared,
                   struct error *err)
{
    struct rule_feed *feed = bytes_allocate(1, sizeof(*feed));

    feed->watch = feed->ask.watch = watch;
    feed->engine = rule_engine_new(family, feed, err);
    if (feed->engine == NULL) {
        free(feed);
        return -(int)err->code;
    }
    rule_engine_blame_to(feed->engine, SPAWN_FD_SOCKET);
    *shared = feed;
    return 0;
}

void rule_feed_close(void *shared)
{
    struct rule_feed *feed = shared;

    rule_ask_end(&feed->ask);
    rule_engine_free(feed->engine);
    free(feed);
}

int rule_feed_load(const struct driver_content *content, void **loaded, struct error *err)
{
    const struct rule_feed *feed = content->shared;
    struct rule_set *rules;
    int result = rule_set_load(feed->engine, content, &rules, err);

    if (result == 0)
        *loaded = rules;
    return result;
}

void rule_feed_unload(void *loaded)
{
    rule_set_free(loaded);
}

json_t *rule_feed_stats(void *loaded)
{
    size_t count = loaded != NULL ? rule_set_count(loaded) : 0, off = 0;

    for (size_t i = 0; i < count; i++)
        off += rule_is_off(rule_set_rule(loaded, i));
    return json_pack("{s:I, s:I}", "rules", (json_int_t)count, "off", (json_int_t)off);
}

static int serve_rules(const struct rule_set *rules, const json_t *request, json_t **reply,
                       struct error *err)
{
    (void)err;
    *reply = rule_set_page(rules, json_integer_value(json_object_get(request, "from")));
    return 0;
}

/* Without rules nobody calls flag(). */
static int serve_flags(const struct rule_set *rules, const json_t *request, json_t **reply,
                       struct error *err)
{
    const json_t *flags = json_object_get(request, "flags");

    if (!json_is_object(flags))
        return error_set(err, ERROR_PROTOCOL, "flags: expected an object \"flags\"");
    if (rules != NULL)
        rule_engine_set_flags(rule_set_engine(rules), flags);
    *reply = json_object();
    return 0;
}

int rule_feed_serve(void *loaded, const struct rule_feed_request *own, const json_t *request,
                    json_t **reply, struct error *err)
{
    const char *ask = json_string_value(json_object_get(request, "ask"));

    if (ask != NULL && strcmp(ask, own->ask) == 0)
        return own->answer(loaded, reply, err);
    if (ask != NULL && strcmp(ask, "rules") == 0)
        return serve_rules(loaded, request, reply, err);
    if (ask != NULL && strcmp(ask, "flags") == 0)
        return serve_flags(loaded, request, reply, err);
    return error_set(err, ERROR_PROTOCOL, "serve: expected \"ask\":\"%s\", \"rules\" or \"flags\"",
                     own->ask);
}

struct rule_feed *rule_feed_of(const struct rule *rule)
{
    return rule_engine_context(rule_engine_of(rule));
}

int rule_feed_ask(lua_State *lua, int arguments, bool reasoned)
{
    return rule_ask(lua, &rule_feed_of(rule_running(lua))->ask, arguments, reasoned);
}

void rule_feed_at(const struct rule *rule)
{
    const struct driver_content content = {.type = rule_type(rule),
                                           .watch = rule_feed_of(rule)->watch};

    driver_at(&content, rule_file(rule), 0, rule_id(rule));
}

void rule_feed_failed(const struct error *why)
{
    char words[2 * ERROR_WORDS_BYTES];

    log_write(LOG_LEVEL_WARN, "%s", text_escape_string(why->words, words, sizeof(words)));
}

void rule_feed_mock_begin(struct rule *rule, json_t *given, const struct rule_ask *mock,
                          struct rule_ask *before)
{
    struct rule_feed *feed = rule_feed_of(rule);

    if (!json_is_object(json_object_get(given, "flags")))
        json_object_set_new(given, "flags", json_object());
    rule_engine_mock_flags(feed->engine, json_object_get(given, "flags"));
    *before = feed->ask;
    feed->ask = *mock;
}

void rule_feed_mock_end(struct rule *rule, const struct rule_ask *before)
{
    struct rule_feed *feed = rule_feed_of(rule);

    rule_ask_end(&feed->ask);
    feed->ask = *before;
    rule_engine_mock_flags(feed->engine, NULL);
}
