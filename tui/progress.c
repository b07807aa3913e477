/* SPDX-License-Identifier: ISC */
#include "tui/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tui/field.h"
#include "tui/output.h"

#define SAY_MS 30000

static int64_t now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void progress_init(const struct command_invocation *invocation, struct progress *progress)
{
    *progress = (struct progress){.quiet = command_flag(invocation, "quiet"),
                                  .terminal = isatty(STDERR_FILENO)};
}

/* A log gets a line when the step changes, and a sign of life now and then. */
static bool is_due(struct progress *progress, const char *name)
{
    int64_t now = now_ms();
    bool changed = strncmp(progress->step, name, sizeof(progress->step) - 1) != 0;

    if (!progress->terminal && !changed && now - progress->said_ms < SAY_MS)
        return false;
    snprintf(progress->step, sizeof(progress->step), "%.60s", name);
    progress->said_ms = now;
    return true;
}

void progress_step(struct progress *progress, const json_t *step)
{
    char name[FIELD_BYTES], words[FIELD_BYTES], done[32], total[32], amount[80] = "";

    if (progress->quiet || !json_is_object(step) ||
        !is_due(progress, field_text(step, "name", name)))
        return;
    if (field_number(step, "total") > 0)
        snprintf(amount, sizeof(amount), "  %s of %s",
                 output_bytes((uint64_t)field_number(step, "done"), done),
                 output_bytes((uint64_t)field_number(step, "total"), total));
    if (field_raw(step, "words") == NULL || field_raw(step, "words")[0] == '\0')
        words[0] = '\0';
    else
        field_text(step, "words", words);
    fprintf(stderr, "%s%s%s%s%.200s%s", progress->terminal ? "\r\033[K" : "", name, amount,
            words[0] != '\0' ? "  " : "", words, progress->terminal ? "" : "\n");
    fflush(stderr);
    progress->open = progress->terminal;
}

void progress_end(struct progress *progress)
{
    if (progress->open)
        fputc('\n', stderr);
    progress->open = false;
}
