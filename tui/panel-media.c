/* SPDX-License-Identifier: ISC */
#include "tui/panel.h"

#include <string.h>

#include "media/base/text.h"
#include "tui/field.h"

static const struct listing_column columns[] = {
    {"PORT", 4, 8, false},    {"ID", 6, 9, false},   {"SERIAL", 5, 18, false},
    {"MEDIUM", 1, 20, false}, {"SIZE", 7, 10, true}, {"STATE", 1, 0, false},
    {"REASON", 2, 22, false},
};

static const json_t *devices_of(const struct model *model)
{
    return json_object_get(model->media, "devices");
}

/* Media that were read before have a digest: of their signed export document. */
static bool is_device(const json_t *row)
{
    return json_object_get(row, "digest") == NULL;
}

static void add_devices(const struct model *model, struct lines *lines)
{
    const json_t *devices = devices_of(model);
    const json_t *watch = field_object(model->media, "watch");
    size_t count = json_array_size(devices), usable = 0, blocked = 0;
    char words[FIELD_BYTES];

    if (devices == NULL || (watch != NULL && !field_true(watch, "running"))) {
        lines_add_mark(lines, 1, "Inserted", watch != NULL ? OUTPUT_WARN : OUTPUT_NONE,
                       "not told here: %s", field_text(watch, "words", words));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        enum output_mark mark = output_mark_of(field_raw(json_array_get(devices, i), "verdict"));

        usable += mark == OUTPUT_OK || mark == OUTPUT_WARN;
        blocked += mark == OUTPUT_BLOCKED || mark == OUTPUT_FAIL;
    }
    if (count == 0)
        lines_add(lines, 1, "Inserted", "nothing; USB media are judged before they are read");
    else
        lines_add_mark(lines, 1, "Inserted", blocked > 0 ? OUTPUT_BLOCKED : OUTPUT_OK,
                       "%zu medi%s: %zu usable, %zu blocked", count, count == 1 ? "um" : "a",
                       usable, blocked);
}

static void add_sources(const struct model *model, struct lines *lines)
{
    const json_t *sources = json_object_get(model->media, "sources");
    char name[FIELD_BYTES], words[FIELD_BYTES], code[FIELD_BYTES];

    for (size_t i = 0; i < json_array_size(sources); i++) {
        const json_t *row = json_array_get(sources, i);
        bool fails = field_number(row, "failures") > 0;

        field_text(row, "name", name);
        if (fails)
            lines_add_mark(lines, 4, "Source", OUTPUT_WARN, "%s: %s, %s", name,
                           field_text(row, "code", code),
                           field_counted(row, "failures", "failure", words));
        else
            lines_add_mark(lines, 6, "Source", OUTPUT_OK, "%s: %s, looked at %s", name,
                           field_text(row, "result", words),
                           field_ago(row, "looked", model->now_us, code));
    }
}

static void head(const struct model *model, struct lines *lines)
{
    const json_t *watch = field_object(model->media, "watch");

    /* empty() says it then. */
    if (model->media == NULL || ((watch == NULL || field_true(watch, "running")) &&
                                 json_array_size(devices_of(model)) == 0 &&
                                 json_array_size(json_object_get(model->media, "media")) == 0))
        return;
    add_devices(model, lines);
    add_sources(model, lines);
}

/* "E0D5... (good)": what it is worth as an identity stands in the block below. */
static void fill_device(const json_t *row, struct listing *listing)
{
    char text[FIELD_BYTES], words[FIELD_BYTES], label[FIELD_BYTES];
    const char *code = field_raw(row, "code");

    snprintf(text, sizeof(text), "usb %.100s %.50s", field_text(row, "port", label),
             field_short(row, "serial", words));
    listing_row(listing, row, text);
    listing_text(listing, field_text(row, "port", text));
    listing_text(listing, field_text(row, "id", text));
    listing_text(listing, field_raw(row, "serial") != NULL && field_raw(row, "serial")[0] != '\0'
                              ? field_text(row, "serial", text)
                              : "(none)");
    listing_text(listing, field_raw(row, "label") != NULL && field_raw(row, "label")[0] != '\0'
                              ? field_text(row, "label", text)
                              : field_text(row, "name", text));
    listing_text(listing, field_bytes(row, "size", text));
    listing_mark(listing, output_mark_of(field_raw(row, "verdict")));
    if (code != NULL && strcmp(code, "ok") != 0)
        snprintf(text, sizeof(text), "%.60s: %.1900s", field_text(row, "code", label),
                 field_text(row, "words", words));
    else
        field_text(row, "state", text);
    listing_text(listing, text);
}

