/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/base/text.h"
#include "tui/ask.h"
#include "tui/field.h"
#include "tui/file-sha256.h"
#include "tui/output.h"

#define BATCH      512 /* keys of one question: half of LIMIT_REPUTATION_BATCH, with room for signers */
#define LINE_BYTES (LIMIT_PATH_BYTES + 128) /* a line of sha256sum */

static const char *const examples[] = {
    "rep 9f2c0b7d4e51a86390fbd2c14a7e3d5860b1c9f2e47d8a35c6b0912fe3d4a75c",
    "rep /bin/ls --json",
    "rep pkgkey:1F89983E0081FDE018F3CC9673A4F27B8DD47936",
    "rep - <hashes.txt",
    NULL,
};

/* What one question asks: where each key came from, in the order of the two lists. */
struct question {
    const struct command_invocation *invocation;
    const struct output *output;
    json_t *sha256, *signer; /* keys */
    json_t *files;           /* file names beside sha256; null for a bare hash */
    json_t *document;        /* --json: all answers so far; NULL: they are printed as they come */
    uint64_t bad;
};

static const char *const signer_forms[] = {"spki:", "pkgkey:", "serial:"};

static bool is_signer(const char *text)
{
    for (size_t i = 0; i < sizeof(signer_forms) / sizeof(signer_forms[0]); i++)
        if (strncmp(text, signer_forms[i], strlen(signer_forms[i])) == 0)
            return true;
    return false;
}

static bool is_hash(const char *text)
{
    return strlen(text) == FILE_SHA256_TEXT - 1 &&
           strspn(text, "0123456789abcdefABCDEF") == FILE_SHA256_TEXT - 1;
}

static void print_row(const struct question *question, const json_t *row, const char *file)
{
    char verdict[FIELD_BYTES], asked[FIELD_BYTES], name[FIELD_BYTES], shown[FIELD_BYTES];

    fprintf(question->output->stream, "%-8s %s", field_text(row, "verdict", verdict),
            file != NULL ? text_escape_string(file, shown, sizeof(shown))
                         : field_text(row, "asked", asked));
    if (field_raw(row, "name") != NULL)
        fprintf(question->output->stream, "  (%s)", field_text(row, "name", name));
    fprintf(question->output->stream, "\n");
}

static void take_rows(struct question *question, const json_t *reply, const char *list,
                      const json_t *files)
{
    const json_t *rows = json_object_get(reply, list);

    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i);
        const char *file = json_string_value(json_array_get(files, i));

        if (field_raw(row, "verdict") != NULL && strcmp(field_raw(row, "verdict"), "bad") == 0)
            question->bad++;
        if (question->document == NULL)
            print_row(question, row, file);
        else if (file != NULL)
            json_object_set_new(row, "file", json_string(file));
    }
    if (question->document != NULL)
        json_array_extend(json_object_get(question->document, list), (json_t *)(uintptr_t)rows);
}

/* The first answer is the document; what the others add are rows. */
static void take_answer(struct question *question, json_t *reply)
{
    bool json = command_flag(question->invocation, "json");

    if (json && question->document == NULL) {
        question->document = json_copy(reply);
        json_object_set_new(question->document, "sha256", json_array());
        json_object_set_new(question->document, "signer", json_array());
    }
    take_rows(question, reply, "sha256", question->files);
    take_rows(question, reply, "signer", NULL);
}

static int ask(struct question *question, struct error *err)
{
    json_t *parameters, *reply = NULL;
    int result;

    if (json_array_size(question->sha256) + json_array_size(question->signer) == 0)
        return 0;
    parameters = json_pack("{s:O, s:O}", "sha256", question->sha256, "signer", question->signer);
    result = ask_agent(question->invocation, "Reputation", parameters, NULL, NULL, &reply, err);
    if (result == 0)
        take_answer(question, reply);
    json_array_clear(question->sha256);
    json_array_clear(question->signer);
    json_array_clear(question->files);
    json_decref(parameters);
    json_decref(reply);
    return result;
}

