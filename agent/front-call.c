/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "agent/front-call.h"

#include <stdio.h>
#include <string.h>

#include "media/base/json.h"
#include "media/base/source.h"
#include "media/digest.h"

static int refuse(struct front_call_error *error, const char *name, const char *parameter,
                  const char *value)
{
    error->name = name;
    error->parameter = parameter;
    /* A method name from a client may be longer; what is cut is only shown back to it. */
    snprintf(error->value, sizeof(error->value), "%.*s", (int)sizeof(error->value) - 1, value);
    return -1;
}

static int invalid_parameter(struct front_call_error *error, const char *parameter)
{
    return refuse(error, FRONT_CALL_SERVICE ".InvalidParameter", "parameter", parameter);
}

/* Everything that any method takes; a method's mask says which. */
struct parameters {
    const char *source, *name, *purpose, *owner, *set;
    json_t *only, *sha256, *signer;
    bool dry_run, tokens, confirm_time, strict_expiry;
    const char *file, *sha384;
    uint64_t after, limit;
    int64_t from_us, to_us;
};

enum {
    TAKES_SOURCE = 1,
    TAKES_NAME = 2,
    TAKES_ONLY = 4,
    TAKES_DRY_RUN = 8,
    TAKES_TOKENS = 16,
    TAKES_AFTER = 32,
    TAKES_LIMIT = 64,
    TAKES_UP_TO = 128,
    TAKES_PERIOD = 256,
    MAY_SOURCE = 512,
    TAKES_JUDGEMENT = 1024,
    TAKES_TYPE = 2048,
    TAKES_KEYS = 4096,
    TAKES_MEDIUM = 8192,
    TAKES_LABELS = 16384,
    TAKES_FILE = 32768,
    TAKES_SET = 65536
};

static const struct {
    enum protocol_method method;
    unsigned takes;
} methods[] = {
    {PROTOCOL_STATUS, 0},
    {PROTOCOL_CONTENTS, 0},
    {PROTOCOL_FLOORS, 0},
    {PROTOCOL_IMPORT, TAKES_SOURCE | TAKES_ONLY | TAKES_DRY_RUN | TAKES_JUDGEMENT | TAKES_SET},
    {PROTOCOL_INSPECT, TAKES_SOURCE | TAKES_TOKENS},
    {PROTOCOL_FLAG, TAKES_NAME},
    {PROTOCOL_AUDIT, TAKES_AFTER | TAKES_LIMIT},
    {PROTOCOL_AUDIT_VERIFY, 0},
    {PROTOCOL_CONFIG, 0},
    {PROTOCOL_REFUSALS, TAKES_AFTER | TAKES_LIMIT},
    {PROTOCOL_ACKNOWLEDGE, TAKES_UP_TO},
    {PROTOCOL_REPORT, TAKES_PERIOD},
    {PROTOCOL_REPAIR, MAY_SOURCE | TAKES_DRY_RUN},
    {PROTOCOL_MEDIA, 0},
    {PROTOCOL_DETECTIONS, TAKES_AFTER | TAKES_LIMIT},
    {PROTOCOL_REPLAY, TAKES_SOURCE},
    {PROTOCOL_OUTGOING, TAKES_AFTER | TAKES_LIMIT},
    {PROTOCOL_EVENTS, TAKES_AFTER},
    {PROTOCOL_FLAGS, 0},
    {PROTOCOL_ACTIVATE, TAKES_TYPE},
    {PROTOCOL_REPUTATION, TAKES_KEYS},
    {PROTOCOL_ATTEST, TAKES_FILE},
    {PROTOCOL_ENGINES, 0},
    {PROTOCOL_EJECT, TAKES_MEDIUM},
    {PROTOCOL_REGISTER, TAKES_MEDIUM | TAKES_LABELS},
    {PROTOCOL_FORGET, TAKES_MEDIUM},
    {PROTOCOL_EXCLUSIONS, 0},
};

static unsigned method_takes(enum protocol_method method)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (methods[i].method == method)
            return methods[i].takes;
    }
    return 0;
}