static void fill_read(const struct model *model, const json_t *row, struct listing *listing)
{
    char text[FIELD_BYTES], reason[FIELD_BYTES], times[FIELD_BYTES];
    int used;
    enum output_mark mark = output_mark_of_code(field_raw(row, "code"));

    listing_row(listing, row, field_short(row, "digest", text));
    listing_text(listing, "-");
    listing_text(listing, "-");
    listing_text(listing, "-");
    listing_text(listing, field_text(row, "medium", text));
    listing_text(listing, "-");
    listing_mark(listing, mark);
    used = snprintf(reason, sizeof(reason), "read %.40s, %.40s",
                    field_ago(row, "imported", model->now_us, text),
                    field_counted(row, "times", "time", times));
    if (mark != OUTPUT_OK)
        snprintf(reason + used, sizeof(reason) - (size_t)used, ": %.100s",
                 field_text(row, "code", text));
    listing_text(listing, reason);
}

static void fill(const struct model *model, struct listing *listing)
{
    const json_t *devices = devices_of(model), *media = json_object_get(model->media, "media");

    for (size_t i = 0; i < json_array_size(devices); i++)
        fill_device(json_array_get(devices, i), listing);
    for (size_t i = 0; i < json_array_size(media); i++)
        fill_read(model, json_array_get(media, i), listing);
}

/* ", mass storage only" where that is so: what else it claims to be is what must be seen. */
static const char *interfaces_words(const json_t *row)
{
    const json_t *list = json_object_get(row, "interfaces");
    bool storage = json_array_size(list) > 0, keyboard = false;

    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *one = json_string_value(json_array_get(list, i));

        storage = storage && one != NULL && strncmp(one, "08:", 3) == 0;
        keyboard = keyboard || (one != NULL && strncmp(one, "03:", 3) == 0);
    }
    return storage ? ": mass storage only" : keyboard ? ": KEYBOARD OR MOUSE AMONG THEM" : "";
}

/* The record of a registration, by its number; NULL: there is none. */
static const json_t *find_registration(const struct model *model, const json_t *device)
{
    const json_t *list = json_object_get(model->media, "registered");
    const json_t *number = json_object_get(device, "registered");

    for (size_t i = 0; json_is_integer(number) && i < json_array_size(list); i++)
        if (json_equal(json_object_get(json_array_get(list, i), "number"), number))
            return json_array_get(list, i);
    return NULL;
}

static void add_registration(const struct model *model, const json_t *row, int weight,
                             struct lines *lines)
{
    const json_t *record = find_registration(model, row);
    char who[FIELD_BYTES], time[FIELD_BYTES], purpose[FIELD_BYTES], owner[FIELD_BYTES];

    if (record != NULL)
        lines_add_wrapped(lines, weight, "Registered", "by %s %s, purpose %s, owner %s",
                          field_text(record, "who", who), field_time(record, "time", time),
                          field_text(record, "purpose", purpose),
                          field_text(record, "owner", owner));
    else
        lines_add(lines, weight, "Registered", "%s",
                  json_is_integer(json_object_get(row, "registered")) ? "yes" : "no");
}

/* What was imported from one of its block devices last; NULL: nothing that is remembered. */
static const json_t *find_carried(const struct model *model, const json_t *device)
{
    const json_t *media = json_object_get(model->media, "media");
    const json_t *nodes = json_object_get(device, "nodes");

    for (size_t i = 0; i < json_array_size(media); i++)
        for (size_t node = 0; node < json_array_size(nodes); node++) {
            const char *name = json_string_value(json_array_get(nodes, node));
            const char *source = field_raw(json_array_get(media, i), "source");

            if (name != NULL && source != NULL && strncmp(source, "/dev/", 5) == 0 &&
                strcmp(source + 5, strncmp(name, "/dev/", 5) == 0 ? name + 5 : name) == 0)
                return json_array_get(media, i);
        }
    return NULL;
}

