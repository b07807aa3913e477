/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <stdlib.h>
#include <unistd.h>

#include "agent/control/inspect-device.h"
#include "agent/control/inspect-medium.h"
#include "media/base/log.h"
#include "media/base/text.h"
#include "tui/ask.h"
#include "tui/extract.h"
#include "tui/field.h"
#include "tui/inspect-report.h"
#include "tui/inspect-view.h"
#include "tui/output.h"
#include "tui/report-device.h"
#include "tui/report-format.h"
#include "tui/report-sign.h"
#include "tui/spool.h"

static const char *const examples[] = {"inspect /media/stick",
                                       "inspect /media/stick --root 1.p7m --extract evidence",
                                       "inspect http://mirror.site.example:8470 --root 1.p7m",
                                       "inspect /media/stick --report check.html --format html",
                                       "inspect - --root 1.p7m",
                                       NULL};

static const struct command_option options[] = {
    {"ca", 0, COMMAND_TEXT, "FILE", "with --root: the authority of an https mirror, PEM"},
    {"extract", 0, COMMAND_TEXT, "DIR", "write each document's JSON, signatures and tokens there"},
    {"root", 0, COMMAND_REPEAT, "FILE", "judge under this root document, without an agent"},
    {"report", 0, COMMAND_TEXT, "FILE", "write the whole inspection there; replaces FILE"},
    {"format", 0, COMMAND_TEXT, "FORMAT", "of the report: " REPORT_FORMATS " (text)"},
    {"marking", 0, COMMAND_TEXT, "TEXT", "classification line of the report"},
    REPORT_SIGN_OPTIONS,
};

#define ROOTS 16 /* rotations between the newest that the auditor holds and the first */

struct inspecting {
    const struct output *output; /* NULL: JSON */
    struct extract extract;
    json_t *documents; /* without tokens and contents */
    json_t *floors;    /* of the agent that judged, or NULL */
    json_t *status;    /* of it, or NULL */
    json_t *media;     /* of it, or NULL */
};

/* Tokens and contents are files by --extract, not part of the report. */
static int take_document(void *context, const json_t *document, struct error *err)
{
    struct inspecting *inspecting = context;
    json_t *kept;

    if (extract_document(&inspecting->extract, document, err) < 0)
        return -(int)err->code;
    kept = json_copy((json_t *)(uintptr_t)document);
    json_object_del(kept, "extract");
    json_object_del(kept, "content");
    json_array_append_new(inspecting->documents, kept);
    if (inspecting->output != NULL)
        inspect_view_document(kept, inspecting->output);
    return 0;
}

static int take_reply(void *context, const json_t *parameters, struct error *err)
{
    const json_t *document = field_object(parameters, "document");

    return document != NULL ? take_document(context, document, err) : 0;
}

static int inspect_by_agent(const struct command_invocation *invocation, const char *source,
                            struct inspecting *inspecting, json_t **result, struct error *err)
{
    json_t *parameters =
        json_pack("{s:s, s:b}", "source", source, "tokens", inspecting->extract.folder >= 0);
    int answer = ask_agent(invocation, "Inspect", parameters, take_reply, inspecting, result, err);

    if (answer == 0)
        answer = ask_agent(invocation, "Floors", NULL, NULL, NULL, &inspecting->floors, err);
    if (answer == 0)
        answer = ask_agent(invocation, "Status", NULL, NULL, NULL, &inspecting->status, err);
    if (answer == 0)
        answer = ask_agent(invocation, "Media", NULL, NULL, NULL, &inspecting->media, err);
    json_decref(parameters);
    return answer;
}

/* The values of --root, NULL behind the last. */
static int read_roots(const struct command_invocation *invocation, const char *roots[ROOTS + 1],
                      struct error *err)
{
    size_t i = 0;

    while (i < ROOTS && (roots[i] = command_repeat(invocation, "root", i)) != NULL)
        i++;
    roots[i] = NULL;
    if (command_repeat(invocation, "root", ROOTS) != NULL)
        return error_set(err, ERROR_USAGE, "--root: at most %d documents, and the newest is enough",
                         ROOTS);
    return 0;
}

/* What is there must have been told of: silence is no verdict. */
static int judge_port(const json_t *media, const char *port, struct error *err)
{
    json_t *device = report_device_find(media, port);
    const char *name = field_raw(device, "code"), *words = field_raw(device, "words");
    enum error_code code = ERROR_USB_UNTOLD;

    if (name == NULL || words == NULL || error_from_name(name, &code) < 0)
        error_set(err, ERROR_USB_UNTOLD, "USB device at %s: it was not told of", port);
    else if (code != ERROR_OK)
        error_set(err, code, "USB device at %s: %s", port, words);
    json_decref(device);
    return -(int)code;
}

/* Before a byte of a medium is read, the devices that it is on: what no rule of a site could lift
 * ends it here, and so does what can't be looked at. */
static int judge_device(const char *libexec, const char *source, struct inspecting *inspecting,
                        struct error *err)
{
    struct block_device place;
    struct error why;
    int result = report_device_place(source, &place, err);