static int read_parameters(const json_t *object, unsigned takes, struct parameters *out,
                           struct error *err)
{
    const struct {
        unsigned mask;
        struct json_field field;
    } all[] = {
        {TAKES_SOURCE,
         {.key = "source", .kind = JSON_TEXT, .out = &out->source, .max = LIMIT_PATH_BYTES}},
        {MAY_SOURCE,
         {.key = "source",
          .kind = JSON_TEXT,
          .need = JSON_OPTIONAL,
          .out = &out->source,
          .max = LIMIT_PATH_BYTES}},
        {TAKES_TYPE, {.key = "type", .kind = JSON_NAME, .out = &out->name}},
        {TAKES_MEDIUM, {.key = "medium", .kind = JSON_NAME, .out = &out->name}},
        {TAKES_LABELS,
         {.key = "purpose",
          .kind = JSON_TEXT,
          .need = JSON_OPTIONAL,
          .out = &out->purpose,
          .max = LIMIT_MEDIUM_LABEL_BYTES}},
        {TAKES_LABELS,
         {.key = "owner",
          .kind = JSON_TEXT,
          .need = JSON_OPTIONAL,
          .out = &out->owner,
          .max = LIMIT_MEDIUM_LABEL_BYTES}},
        {TAKES_NAME, {.key = "name", .kind = JSON_NAME, .out = &out->name}},
        {TAKES_SET,
         {.key = "set",
          .kind = JSON_TEXT,
          .need = JSON_OPTIONAL,
          .out = &out->set,
          .max = DIGEST_TEXT_BYTES - 1}},
        {TAKES_ONLY,
         {.key = "only",
          .kind = JSON_LIST,
          .need = JSON_OPTIONAL,
          .out = &out->only,
          .max = LIMIT_SET_PACKAGES}},
        {TAKES_DRY_RUN,
         {.key = "dry_run", .kind = JSON_FLAG, .need = JSON_OPTIONAL, .out = &out->dry_run}},
        {TAKES_TOKENS,
         {.key = "tokens", .kind = JSON_FLAG, .need = JSON_OPTIONAL, .out = &out->tokens}},
        {TAKES_AFTER,
         {.key = "after",
          .kind = JSON_COUNT,
          .need = JSON_OPTIONAL,
          .out = &out->after,
          .max = INT64_MAX}},
        {TAKES_LIMIT,
         {.key = "limit",
          .kind = JSON_COUNT,
          .need = JSON_OPTIONAL,
          .out = &out->limit,
          .min = 1,
          .max = 10000}},
        {TAKES_UP_TO,
         {.key = "up_to", .kind = JSON_COUNT, .out = &out->after, .min = 1, .max = INT64_MAX}},
        {TAKES_JUDGEMENT,
         {.key = "confirm_time",
          .kind = JSON_FLAG,
          .need = JSON_OPTIONAL,
          .out = &out->confirm_time}},
        {TAKES_JUDGEMENT,
         {.key = "strict_expiry",
          .kind = JSON_FLAG,
          .need = JSON_OPTIONAL,
          .out = &out->strict_expiry}},
        {TAKES_KEYS,
         {.key = "sha256",
          .kind = JSON_LIST,
          .need = JSON_OPTIONAL,
          .out = &out->sha256,
          .max = LIMIT_REPUTATION_BATCH}},
        {TAKES_KEYS,
         {.key = "signer",
          .kind = JSON_LIST,
          .need = JSON_OPTIONAL,
          .out = &out->signer,
          .max = LIMIT_REPUTATION_BATCH}},
        {TAKES_FILE,
         {.key = "name", .kind = JSON_TEXT, .out = &out->file, .min = 1, .max = LIMIT_FILE_NAME}},
        {TAKES_FILE,
         {.key = "sha384", .kind = JSON_TEXT, .out = &out->sha384, .min = 96, .max = 96}},
        {TAKES_FILE, {.key = "size", .kind = JSON_COUNT, .out = &out->after, .max = INT64_MAX}},
        {TAKES_PERIOD, {.key = "from", .kind = JSON_INSTANT, .out = &out->from_us}},
        {TAKES_PERIOD, {.key = "to", .kind = JSON_INSTANT, .out = &out->to_us}},
    };
    struct json_field fields[sizeof(all) / sizeof(all[0])];
    size_t count = 0;

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if ((all[i].mask & takes) != 0)
            fields[count++] = all[i].field;
    }
    return json_fields(object, fields, count, err);
}

/* Varlink writes an absent optional list as null; json_fields takes absent only. */
static void drop_nulls(json_t *object)
{
    const char *key;
    json_t *value;
    void *next;

    json_object_foreach_safe(object, next, key, value)
    {
        if (json_is_null(value))
            json_object_del(object, key);
    }
}

