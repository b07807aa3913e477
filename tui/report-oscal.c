/* SPDX-License-Identifier: ISC
 *
 * OSCAL assessment results 1.1.3 (NIST): a result with one observation for each control, one for
 * each table, findings where a test was concluded. Facts are properties in a name space of ours.
 */
#include "tui/report-format.h"

#include <ctype.h>
#include <nettle/sha2.h>
#include <string.h>
#include <unistr.h>
#include <unictype.h>

#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/text.h"
#include "tui/field.h"
#include "tui/uuid5.h"

#define OSCAL_VERSION "1.1.3"
#define NAME_SPACE    "org.sallyport:oscal" /* a scheme by a reversed name: RFC 7595, 3.8 */
#define NAME_BYTES    256
#define VALUE_BYTES   (8 * 1024)
#define NO_TIME       "1970-01-01T00:00:00Z"

struct writing {
    const struct report *report;
    const char *collected; /* when */
    char digest[2 * SHA384_DIGEST_SIZE + 1];
};

/* The identity of a part comes from the document that the report was made from, and its place. */
static json_t *make_uuid(const struct writing *writing, const char *part, const char *which)
{
    char name[NAME_BYTES], text[UUID5_TEXT_BYTES];

    snprintf(name, sizeof(name), "%s/%s/%s", writing->digest, part, which);
    return json_string(uuid5(name, text));
}

/* A date-time, and never what is none. */
static const char *valid_time(const char *text)
{
    int64_t time_us;

    return text != NULL && instant_parse(text, strlen(text), &time_us) == 0 ? text : NO_TIME;
}

/* Appends one character, as an escape where it is a blank and `ends` the text: OSCAL's strings begin
 * and end with something visible. */
static size_t put_character(char *out, const char *text, size_t size, bool ends)
{
    ucs4_t character = 0;

    if (ends && u8_mbtouc(&character, (const uint8_t *)text, size) > 0 &&
        (uc_is_property_white_space(character)))
        return (size_t)snprintf(out, 16, "\\u{%X}", (unsigned)character);
    memcpy(out, text, size);
    return size;
}

/* A string in one line; "-" for an empty one. */
static json_t *make_string(const char *text)
{
    char out[VALUE_BYTES + 32];
    size_t size = strlen(text), used = 0, at = 0;

    if (size == 0)
        return json_string("-");
    while (at < size && used < VALUE_BYTES - 16) {
        int length = u8_mblen((const uint8_t *)text + at, size - at);
        size_t step = length > 0 ? (size_t)length : 1;

        used += put_character(out + used, text + at, step, at == 0 || at + step >= size);
        at += step;
    }
    return json_stringn(out, used);
}

/* Words that a reader of OSCAL renders as Markdown: what acts in it is escaped. */
static json_t *make_markup(const char *text)
{
    char out[2 * VALUE_BYTES];
    size_t used = 0;

    for (; *text != '\0' && used < sizeof(out) - 2; text++) {
        if (strchr("\\`*_[]<>&~^#{}|!$", *text) != NULL)
            out[used++] = '\\';
        out[used++] = *text;
    }
    out[used] = '\0';
    return make_string(out);
}

/* "Not listed" -> "not-listed": a token. */
static json_t *make_token(const char *text)
{
    char out[NAME_BYTES];
    size_t used = 0;

    for (; *text != '\0' && used < sizeof(out) - 1; text++)
        out[used++] = isalnum((unsigned char)*text) ? (char)tolower((unsigned char)*text) : '-';
    out[used] = '\0';
    return json_string(out);
}

static json_t *make_property(const char *name, const char *value)
{
    return json_pack("{s:o, s:s, s:o}", "name", make_token(name), "ns", NAME_SPACE, "value",
                     make_string(value));
}

static void add_mark(json_t *properties, enum output_mark mark, size_t row)
{
    char group[32];
    json_t *property;

    if (mark == OUTPUT_UNMARKED)
        return;
    property = make_property("state", report_mark_word(mark));
    snprintf(group, sizeof(group), "row-%zu", row);
    json_object_set_new(property, "group", json_string(group));
    json_array_append_new(properties, property);
}

/* The cells of a row share a group. */
static void add_row(json_t *properties, const struct report_section *section, size_t at)
{
    const struct report_row *row = &section->rows[at];
    char group[32];

    add_mark(properties, row->mark, at + 1);
    snprintf(group, sizeof(group), "row-%zu", at + 1);
    for (size_t i = 0; i < section->column_count; i++) {
        json_t *property = make_property(section->columns[i], row->cells[i]);

        json_object_set_new(property, "group", json_string(group));
        json_array_append_new(properties, property);
    }
}