static int add_file(struct question *question, const char *path, struct error *err)
{
    char hex[FILE_SHA256_TEXT];
    json_t *name = json_string(path);

    if (name == NULL) {
        char shown[FIELD_BYTES];

        text_escape_string(path, shown, sizeof(shown));
        name = json_string(shown);
    }
    if (file_sha256(path, hex, err) < 0) {
        json_decref(name);
        return -(int)err->code;
    }
    json_array_append_new(question->sha256, json_string(hex));
    json_array_append_new(question->files, name);
    return 0;
}

/* Signers follow files in the answer, so that a question holds either a few of both or many of one. */
static int add(struct question *question, const char *text, struct error *err)
{
    int result = 0;

    if (is_signer(text)) {
        if (strlen(text) > LIMIT_SIGNER_BYTES)
            return error_set(err, ERROR_USAGE, "a signer is longer than SIGNER_BYTES, %d",
                             LIMIT_SIGNER_BYTES);
        if (json_array_append_new(question->signer, json_string(text)) < 0)
            return error_set(err, ERROR_USAGE, "a signer is not UTF-8");
    } else if (is_hash(text)) {
        json_array_append_new(question->sha256, json_string(text));
        json_array_append_new(question->files, json_null());
    } else {
        result = add_file(question, text, err);
    }
    if (result == 0 && (json_array_size(question->sha256) >= BATCH ||
                        json_array_size(question->signer) >= BATCH / 8))
        result = ask(question, err);
    return result;
}

/* Lines: a hash and whatever follows it (as sha256sum prints), or a signer. */
static int add_lines(struct question *question, struct error *err)
{
    char line[LINE_BYTES];
    uint64_t number = 0;
    int result = 0;

    while (result == 0 && fgets(line, sizeof(line), stdin) != NULL) {
        size_t size = strcspn(line, "\n");

        number++;
        if (line[size] == '\0' && !feof(stdin))
            return error_set(err, ERROR_USAGE, "line %llu is longer than %zu bytes",
                             (unsigned long long)number, sizeof(line) - 2);
        line[size] = '\0';
        if (size > 0 && line[size - 1] == '\r')
            line[size - 1] = '\0';
        if (line[0] == '\0' || line[0] == '#')
            continue;
        if (!is_signer(line))
            line[strcspn(line, " \t")] = '\0';
        if (!is_signer(line) && !is_hash(line))
            return error_set(err, ERROR_USAGE,
                             "line %llu: expected 64 hex digits, or a signer (spki:, pkgkey:, "
                             "serial:)",
                             (unsigned long long)number);
        result = add(question, line, err);
    }
    return result;
}

static int ask_all(struct question *question, struct error *err)
{
    const struct command_invocation *invocation = question->invocation;
    int result = 0;

    for (size_t i = 0; i < invocation->argument_count && result == 0; i++)
        result = strcmp(invocation->arguments[i], "-") == 0
                     ? add_lines(question, err)
                     : add(question, invocation->arguments[i], err);
    if (result == 0)
        result = ask(question, err);
    if (result == 0 && question->document != NULL)
        result = output_json(question->document, err);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    struct output output;
    struct question question = {.invocation = invocation, .output = &output};
    int result;

    if (output_open(invocation, &output, err) < 0)
        return -(int)err->code;
    question.sha256 = json_array();
    question.signer = json_array();
    question.files = json_array();
    result = ask_all(&question, err);
    json_decref(question.sha256);
    json_decref(question.signer);
    json_decref(question.files);
    json_decref(question.document);
    if (result == 0 && question.bad > 0 && command_flag(invocation, "fail"))
        return error_row(ERROR_PARTIAL)->exit_status;
    return result;
}

static const struct command_option options[] = {
    {"fail", 0, COMMAND_FLAG, NULL, "exit status 3 when one of them is bad"},
};

const struct command command_rep = {
    .name = "rep",
    .arguments = "WHAT...",
    .summary = "Look files and signers up in the reputation lists (local-rep-data)",
    .description =
        "WHAT is a SHA-256 in hex, a file (its SHA-256 is made here; the file goes nowhere), a "
        "signer (spki:HEX, pkgkey:FINGERPRINT, serial:ISSUER;HEX), or - for lines on standard "
        "input, as sha256sum prints them. Verdicts are good, neutral (known, nothing more), bad "
        "and unknown; a name stands in parentheses where the list has one. Exit status 0 says that "
        "there was an answer, whatever the verdicts are.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
