/* SPDX-License-Identifier: ISC */
#include "tui/act-file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/base/text.h"
#include "tui/act.h"
#include "tui/field.h"
#include "tui/output-file.h"
#include "tui/report-view.h"

/* "sallyport-status-2026-11-26T031415Z.json": no colons, for filesystems that have none. */
static void make_name(const char *what, const char *extension, char out[static 96])
{
    char time[INSTANT_TEXT_BYTES], *to = time;

    instant_format(instant_clock() / INSTANT_SECOND_US * INSTANT_SECOND_US, time);
    for (const char *from = time; *from != '\0'; from++)
        if (*from != ':')
            *to++ = *from;
    *to = '\0';
    snprintf(out, 96, "sallyport-%s-%s.%s", what, time, extension);
}

static void tell(struct session *session, const char *name, int result, const struct error *err)
{
    char words[2 * ERROR_WORDS_BYTES];

    if (result == 0)
        act_say(session, "Written: %s in the current folder.", name);
    else
        act_say(session, "Not written: %s", text_escape_string(err->words, words, sizeof(words)));
}

void act_file_write(struct session *session)
{
    const struct panel *panel = panel_at(session->view.panel);
    json_t **answer = model_answer(&session->model, panel->name);
    struct error err = {0};
    char name[96];

    if (strcmp(panel->name, "import") == 0)
        answer = &session->model.job;
    if (answer == NULL || *answer == NULL) {
        act_say(session, "There is nothing to write yet.");
        return;
    }
    make_name(panel->name, "json", name);
    tell(session, name, output_file_json(name, *answer, false, &err), &err);
}

static int write_report(const char *name, const json_t *report, struct error *err)
{
    struct output output = {.color = false};
    char *text = NULL;
    size_t size = 0;
    int result;

    output.stream = open_memstream(&text, &size);
    if (output.stream == NULL)
        return error_set(err, ERROR_INTERNAL, "no memory for a report");
    report_view_print(report, &output);
    fclose(output.stream);
    result = output_file(name, text, size, false, err);
    free(text);
    return result;
}

void act_file_report(struct session *session, json_t *report)
{
    static const char *const keys[] = {"endpoint", "site", "ring"};
    struct error err = {0};
    char name[96];

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        json_object_set(report, keys[i], json_object_get(session->model.status, keys[i]));
    json_object_set(report, "chain", session->model.chain);
    make_name("report", "txt", name);
    tell(session, name, write_report(name, report, &err), &err);
}

static void add_farewell(struct session *session, const char *line)
{
    size_t used = session->farewell != NULL ? strlen(session->farewell) : 0;
    size_t size = used + strlen(line) + 2;
    char *text = bytes_allocate(1, size);

    snprintf(text, size, "%s%s\n", used > 0 ? session->farewell : "", line);
    free(session->farewell);
    session->farewell = text;
}

void act_file_copy(struct session *session)
{
    char line[sizeof(session->view.message)] = "";
    const struct listing_row *row;
    struct listing listing;
    size_t used = 0;

    screen_fill(&session->model, &session->view, &listing);
    row = listing_selected(&listing);
    for (size_t i = 0; row != NULL && i < listing.column_count && used < sizeof(line); i++)
        used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s", i > 0 ? "  " : "",
                                 row->cells[i].text != NULL ? row->cells[i].text : "");
    listing_close(&listing);
    if (row == NULL)
        return;
    act_say(session, "%s", line);
    add_farewell(session, line);
}