static void add_carried(const struct model *model, const json_t *row, int weight,
                        struct lines *lines)
{
    const json_t *carried = find_carried(model, row);
    char medium[FIELD_BYTES], exporter[FIELD_BYTES], ago[FIELD_BYTES], code[FIELD_BYTES];

    if (carried == NULL && output_mark_of(field_raw(row, "verdict")) == OUTPUT_BLOCKED)
        lines_add(lines, weight, "Carries", "nothing is read from it: it is blocked");
    else if (carried == NULL)
        lines_add(lines, weight, "Carries", "not read yet: i looks without importing");
    else
        lines_add_wrapped(
            lines, weight, "Carries", "%s of %s, read %s: %s",
            field_text(carried, "medium", medium), field_text(carried, "exporter", exporter),
            field_ago(carried, "imported", model->now_us, ago), field_text(carried, "code", code));
}

static void add_device(const struct model *model, const json_t *row, struct lines *lines)
{
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];
    const char *serial = field_raw(row, "serial");
    const char *disk = json_string_value(json_array_get(json_object_get(row, "nodes"), 0));
    char node[64];

    lines_add(lines, 3, "Device", "port %s%s%s, %s, %s", field_text(row, "port", first),
              disk != NULL ? ", disk " : "",
              disk != NULL ? text_escape_string(disk, node, sizeof(node)) : "",
              field_text(row, "id", second), field_text(row, "name", third));
    lines_add(lines, 5, "Serial", "%s (%s)",
              serial != NULL && serial[0] != '\0' ? field_text(row, "serial", first) : "none",
              field_text(row, "serial_quality", second));
    add_registration(model, row, 4, lines);
    lines_add(lines, 3, "Interfaces", "%s%s", field_list(row, "interfaces", first),
              interfaces_words(row));
    add_carried(model, row, 4, lines);
    lines_add_wrapped(lines, 5, "Rule", "%s", field_text(row, "rule", first));
    lines_add_mark(lines, 1, "Verdict", output_mark_of(field_raw(row, "verdict")), "%s",
                   field_text(row, "code", first));
    lines_add_wrapped(lines, 2, "Why", "%s", field_text(row, "words", first));
}

static void add_read(const struct model *model, const json_t *row, struct lines *lines)
{
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];

    lines_add(lines, 3, "Medium", "%s of %s, exported %s", field_text(row, "medium", first),
              field_text(row, "exporter", second), field_time(row, "created", third));
    lines_add(lines, 4, "Read", "%s, %s", field_time(row, "imported", first),
              field_ago(row, "imported", model->now_us, second));
    lines_add_wrapped(lines, 5, "From", "%s", field_text(row, "source", first));
    lines_add_mark(lines, 2, "Result", output_mark_of_code(field_raw(row, "code")), "%s",
                   field_text(row, "code", first));
    lines_add_wrapped(lines, 2, "Why", "%s", field_text(row, "words", first));
}

static const char *next_of(const struct model *model, const json_t *row)
{
    const char *next = field_next_step(row, "code");

    if (next[0] != '\0')
        return next;
    if (is_device(row) && !model->act)
        return "i looks inside. Members of the group sallyport-admin may import; you may look.";
    if (is_device(row))
        return "i looks inside, I imports: never without your confirmation. x says when it may be "
               "pulled.";
    return "Insert a USB medium; it is judged first and never imported without your "
           "confirmation.";
}

static void tail(const struct model *model, const struct listing_row *row, struct lines *lines)
{
    if (row != NULL && is_device(row->item))
        add_device(model, row->item, lines);
    else if (row != NULL)
        add_read(model, row->item, lines);
    if (row != NULL)
        lines_add_wrapped(lines, 1, "Next step", "%s", next_of(model, row->item));
}