/* Facts of all sections as properties of the result, each with its section as class. */
static json_t *make_facts(const struct report *report)
{
    json_t *properties = json_array();

    for (size_t i = 0; i < report->count; i++) {
        const struct report_section *section = &report->sections[i];

        for (size_t row = 0; section->columns == NULL && row < section->count; row++) {
            json_t *property =
                make_property(section->rows[row].cells[0], section->rows[row].cells[1]);

            json_object_set_new(property, "class", make_token(section->title));
            json_array_append_new(properties, property);
        }
    }
    return properties;
}

static json_t *make_origin(const struct writing *writing)
{
    return json_pack("[{s:[{s:s, s:o}]}]", "actors", "type", "tool", "actor-uuid",
                     make_uuid(writing, "component", "tool"));
}

static json_t *make_subject(const struct writing *writing)
{
    return json_pack(
        "[{s:o, s:s, s:o}]", "subject-uuid", make_uuid(writing, "subject", "1"), "type",
        "inventory-item", "title",
        make_markup(writing->report->subject != NULL ? writing->report->subject : "-"));
}

static json_t *make_observation(const struct writing *writing, const char *part, const char *which,
                                const char *title, const char *description, json_t *methods)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "uuid", make_uuid(writing, part, which),
                     "title", make_markup(title), "description", make_markup(description),
                     "methods", methods, "origins", make_origin(writing), "subjects",
                     make_subject(writing), "collected", writing->collected);
}

static json_t *make_control_observation(const struct writing *writing, enum report_control_id id)
{
    const struct report_evidence *evidence = &writing->report->evidence[id];
    const struct report_control_row *row = report_control_row(id);
    json_t *methods = json_array(), *observation;
    char title[NAME_BYTES];

    if (evidence->examined)
        json_array_append_new(methods, json_string("EXAMINE"));
    if (evidence->tested)
        json_array_append_new(methods, json_string("TEST"));
    snprintf(title, sizeof(title), "%s %s", row->name, row->title);
    observation = make_observation(writing, "observation", row->id, title, evidence->text, methods);
    json_object_set_new(observation, "props",
                        json_pack("[o]", make_property("control-id", row->id)));
    return observation;
}

static json_t *make_table_observation(const struct writing *writing,
                                      const struct report_section *section)
{
    json_t *properties = json_array();
    json_t *observation = make_observation(writing, "section", section->title, section->title,
                                           section->note != NULL ? section->note : section->title,
                                           json_pack("[s]", "EXAMINE"));

    for (size_t i = 0; i < section->count; i++)
        add_row(properties, section, i);
    json_object_set_new(observation, "props", properties);
    return observation;
}

static json_t *make_observations(const struct writing *writing)
{
    const struct report *report = writing->report;
    json_t *list = json_array();

    for (size_t i = 0; i < REPORT_CONTROLS; i++)
        if (report->evidence[i].present)
            json_array_append_new(list,
                                  make_control_observation(writing, (enum report_control_id)i));
    for (size_t i = 0; i < report->count; i++)
        if (report->sections[i].columns != NULL && report->sections[i].count > 0)
            json_array_append_new(list, make_table_observation(writing, &report->sections[i]));
    return list;
}

static json_t *make_finding(const struct writing *writing, enum report_control_id id)
{
    const struct report_evidence *evidence = &writing->report->evidence[id];
    const struct report_control_row *row = report_control_row(id);
    char title[NAME_BYTES];

    snprintf(title, sizeof(title), "%s %s", row->name, row->title);
    return json_pack("{s:o, s:s, s:o, s:o, s:{s:s, s:s, s:{s:s}}, s:[{s:o}]}", "uuid",
                     make_uuid(writing, "finding", row->id), "title", title, "description",
                     make_markup(evidence->text), "origins", make_origin(writing), "target", "type",
                     "objective-id", "target-id", row->objective, "status", "state",
                     evidence->mark == OUTPUT_OK ? "satisfied" : "not-satisfied",
                     "related-observations", "observation-uuid",
                     make_uuid(writing, "observation", row->id));
}

/* Where the program itself has tested an objective to its end; all else is for the assessor. */
static json_t *make_findings(const struct writing *writing)
{
    json_t *list = json_array();

    for (size_t i = 0; i < REPORT_CONTROLS; i++)
        if (writing->report->evidence[i].concluded &&
            report_control_row((enum report_control_id)i)->objective != NULL)
            json_array_append_new(list, make_finding(writing, (enum report_control_id)i));
    return list;
}