    if (result < 0 || place.port_count == 0)
        return result;
    if (inspect_devices(libexec, &inspecting->media, &why) < 0)
        return error_set(err, ERROR_USB_UNTOLD, "%s is on a USB device: %.800s", place.node,
                         why.words);
    for (size_t i = 0; i < place.port_count && result == 0; i++)
        result = judge_port(inspecting->media, place.ports[i], err);
    return result;
}

static int inspect_here(const struct command_invocation *invocation, const char *source,
                        struct inspecting *inspecting, json_t **result, struct error *err)
{
    const char *libexec = command_text(invocation, "libexec");
    const char *roots[ROOTS + 1];
    const struct inspect_options inspect = {.source = source,
                                            .root_files = roots,
                                            .ca_file = command_text(invocation, "ca"),
                                            .libexec = libexec != NULL ? libexec : LIBEXEC_FOLDER,
                                            .tokens = inspecting->extract.folder >= 0};

    if (read_roots(invocation, roots, err) < 0)
        return -(int)err->code;
    log_open("sallyport", STDERR_FILENO, LOG_LEVEL_WARN);
    if (judge_device(inspect.libexec, source, inspecting, err) < 0)
        return -(int)err->code;
    return inspect_medium(&inspect, take_document, inspecting, result, err);
}

/* The agent knows roots, floors and the ring. Where there is none, the medium can still be judged
 * under --root, or at least be held against itself. */
static int inspect(const struct command_invocation *invocation, const char *source,
                   struct inspecting *inspecting, json_t **result, struct error *err)
{
    bool here = command_repeat(invocation, "root", 0) != NULL;
    int answer;

    if (!here) {
        answer = inspect_by_agent(invocation, source, inspecting, result, err);
        here = answer < 0 && (err->code == ERROR_NO_AGENT || err->code == ERROR_NOT_ENROLLED);
        if (!here)
            return answer;
    }
    return inspect_here(invocation, source, inspecting, result, err);
}

/* Tells, on standard output and in the file of --report. */
static int tell(const struct command_invocation *invocation, const struct inspecting *inspecting,
                json_t *result, struct error *err)
{
    const char *format = command_text(invocation, "format");
    struct report_file file = {.path = command_text(invocation, "report"),
                               .format = format != NULL ? format : "text"};
    const struct inspect_context context = {.documents = inspecting->documents,
                                            .floors = inspecting->floors,
                                            .status = inspecting->status,
                                            .media = inspecting->media,
                                            .marking = command_text(invocation, "marking")};
    char shown[FIELD_BYTES];

    inspect_report_complete(result, &context);
    if (file.path != NULL &&
        (inspect_report_write(result, &file, err) < 0 || report_sign(invocation, &file, err) < 0))
        return -(int)err->code;
    if (inspecting->output == NULL && output_json(result, err) < 0)
        return -(int)err->code;
    if (inspecting->output != NULL)
        inspect_view_result(result, inspecting->output);
    if (inspecting->output != NULL && file.path != NULL)
        fprintf(inspecting->output->stream, "Report: %s, SHA-384 %s\n",
                text_escape_string(file.path, shown, sizeof(shown)), file.digest);
    return ask_status_of(result);
}

static int check_options(const struct command_invocation *invocation, struct error *err)
{
    const char *format = command_text(invocation, "format");

    if (report_sign_check(invocation, command_text(invocation, "report") != NULL, err) < 0)
        return -(int)err->code;
    if (format == NULL)
        return 0;
    if (command_text(invocation, "report") == NULL)
        return error_set(err, ERROR_USAGE, "--format is of the file that --report names");
    return report_format_check(format, err);
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    struct inspecting inspecting = {.extract = {.folder = -1}};
    char source[LIMIT_PATH_BYTES + 1];
    struct output output;
    json_t *result = NULL;
    int status;

    if (output_open(invocation, &output, err) < 0 || check_options(invocation, err) < 0)
        return -(int)err->code;
    inspecting.output = command_flag(invocation, "json") ? NULL : &output;
    inspecting.documents = json_array();
    status = spool_source(invocation, invocation->arguments[0], source, err);
    if (status == 0)
        status = extract_open(command_text(invocation, "extract"), &inspecting.extract, err);
    if (status == 0)
        status = inspect(invocation, source, &inspecting, &result, err);
    spool_end();
    if (status == 0)
        status = tell(invocation, &inspecting, result, err);
    extract_close(&inspecting.extract);
    json_decref(inspecting.documents);
    json_decref(inspecting.floors);
    json_decref(inspecting.status);
    json_decref(inspecting.media);
    json_decref(result);
    return status;
}

const struct command command_inspect = {
    .name = "inspect",
    .arguments = "SOURCE",
    .summary = "Judge a medium without importing it",
    .description =
        "SOURCE is what import takes, - among it. Shows every document with its checks and "
        "signers, what an import would do, "
        "and files that are damaged, missing or not listed. Asks the agent; where none "
        "answers, or with --root, it runs the same verifier itself. Without a root "
        "document to trust the verdict is unanchored (exit status 3). A root document is "
        "sallyport/root/N.p7m of a medium or mirror that you trust: take the newest "
        "that you hold; several are given in order, oldest first.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
