/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <stdio.h>
#include <stdlib.h>

#include "media/base/log.h"
#include "tui/ask.h"
#include "tui/metrics.h"
#include "tui/output-file.h"

static const char *const examples[] = {
    "metrics", "metrics --output /var/lib/prometheus/node-exporter/sallyport.prom", NULL};

static const struct command_option options[] = {
    {"output", 'o', COMMAND_TEXT, "FILE", "into this file, whole or not at all"},
};

static int ask_all(const struct command_invocation *invocation, json_t *replies[static 4],
                   struct error *err)
{
    static const char *const methods[] = {"Status", "Floors", "Media", "AuditVerify"};
    int result = 0;

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]) && result == 0; i++)
        result = ask_agent(invocation, methods[i], NULL, NULL, NULL, &replies[i], err);
    return result;
}

static int put(const char *path, const struct metrics *metrics, struct error *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    int result = 0;

    if (out == NULL)
        return error_set(err, ERROR_INTERNAL, "no memory for metrics");
    metrics_write(metrics, out);
    if (fclose(out) != 0)
        result = error_set(err, ERROR_INTERNAL, "no memory for metrics");
    else if (path != NULL)
        result = output_file(path, text, size, true, err);
    else
        fwrite(text, 1, size, stdout);
    free(text);
    return result;
}

/* That nobody answered is a metric as well; it is an error for whoever runs the verb all the same. */
static int run(const struct command_invocation *invocation, struct error *err)
{
    json_t *replies[4] = {NULL};
    int result = ask_all(invocation, replies, err);
    const struct metrics metrics = {.status = result == 0 ? replies[0] : NULL,
                                    .floors = replies[1],
                                    .media = replies[2],
                                    .chain = replies[3]};
    struct error trouble;

    if (put(command_text(invocation, "output"), &metrics, result < 0 ? &trouble : err) < 0) {
        if (result < 0)
            log_write(LOG_LEVEL_ERROR, "%s", trouble.words);
        else
            result = -(int)err->code;
    }
    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++)
        json_decref(replies[i]);
    return result;
}

const struct command command_metrics = {
    .name = "metrics",
    .arguments = "",
    .summary = "How this endpoint stands, for Prometheus",
    .description = "The text format that node_exporter's textfile collector reads. The audit chain "
                   "is walked. Without an agent there is sallyport_up 0 alone, and the exit status "
                   "is that of the error.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