static json_t *make_reviewed(const struct report *report)
{
    json_t *list = json_array();

    for (size_t i = 0; i < REPORT_CONTROLS; i++)
        if (report->evidence[i].present)
            json_array_append_new(list,
                                  json_pack("{s:s}", "control-id",
                                            report_control_row((enum report_control_id)i)->id));
    return json_pack("{s:s, s:[{s:o}]}", "description", "NIST SP 800-53 Rev. 5",
                     "control-selections", "include-controls", list);
}

/* The program that observed, and what it looked at. */
static json_t *make_local(const struct writing *writing)
{
    const struct report *report = writing->report;

    return json_pack("{s:[{s:o, s:s, s:s, s:s, s:{s:s}}], s:[{s:o, s:o}]}", "components", "uuid",
                     make_uuid(writing, "component", "tool"), "type", "software", "title",
                     "sallyport", "description",
                     "Client of an offline update mirror's endpoint agent.", "status", "state",
                     "operational", "inventory-items", "uuid", make_uuid(writing, "subject", "1"),
                     "description", make_markup(report->subject != NULL ? report->subject : "-"));
}

static json_t *make_result(const struct writing *writing)
{
    const struct report *report = writing->report;
    json_t *result = json_pack(
        "{s:o, s:o, s:o, s:s, s:o, s:o, s:o}", "uuid", make_uuid(writing, "result", "1"), "title",
        make_markup(report->title), "description",
        make_markup(report->verdict_text != NULL ? report->verdict_text : report->title), "start",
        valid_time(report->start), "local-definitions", make_local(writing), "reviewed-controls",
        make_reviewed(report), "observations", make_observations(writing));
    json_t *facts = make_facts(report), *findings = make_findings(writing);

    if (report->end != NULL)
        json_object_set_new(result, "end", json_string(valid_time(report->end)));
    if (json_array_size(facts) > 0)
        json_object_set(result, "props", facts);
    if (json_array_size(findings) > 0)
        json_object_set(result, "findings", findings);
    json_decref(facts);
    json_decref(findings);
    return result;
}

static json_t *make_metadata(const struct writing *writing)
{
    const struct report *report = writing->report;
    json_t *properties = json_array();
    json_t *metadata =
        json_pack("{s:o, s:s, s:s, s:s}", "title", make_markup(report->title), "last-modified",
                  writing->collected, "version", writing->digest, "oscal-version", OSCAL_VERSION);

    if (report->marking != NULL)
        json_array_append_new(properties, json_pack("{s:s, s:o}", "name", "marking", "value",
                                                    make_string(report->marking)));
    json_array_append_new(properties, make_property("source-sha384", writing->digest));
    json_object_set_new(metadata, "props", properties);
    return metadata;
}

/* What a plan would say is fixed: it is here, and nothing outside is needed. */
static json_t *make_back_matter(const struct writing *writing)
{
    return json_pack(
        "{s:[{s:o, s:s, s:s, s:{s:s}}]}", "resources", "uuid", make_uuid(writing, "plan", "1"),
        "title", "Assessment plan", "description",
        "Documents, signatures, digests and ages of a medium, or the audit chain of an endpoint "
        "over a period, are looked at by sallyport, which states what it saw. Whether a control is "
        "met is decided by the assessor.",
        "citation", "text", "sallyport(1), inspect and report");
}

static void name_source(struct writing *writing)
{
    uint8_t digest[SHA384_DIGEST_SIZE];
    struct sha384_ctx hash;
    struct error err;
    struct bytes text;

    bytes_init(&text, LIMIT_REPORT_BYTES);
    if (json_write(writing->report->source, &text, &err) < 0)
        bytes_clear(&text);
    sha384_init(&hash);
    sha384_update(&hash, text.size, text.data);
    sha384_digest(&hash, sizeof(digest), digest);
    text_hex(digest, sizeof(digest), writing->digest);
    bytes_clear(&text);
}

json_t *report_oscal(const struct report *report)
{
    struct writing writing = {.report = report, .collected = valid_time(report->generated)};
    json_t *plan, *body;
    char reference[UUID5_TEXT_BYTES + 1];

    name_source(&writing);
    plan = make_uuid(&writing, "plan", "1");
    snprintf(reference, sizeof(reference), "#%s", json_string_value(plan));
    body = json_pack("{s:{s:o, s:o, s:{s:s}, s:[o], s:o}}", "assessment-results", "uuid",
                     make_uuid(&writing, "document", "1"), "metadata", make_metadata(&writing),
                     "import-ap", "href", reference, "results", make_result(&writing),
                     "back-matter", make_back_matter(&writing));
    json_decref(plan);
    return body;
}
