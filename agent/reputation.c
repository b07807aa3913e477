/* SPDX-License-Identifier: ISC */
#include "agent/reputation.h"

#include <string.h>

#include "media/base/instant.h"
#include "media/base/json.h"

#define TYPE       "local-rep-data"
#define HASH_TEXT  64
#define NAME_BYTES 255 /* of a file, in a list */

static const char *const verdicts[] = {"neutral", "good", "bad"};

/* The lines as the driver's request. */
static json_t *split(const char *asked)
{
    json_t *hashes = json_array(), *signers = json_array();

    for (const char *line = asked; *line != '\0';) {
        size_t size = strcspn(line, "\n");

        json_array_append_new(size == HASH_TEXT && memchr(line, ':', size) == NULL ? hashes
                                                                                   : signers,
                              json_stringn(line, size));
        line += size + (line[size] == '\n');
    }
    return json_pack("{s:o, s:o}", "sha256", hashes, "signer", signers);
}

static bool is_verdict(const char *text)
{
    for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
        if (strcmp(verdicts[i], text) == 0)
            return true;
    }
    return false;
}

/* null, or {"verdict","name"?}. */
static int read_answer(const json_t *answer, const char **verdict, const char **name,
                       struct error *err)
{
    const struct json_field fields[] = {
        {"verdict", JSON_NAME, JSON_REQUIRED, verdict, 1, LIMIT_NAME_BYTES, NULL},
        {"name", JSON_TEXT, JSON_OPTIONAL, name, 1, NAME_BYTES, NULL},
    };

    *verdict = "unknown";
    *name = NULL;
    if (json_is_null(answer))
        return 0;
    if (json_fields(answer, fields, sizeof(fields) / sizeof(fields[0]), err) < 0)
        return -(int)err->code;
    if (!is_verdict(*verdict))
        return error_set(err, ERROR_PROTOCOL, "a verdict that there is not");
    return 0;
}

/* The driver may be anything: as many answers as were asked for, each of its form. */
static int pair(const json_t *request, const json_t *answers, const char *list, json_t *reply,
                struct error *err)
{
    const json_t *asked = json_object_get(request, list), *given = json_object_get(answers, list);
    json_t *rows = json_array();
    int result = 0;

    if (!json_is_array(given) || json_array_size(given) != json_array_size(asked))
        result = error_set(err, ERROR_PROTOCOL, "not as many answers as were asked for");
    for (size_t i = 0; i < json_array_size(asked) && result == 0; i++) {
        const char *verdict, *name;

        result = read_answer(json_array_get(given, i), &verdict, &name, err);
        if (result == 0)
            json_array_append_new(rows,
                                  json_pack("{s:O, s:s, s:s*}", "asked", json_array_get(asked, i),
                                            "verdict", verdict, "name", name));
    }
    json_object_set_new(reply, list, rows);
    return result < 0 ? error_context(err, "sallyport-driver-scanner") : 0;
}

static int find_content(struct state *state, json_t **reply, struct error *err)
{
    char time[INSTANT_TEXT_BYTES], id[DIGEST_TEXT_BYTES];
    struct state_package package;
    struct floor_clock clock;
    bool present = false;
    int result = state_package(state, TYPE, STATE_ACTIVE, &package, &present, err);

    if (result == 0 && !present)
        result = error_set(err, ERROR_NOT_FOUND,
                           "no " TYPE " is in service here; import a medium whose ring carries it");
    if (result == 0)
        result = state_clock(state, &clock, err);
    if (result < 0)
        return result;
    *reply =
        json_pack("{s:s, s:s, s:I, s:s, s:s, s:I}", "schema", "sallyport.reputation/1", "version",
                  package.version, "issue", (json_int_t)package.issue, "package",
                  digest_text(package.id, id), "time", instant_format(package.time_us, time), "age",
                  (json_int_t)((floor_now(&clock) - package.time_us) / INSTANT_SECOND_US));
    return 0;
}

int reputation_ask(struct state *state, struct driver_host *drivers, const char *asked,
                   json_t **reply, struct error *err)
{
    json_t *request = split(asked), *answers = NULL;
    int result = find_content(state, reply, err);

    if (result == 0)
        result = driver_host_serve(drivers, TYPE, request, &answers, err);
    /* What it refuses of a question is the question. */
    if (result < 0 && err->code == ERROR_DRIVER_REFUSED) {
        err->code = ERROR_USAGE;
        result = -(int)err->code;
    }
    if (result == 0)
        result = pair(request, answers, "sha256", *reply, err);
    if (result == 0)
        result = pair(request, answers, "signer", *reply, err);
    if (result < 0) {
        json_decref(*reply);
        *reply = NULL;
    }
    json_decref(answers);
    json_decref(request);
    return result;
}