static int copy_only(const json_t *only, struct front_request *request,
                     struct front_call_error *error)
{
    size_t i;
    json_t *type;

    json_array_foreach(only, i, type)
    {
        const char *name = json_string_value(type);

        if (name == NULL || name[0] == '\0' || strlen(name) > LIMIT_NAME_BYTES)
            return invalid_parameter(error, "only");
        memcpy(request->only[i], name, strlen(name));
    }
    request->only_count = (uint32_t)json_array_size(only);
    return 0;
}

static bool is_hash(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdefABCDEF") == 64;
}

static bool is_signer(const char *text)
{
    return strchr(text, ':') != NULL && strchr(text, '\n') == NULL;
}

/* A line each, behind what is there. The form as a whole is judged by front_request_check(). */
static int copy_keys(const json_t *keys, const char *parameter, bool (*fits)(const char *text),
                     struct front_request *request, struct front_call_error *error)
{
    size_t used = strlen(request->asked), i;
    json_t *key;

    json_array_foreach(keys, i, key)
    {
        const char *text = json_string_value(key);
        size_t size = text != NULL ? strlen(text) : 0;

        if (size == 0 || size != json_string_length(key) || size > LIMIT_SIGNER_BYTES ||
            !fits(text) || used + size + 1 >= sizeof(request->asked))
            return invalid_parameter(error, parameter);
        memcpy(request->asked + used, text, size);
        request->asked[used + size] = '\n';
        used += size + 1;
    }
    return 0;
}

static int copy_set(const char *set, struct front_request *request, struct front_call_error *error)
{
    if (set == NULL)
        return 0;
    if (strlen(set) != DIGEST_TEXT_BYTES - 1 || strspn(set, "0123456789abcdef") != strlen(set))
        return invalid_parameter(error, "set");
    snprintf(request->asked, sizeof(request->asked), "%s\n", set);
    return 0;
}

/* A line each, as keys are; a label that has two would be another one's. */
static int copy_label(const char *key, const char *value, struct front_request *request,
                      struct front_call_error *error)
{
    size_t used = strlen(request->asked);

    if (value == NULL || value[0] == '\0')
        return 0;
    if (strpbrk(value, "\n\t") != NULL)
        return invalid_parameter(error, key);
    snprintf(request->asked + used, sizeof(request->asked) - used, "%s:%s\n", key, value);
    return 0;
}

/* Two lines: digest, name. */
static int copy_file(const struct parameters *from, struct front_request *request,
                     struct front_call_error *error)
{
    if (strspn(from->sha384, "0123456789abcdef") != strlen(from->sha384))
        return invalid_parameter(error, "sha384");
    if (strchr(from->file, '\n') != NULL || strchr(from->file, '/') != NULL)
        return invalid_parameter(error, "name");
    snprintf(request->asked, sizeof(request->asked), "%s\n%s\n", from->sha384, from->file);
    return 0;
}

static int fill_request(const struct parameters *from, struct front_request *request,
                        struct front_call_error *error)
{
    request->dry_run = from->dry_run;
    request->tokens = from->tokens;
    request->confirm_time = from->confirm_time;
    request->strict_expiry = from->strict_expiry;
    request->after = from->after;
    request->limit = (uint32_t)from->limit;
    if (from->from_us < 0 || from->to_us < from->from_us)
        return invalid_parameter(error, "to");
    request->from_us = (uint64_t)from->from_us;
    request->to_us = (uint64_t)from->to_us;
    if (from->source != NULL) {
        struct error ignored;

        if (source_check(from->source, NULL, &ignored) < 0)
            return invalid_parameter(error, "source");
        memcpy(request->source, from->source, strlen(from->source));
    }
    if (from->name != NULL)
        memcpy(request->name, from->name, strlen(from->name));
    if (copy_set(from->set, request, error) < 0 ||
        copy_label("purpose", from->purpose, request, error) < 0 ||
        copy_label("owner", from->owner, request, error) < 0 ||
        copy_keys(from->sha256, "sha256", is_hash, request, error) < 0 ||
        copy_keys(from->signer, "signer", is_signer, request, error) < 0)
        return -1;
    if (from->file != NULL && copy_file(from, request, error) < 0)
        return -1;
    return from->only != NULL ? copy_only(from->only, request, error) : 0;
}