static void add_device_details(const struct model *model, const json_t *row, struct lines *lines)
{
    char text[FIELD_BYTES];

    lines_add(lines, 1, "Port", "%s", field_text(row, "port", text));
    lines_add(lines, 1, "Id", "%s", field_text(row, "id", text));
    lines_add_wrapped(lines, 1, "Name", "%s", field_text(row, "name", text));
    lines_add_wrapped(lines, 1, "Serial", "%s", field_text(row, "serial", text));
    lines_add_wrapped(lines, 1, "Is it one?", "%s", field_text(row, "serial_quality", text));
    lines_add_wrapped(lines, 1, "Label", "%s", field_text(row, "label", text));
    lines_add(lines, 1, "Size", "%s", field_bytes(row, "size", text));
    lines_add_wrapped(lines, 1, "Nodes", "%s", field_list(row, "nodes", text));
    add_registration(model, row, 1, lines);
    lines_add_wrapped(lines, 1, "Interfaces", "%s%s", field_list(row, "interfaces", text),
                      interfaces_words(row));
    add_carried(model, row, 1, lines);
    lines_add(lines, 1, "State", "%s", field_text(row, "state", text));
    lines_add(lines, 1, "Verdict", "%s",
              output_mark_text(output_mark_of(field_raw(row, "verdict"))));
    lines_add_wrapped(lines, 1, "Rule", "%s", field_text(row, "rule", text));
}

static void add_read_details(const json_t *row, struct lines *lines)
{
    char text[FIELD_BYTES];

    lines_add_wrapped(lines, 1, "Medium", "%s", field_text(row, "medium", text));
    lines_add_wrapped(lines, 1, "Digest", "%s", field_text(row, "digest", text));
    lines_add_wrapped(lines, 1, "Exporter", "%s", field_text(row, "exporter", text));
    lines_add(lines, 1, "Exported", "%s", field_text(row, "created", text));
    lines_add_wrapped(lines, 1, "Read from", "%s", field_text(row, "source", text));
    lines_add(lines, 1, "Read", "%s, the last time", field_text(row, "imported", text));
    lines_add(lines, 1, "Times", "%s", field_count(row, "times", text));
    lines_add(lines, 1, "Result", "%s",
              output_mark_text(output_mark_of_code(field_raw(row, "code"))));
}

static void details(const struct model *model, const struct listing_row *row, struct lines *lines)
{
    char text[FIELD_BYTES];

    if (is_device(row->item))
        add_device_details(model, row->item, lines);
    else
        add_read_details(row->item, lines);
    lines_add(lines, 1, "Reason", "%s", field_text(row->item, "code", text));
    lines_add_wrapped(lines, 1, "Words", "%s", field_text(row->item, "words", text));
    lines_add_wrapped(lines, 1, "Next step", "%s", next_of(model, row->item));
}

static const char *code(const struct model *model, const struct listing_row *row)
{
    (void)model;
    return row != NULL ? field_raw(row->item, "code") : NULL;
}

static void empty(const struct model *model, struct lines *lines)
{
    if (model->media == NULL) {
        lines_add_wrapped(lines, 1, "",
                          "Nothing is known of media: the agent has not told of them.");
        return;
    }
    lines_add_wrapped(lines, 1, "", "No medium is inserted, and none has been read here.");
    lines_add_wrapped(lines, 1, "", "1. On the mirror: sallyport-mirror export writes one.");
    lines_add_wrapped(lines, 1, "", "2. Insert it. It is judged before anything is read from it.");
    lines_add_wrapped(lines, 1, "", "3. i looks at what it carries, I imports after a preview.");
}

const struct panel panel_media = {
    .name = "media",
    .title = "Media",
    .columns = columns,
    .column_count = sizeof(columns) / sizeof(columns[0]),
    .head = head,
    .fill = fill,
    .tail = tail,
    .details = details,
    .code = code,
    .empty = empty,
    .tail_share = 70,
    .foot = "Enter details   e explain   i inspect   I import   r report   x eject",
};
