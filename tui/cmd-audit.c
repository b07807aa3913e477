/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <string.h>

#include "tui/ask.h"
#include "tui/field.h"
#include "tui/output.h"
#include "tui/table.h"

#define RECORDS_SHOWN 100
#define PAGE          1000 /* records in one answer, at most */
#define DIGEST_DIGITS 96   /* SHA-384 in hex */

static const char *const list_examples[] = {"audit list", "audit list --after 100 --json", NULL};
static const char *const verify_examples[] = {"audit verify", "audit verify --head DIGEST", NULL};

static const struct command_option list_options[] = {
    {"after", 0, COMMAND_COUNT, "N", "records with numbers above N (0)"},
    {"limit", 0, COMMAND_COUNT, "N", "at most N records (100)"},
};

static const struct command_option verify_options[] = {
    {"head", 0, COMMAND_TEXT, "DIGEST", "a head that was noted before must be in the chain"},
};

static const char *const headers[] = {"NUMBER", "TIME", "WHO", "WHAT", "CODE", "WORDS", NULL};

static void print_records(const json_t *audit, const struct output *output)
{
    const json_t *records = json_object_get(audit, "records");
    char text[FIELD_BYTES];
    struct table table;

    table_init(&table, headers);
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *record = json_array_get(records, i);

        table_text(&table, field_count(record, "number", text));
        table_text(&table, field_time(record, "time", text));
        table_text(&table, field_text(record, "who", text));
        table_text(&table, field_text(record, "what", text));
        table_text(&table, field_text(record, "code", text));
        table_text(&table, field_text(record, "words", text));
    }
    if (table.count == 0)
        fprintf(output->stream, "No audit record matches.\n");
    table_print(&table, output);
    table_clear(&table);
}

static int run_list(const struct command_invocation *invocation, struct error *err)
{
    uint64_t after = 0, limit = RECORDS_SHOWN;
    struct output output;
    json_t *parameters, *audit = NULL;
    int result;

    if (output_open(invocation, &output, err) < 0)
        return -(int)err->code;
    command_number(invocation, "after", &after);
    command_number(invocation, "limit", &limit);
    if (after > INT64_MAX || limit > INT64_MAX)
        return error_set(err, ERROR_USAGE, "a number is too large");
    parameters = json_pack("{s:I, s:I}", "after", (json_int_t)after, "limit", (json_int_t)limit);
    result = ask_agent(invocation, "Audit", parameters, NULL, NULL, &audit, err);
    if (result == 0 && command_flag(invocation, "json"))
        result = output_json(audit, err);
    else if (result == 0)
        print_records(audit, &output);
    json_decref(parameters);
    json_decref(audit);
    return result;
}

/* Whether a record has this digest, page by page. */
static int find_digest(const struct command_invocation *invocation, const char *digest,
                       int64_t records, bool *found, struct error *err)
{
    int result = 0;

    *found = false;
    for (int64_t after = 0; after < records && result == 0 && !*found; after += PAGE) {
        json_t *parameters =
            json_pack("{s:I, s:I}", "after", (json_int_t)after, "limit", (json_int_t)PAGE);
        json_t *audit = NULL;
        const json_t *record;
        size_t i;

        result = ask_agent(invocation, "Audit", parameters, NULL, NULL, &audit, err);
        json_array_foreach(json_object_get(audit, "records"), i, record)
        {
            const char *own = field_raw(record, "digest");

            *found = *found || (own != NULL && strcmp(own, digest) == 0);
        }
        json_decref(parameters);
        json_decref(audit);
    }
    return result;
}

/* The chain holds together from its start, so a record with that digest means that all up to it is
 * as it was when the digest was noted. One that was cut short, or written anew, has it no more. */
static int check_noted(const struct command_invocation *invocation, json_t *answer,
                       struct error *err)
{
    const char *noted = command_text(invocation, "head");
    bool found;

    if (noted == NULL)
        return 0;
    if (strlen(noted) != DIGEST_DIGITS || strspn(noted, "0123456789abcdef") != DIGEST_DIGITS)
        return error_set(err, ERROR_USAGE, "--head: expected the 96 hex digits of a digest");
    if (!field_true(answer, "ok"))
        return 0;
    if (find_digest(invocation, noted, field_number(answer, "records"), &found, err) < 0)
        return -(int)err->code;
    if (!found) {
        json_object_set_new(answer, "ok", json_false());
        json_object_set_new(answer, "words",
                            json_string("no record has the digest that was noted: the chain was "
                                        "cut short or written anew"));
    }
    return 0;
}

static void print_verdict(const json_t *answer, bool intact, const struct output *output)
{
    char first[FIELD_BYTES], second[FIELD_BYTES];

    output_mark(output, intact ? OUTPUT_OK : OUTPUT_FAIL);
    fprintf(output->stream, " %s, head %s\n", field_counted(answer, "records", "record", first),
            field_text(answer, "head", second));
    if (!intact)
        fprintf(stderr, "sallyport: %s\nnext: %s\n", field_text(answer, "words", first),
                error_row(ERROR_AUDIT_BROKEN)->next_step);
}

/* A chain that does not verify is the one thing that this verb exists to say: an error. */
static int run_verify(const struct command_invocation *invocation, struct error *err)
{
    struct output output;
    json_t *answer = NULL;
    bool intact;
    int result;

    if (output_open(invocation, &output, err) < 0 ||
        ask_agent(invocation, "AuditVerify", NULL, NULL, NULL, &answer, err) < 0)
        return -(int)err->code;
    result = check_noted(invocation, answer, err);
    intact = field_true(answer, "ok");
    if (result == 0 && command_flag(invocation, "json"))
        result = output_json(answer, err);
    else if (result == 0)
        print_verdict(answer, intact, &output);
    json_decref(answer);
    if (result < 0)
        return result;
    return intact ? 0 : error_row(ERROR_AUDIT_BROKEN)->exit_status;
}

const struct command command_audit_list = {
    .name = "audit list",
    .arguments = "",
    .summary = "Show records of the audit chain",
    .examples = list_examples,
    .options = list_options,
    .option_count = sizeof(list_options) / sizeof(list_options[0]),
    .run = run_list,
};

const struct command command_audit_verify = {
    .name = "audit verify",
    .arguments = "",
    .summary = "Walk the audit chain from its start",
    .description =
        "Exit status 1 when the chain does not verify. Keep the file as evidence then. "
        "Whoever can write the database can cut the chain short and put its count right, "
        "or write all of it anew: only a head that was noted elsewhere shows that, such "
        "as one that status or an earlier audit verify printed.",
    .examples = verify_examples,
    .options = verify_options,
    .option_count = sizeof(verify_options) / sizeof(verify_options[0]),
    .run = run_verify,
};