int front_call_read(const struct varlink_call *call, uint32_t client, struct front_request *request,
                    struct front_call_error *error)
{
    static const char prefix[] = PROTOCOL_INTERFACE ".";
    const struct protocol_row *row;
    struct parameters parameters = {0};
    struct error err = {0};
    json_t *object;
    unsigned takes;
    int result;

    memset(request, 0, sizeof(*request));
    if (strncmp(call->method, prefix, sizeof(prefix) - 1) != 0)
        return refuse(error, FRONT_CALL_SERVICE ".InterfaceNotFound", "interface", call->method);
    row = protocol_find(call->method + sizeof(prefix) - 1);
    if (row == NULL)
        return refuse(error, FRONT_CALL_SERVICE ".MethodNotFound", "method", call->method);
    if (call->more && !row->more)
        return invalid_parameter(error, "more");
    if (!call->more && row->method == PROTOCOL_EVENTS)
        return refuse(error, PROTOCOL_EXPECTED_MORE, "method", call->method);
    request->client = client;
    request->method = row->method;
    request->more = call->more;
    takes = method_takes(row->method);
    if ((takes & TAKES_LIMIT) != 0)
        parameters.limit = 100; /* a screenful or two where the caller names no limit */
    object = call->parameters != NULL ? json_incref(call->parameters) : json_object();
    drop_nulls(object);
    if (read_parameters(object, takes, &parameters, &err) < 0)
        result = invalid_parameter(error, err.words);
    else
        result = fill_request(&parameters, request, error);
    /* The monitor takes a request that breaks the form for a hostile front, not a bad caller. */
    if (result == 0 && front_request_check(request, &err) < 0)
        result = invalid_parameter(error, err.words);
    json_decref(object);
    return result;
}

/* org.varlink.service as varlink.org/Service has it. */
static const char service_description[] =
    "# The Varlink Service Interface is provided by every varlink service. It describes the\n"
    "# service and the interfaces it implements.\n"
    "interface org.varlink.service\n\n"
    "method GetInfo() -> (vendor: string, product: string, version: string, url: string,\n"
    "  interfaces: []string)\n\n"
    "method GetInterfaceDescription(interface: string) -> (description: string)\n\n"
    "error InterfaceNotFound (interface: string)\n\n"
    "error MethodNotFound (method: string)\n\n"
    "error MethodNotImplemented (method: string)\n\n"
    "error InvalidParameter (parameter: string)\n";

static int describe(const struct varlink_call *call, json_t **parameters,
                    struct front_call_error *error)
{
    const char *interface = NULL;
    const struct json_field fields[] = {
        {.key = "interface", .kind = JSON_TEXT, .out = &interface, .max = 128},
    };
    const char *description;
    struct error err;

    if (call->parameters == NULL || json_fields(call->parameters, fields, 1, &err) < 0)
        return invalid_parameter(error, "interface");
    if (strcmp(interface, PROTOCOL_INTERFACE) == 0)
        description = protocol_description();
    else if (strcmp(interface, FRONT_CALL_SERVICE) == 0)
        description = service_description;
    else
        return refuse(error, FRONT_CALL_SERVICE ".InterfaceNotFound", "interface", interface);
    *parameters = json_pack("{s:s}", "description", description);
    return 1;
}

int front_call_service(const struct varlink_call *call, json_t **parameters,
                       struct front_call_error *error)
{
    *parameters = NULL;
    if (strcmp(call->method, FRONT_CALL_SERVICE ".GetInterfaceDescription") == 0)
        return describe(call, parameters, error);
    if (strcmp(call->method, FRONT_CALL_SERVICE ".GetInfo") == 0) {
        *parameters = json_pack("{s:s, s:s, s:s, s:s, s:[s, s]}", "vendor", "Sallyport", "product",
                                "Sallyport agent", "version", PACKAGE_VERSION, "url", "",
                                "interfaces", FRONT_CALL_SERVICE, PROTOCOL_INTERFACE);
        return 1;
    }
    if (strncmp(call->method, FRONT_CALL_SERVICE ".", sizeof(FRONT_CALL_SERVICE)) == 0)
        return refuse(error, FRONT_CALL_SERVICE ".MethodNotFound", "method", call->method);
    return 0;
}
