/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <string.h>

#include "tui/ask.h"
#include "tui/contents-table.h"
#include "tui/field.h"
#include "tui/output.h"
#include "tui/telemetry-view.h"

static const char *const examples[] = {"status", "status --json", NULL};

static void print_head(const json_t *status, const struct output *output)
{
    char version[FIELD_BYTES], endpoint[FIELD_BYTES], site[FIELD_BYTES], generated[FIELD_BYTES];

    fprintf(output->stream, "sallyport %s   endpoint %s   site %s   %s   ",
            field_text(status, "version", version), field_text(status, "endpoint", endpoint),
            field_text(status, "site", site), field_time(status, "generated", generated));
    output_mark(output, output_mark_of(field_raw(status, "health")));
    fputc('\n', output->stream);
}

static void print_ring(const json_t *status, const struct output *output)
{
    const json_t *set = field_object(status, "set");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES], fourth[FIELD_BYTES];

    output_label(output, "Ring");
    fprintf(output->stream, "%s%s   ", field_text(status, "ring", first),
            field_true(status, "test_endpoint") ? " (test endpoint)" : "");
    if (set == NULL)
        fprintf(output->stream, "no set yet\n");
    else
        fprintf(output->stream, "set %s   %s   accepted %s\n", field_count(set, "sequence", second),
                field_short(set, "digest", third), field_time(set, "accepted", fourth));
    output_label(output, "Time");
    if (set == NULL) {
        fprintf(output->stream, "nothing has been imported\n");
        return;
    }
    fprintf(output->stream, "genTime %s (%s ago)   expires %s ", field_time(set, "time", first),
            field_age(set, "age", NULL, second), field_time(set, "expires", third));
    output_mark(output, field_true(set, "expired") ? OUTPUT_WARN : OUTPUT_OK);
    fputc('\n', output->stream);
}

static void print_wave(const json_t *status, const struct output *output)
{
    const json_t *wave = field_object(status, "wave");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];

    output_label(output, "Wave");
    if (wave == NULL)
        fprintf(output->stream, "nothing waits for one\n");
    else
        fprintf(output->stream, "%s of %s, opens %s\n", field_count(wave, "number", first),
                field_count(wave, "of", second), field_time(wave, "opens", third));
}

static void print_floors(const json_t *status, const struct output *output)
{
    const json_t *floors = field_object(status, "floors");
    const char *binding = field_raw(floors, "binding");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES];

    output_label(output, "Floors");
    fprintf(output->stream, "%s, %s, newest %s   ", field_counted(floors, "types", "type", first),
            field_counted(floors, "rings", "ring", second), field_time(floors, "newest", third));
    if (binding != NULL && strcmp(binding, "store") == 0)
        fprintf(output->stream, "store verified, not hardware-bound\n");
    else
        fprintf(output->stream, "bound to %s\n", field_text(floors, "binding", first));
}

static void print_clock(const json_t *status, const struct output *output)
{
    const json_t *clock = field_object(status, "clock");
    bool behind = field_true(clock, "behind");
    char first[FIELD_BYTES], second[FIELD_BYTES];

    output_label(output, "Clock");
    fprintf(output->stream, "local %s   trusted floor %s ", field_time(clock, "local", first),
            field_time(clock, "floor", second));
    output_mark(output, behind ? OUTPUT_WARN : OUTPUT_OK);
    fprintf(output->stream, "%s\n", behind ? " local clock is behind the floor" : "");
}

static void print_sandbox(const json_t *status, const struct output *output)
{
    const json_t *sandbox = field_object(status, "sandbox");
    bool whole = field_number(sandbox, "landlock") > 0 && field_true(sandbox, "seccomp");
    char landlock[FIELD_BYTES];

    output_label(output, "Sandbox");
    fprintf(output->stream, "landlock %s, seccomp%s, own user %s ",
            field_number(sandbox, "landlock") > 0 ? field_count(sandbox, "landlock", landlock)
                                                  : "no",
            field_true(sandbox, "seccomp") ? "" : " no",
            field_true(sandbox, "own_user") ? "yes" : "no");
    output_mark(output, whole ? OUTPUT_OK : OUTPUT_FAIL);
    fputc('\n', output->stream);
}

/* What is as it should be takes no line. The kernel's own word on new devices is no trouble: an
 * import is refused all the same. */
static void print_usb(const json_t *status, const struct output *output)
{
    const json_t *usb = field_object(status, "usb");
    const char *authorized = usb != NULL ? field_raw(usb, "authorized_default") : NULL;
    char words[FIELD_BYTES];

    if (usb == NULL)
        return;
    output_label(output, "USB");
    if (field_true(usb, "running"))
        fprintf(output->stream, "%s%s ", field_counted(usb, "devices", "device", words),
                authorized != NULL && strcmp(authorized, "1") == 0
                    ? "; the kernel takes each as it comes (authorized_default 1)"
                    : "");
    else
        fprintf(output->stream, "nothing on it is read: %s ", field_text(usb, "words", words));
    output_mark(output, field_true(usb, "running") ? OUTPUT_OK : OUTPUT_WARN);
    fputc('\n', output->stream);
}

