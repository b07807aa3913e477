/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <string.h>

#include "tui/ask.h"
#include "tui/check-verdict.h"
#include "tui/field.h"
#include "tui/output.h"

static const char *const examples[] = {"check", "check --audit", "check --json", NULL};

static const struct command_option options[] = {
    {"audit", 0, COMMAND_FLAG, NULL, "also walk the audit chain from its start"},
};

/* What kept the agent from answering is the verdict, not a failure of the check. */
static void judge(const struct command_invocation *invocation, struct check_verdict *verdict)
{
    json_t *status = NULL, *chain = NULL;
    struct error err = {0};
    int result = ask_agent(invocation, "Status", NULL, NULL, NULL, &status, &err);

    if (result == 0 && command_flag(invocation, "audit"))
        result = ask_agent(invocation, "AuditVerify", NULL, NULL, NULL, &chain, &err);
    if (result == 0)
        check_judge(verdict, status, chain);
    else
        check_unknown(verdict, &err);
    json_decref(chain);
    json_decref(status);
}

static void print_verdict(const struct check_verdict *verdict, const struct output *output)
{
    char subject[FIELD_BYTES], code[FIELD_BYTES], words[FIELD_BYTES], line[FIELD_BYTES];

    fputs(verdict->line, output->stream);
    if (verdict->figures[0] != '\0')
        fprintf(output->stream, " | %s", verdict->figures);
    fputc('\n', output->stream);
    for (size_t i = 0; i < json_array_size(verdict->problems); i++) {
        const json_t *problem = json_array_get(verdict->problems, i);

        snprintf(line, sizeof(line), "%.100s: %.100s: %.1500s",
                 field_text(problem, "subject", subject), field_text(problem, "code", code),
                 field_text(problem, "words", words));
        /* What stands behind a bar is taken for figures. */
        for (char *bar = line; (bar = strchr(bar, '|')) != NULL;)
            *bar = '/';
        output_mark(output, output_mark_of(field_raw(problem, "verdict")));
        fprintf(output->stream, " %s\n", line);
    }
    if (verdict->next[0] != '\0')
        fprintf(output->stream, "next: %s\n", verdict->next);
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    struct check_verdict verdict;
    struct output output;
    json_t *document;
    int result = 0;

    if (output_open(invocation, &output, err) < 0)
        return -(int)err->code;
    check_open(&verdict);
    judge(invocation, &verdict);
    if (command_flag(invocation, "json")) {
        document = check_json(&verdict);
        result = output_json(document, err);
        json_decref(document);
    } else {
        print_verdict(&verdict, &output);
    }
    if (result == 0)
        result = check_exit_status(&verdict);
    check_close(&verdict);
    return result;
}

const struct command command_check = {
    .name = "check",
    .arguments = "",
    .summary = "Say in one line how this endpoint is, for monitoring and cron",
    .description =
        "The first line is the verdict: OK, WARN, FAIL or UNKNOWN, with figures behind a bar as "
        "monitoring plugins have them; then a line for each problem, and the next step. The exit "
        "status is 0, 1, 2 or 3 in this order, whatever the reason is; 3 also means that no agent "
        "answered or that the endpoint is not enrolled. Age limits are those of the agent's "
        "configuration.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