static void print_keys(const json_t *status, const struct output *output)
{
    const json_t *keys = field_object(status, "keys");
    const json_t *audit = field_object(status, "audit");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES], fourth[FIELD_BYTES];

    output_label(output, "Keys");
    fprintf(output->stream, "root document %s, %s, %s; content keys %s\n",
            field_count(keys, "root_version", first), field_counted(keys, "roots", "root", second),
            field_counted(keys, "crls", "revocation list", third),
            field_list(keys, "content_keys", fourth));
    output_label(output, "Audit");
    fprintf(output->stream, "%s, head %s\n", field_counted(audit, "records", "record", first),
            field_short(audit, "head", second));
}

static void print_refusals(const json_t *status, const struct output *output)
{
    const json_t *refusals = field_object(status, "refusals");
    const json_t *last = field_object(refusals, "last");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES], fourth[FIELD_BYTES];

    output_label(output, "Refusals");
    if (field_number(refusals, "count") == 0) {
        fprintf(output->stream, "none\n");
        return;
    }
    fprintf(output->stream, "%s, last %s from %s: %s ", field_count(refusals, "count", first),
            field_time(last, "time", second), field_text(last, "source", third),
            field_text(last, "code", fourth));
    output_mark(output, OUTPUT_WARN);
    fputc('\n', output->stream);
}

/* Only those that something is wrong with: quiet when good. */
static void print_sources(const json_t *status, const struct output *output)
{
    const json_t *sources = json_object_get(status, "sources");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES], fourth[FIELD_BYTES];

    for (size_t i = 0; i < json_array_size(sources); i++) {
        const json_t *row = json_array_get(sources, i);

        if (field_number(row, "failures") == 0)
            continue;
        output_label(output, "Source");
        fprintf(output->stream, "%s: %s, %s since %s ", field_text(row, "name", first),
                field_text(row, "code", second), field_counted(row, "failures", "failure", third),
                field_time(row, "succeeded", fourth));
        output_mark(output, OUTPUT_WARN);
        fputc('\n', output->stream);
    }
}

/* Packages of which a part is here. */
static void print_partials(const json_t *status, const struct output *output)
{
    const json_t *partials = json_object_get(status, "partials");
    char first[FIELD_BYTES], second[FIELD_BYTES], third[FIELD_BYTES], held[32], whole[32];

    for (size_t i = 0; i < json_array_size(partials); i++) {
        const json_t *row = json_array_get(partials, i);

        fprintf(output->stream,
                "\nIncomplete: %s %s, %s of %s here: ", field_text(row, "type", first),
                field_text(row, "version", second),
                output_bytes((uint64_t)field_number(row, "held"), held),
                output_bytes((uint64_t)field_number(row, "bytes"), whole));
        output_wrapped(output, field_text(row, "words", third), 40, 12);
    }
}

static void print_next(const json_t *status, const struct output *output)
{
    char next[FIELD_BYTES];

    if (field_raw(status, "next") == NULL || field_raw(status, "next")[0] == '\0')
        return;
    fprintf(output->stream, "\nNext step: ");
    output_wrapped(output, field_text(status, "next", next), 11, 11);
}

static void print_unenrolled(const json_t *status, const struct output *output)
{
    print_head(status, output);
    print_sandbox(status, output);
    fputs("\nThis endpoint is not enrolled: it has no roots, no ring and no floors yet.\n"
          "  1. On the mirror: sallyport-mirror enroll makes a file for this endpoint.\n"
          "  2. Here: sallyport-agent enroll FILE, with the passphrase that came with it.\n"
          "  3. Start the agent again and insert a medium that sallyport-mirror export wrote.\n"
          "  4. Here: sallyport import FOLDER.\n",
          output->stream);
}

static void print_status(const json_t *status, const struct output *output)
{
    if (!field_true(status, "enrolled")) {
        print_unenrolled(status, output);
        return;
    }
    print_head(status, output);
    print_ring(status, output);
    print_wave(status, output);
    print_floors(status, output);
    print_clock(status, output);
    print_sandbox(status, output);
    print_usb(status, output);
    print_keys(status, output);
    print_refusals(status, output);
    telemetry_view_line(status, output);
    print_sources(status, output);
    fputc('\n', output->stream);
    contents_table_print(json_object_get(status, "contents"), false, output);
    print_partials(status, output);
    print_next(status, output);
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    struct output output;
    json_t *status = NULL;
    int result;

    if (output_open(invocation, &output, err) < 0 ||
        ask_agent(invocation, "Status", NULL, NULL, NULL, &status, err) < 0)
        return -(int)err->code;
    result = 0;
    if (command_flag(invocation, "json"))
        result = output_json(status, err);
    else
        print_status(status, &output);
    json_decref(status);
    return result;
}

const struct command command_status = {
    .name = "status",
    .arguments = "",
    .summary = "Show ring, set, floors, clock, sandbox and every content type",
    .description = "Ten lines about this endpoint, a row a content type, and the next step. Ages "
                   "are those of the signed timestamps. The exit status says whether the agent "
                   "answered, not how healthy it is.",
    .examples = examples,
    .run = run,
};
