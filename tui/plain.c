/* SPDX-License-Identifier: ISC */
#include "tui/plain.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/base/limits.h"
#include "media/base/text.h"
#include "tui/explain-lines.h"
#include "tui/field.h"
#include "tui/model-ask.h"
#include "tui/plain-job.h"
#include "tui/screen.h"

#define TYPED_BYTES (LIMIT_PATH_BYTES + 64)

/* All anew; what an agent that has gone said last stays. */
static void refresh(struct plain *plain)
{
    struct error err = {0};
    struct model fresh;

    if (plain->fixture != NULL)
        return;
    model_open(&fresh);
    if (model_ask(plain->invocation, &fresh, &err) == 0) {
        fresh.chain = json_incref(plain->model.chain);
        model_close(&plain->model);
        plain->model = fresh;
        return;
    }
    model_close(&fresh);
    plain->model.up = false;
    plain->model.now_us = instant_clock();
    text_escape_string(err.words, plain->model.why, sizeof(plain->model.why));
}

static void show(struct plain *plain, size_t panel)
{
    plain->panel = panel;
    refresh(plain);
    plain->first = plain_panel(&plain->output, &plain->model, panel, 0);
}

static void show_more(struct plain *plain, const char *unused)
{
    (void)unused;
    if (plain->first == 0)
        plain_say(&plain->output, "There are no more rows.");
    else
        plain->first = plain_panel(&plain->output, &plain->model, plain->panel, plain->first);
}

static size_t number_of(const char *text)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    return *text >= '0' && *text <= '9' && *end == '\0' && number <= 1000000 ? number : 0;
}

static void details(struct plain *plain, const char *number)
{
    if (!plain_details(&plain->output, &plain->model, plain->panel, number_of(number)))
        plain_say(&plain->output, "Which row? Give its number: d 1.");
}

static void explain_row(struct plain *plain, const struct listing_row *row)
{
    const struct panel *panel = panel_at(plain->panel);
    const char *code = panel->code != NULL ? panel->code(&plain->model, row) : NULL;
    char words[FIELD_BYTES] = "";
    struct lines lines;

    if (code == NULL || strcmp(code, "ok") == 0) {
        plain_say(&plain->output, "There is nothing to explain: nothing is wrong with this row.");
        return;
    }
    if (field_raw(row->item, "words") != NULL)
        field_text(row->item, "words", words);
    lines_init(&lines);
    explain_lines(&plain->model, code, words, field_raw(row->item, "type"), &lines);
    plain_lines(&plain->output, &lines);
    lines_clear(&lines);
}

static void explain(struct plain *plain, const char *text)
{
    size_t number = number_of(text);
    struct listing listing;
    struct screen_view view;

    screen_open(&view);
    view.panel = plain->panel;
    screen_fill(&plain->model, &view, &listing);
    if (number >= 1 && number <= listing.shown_count)
        explain_row(plain, &listing.rows[listing.shown[number - 1]]);
    else
        plain_say(&plain->output, "Which row? Give its number: e 1.");
    listing_close(&listing);
    screen_close(&view);
}

static void eject(struct plain *plain, const char *unused)
{
    (void)unused;
    refresh(plain);
    plain_say(
        &plain->output, "%s",
        field_true(plain->model.status, "importing")
            ? "Something is read now. Pulled early, what is in service stays; the same import "
              "goes on later."
            : "It may be pulled now: the agent reads no medium and mounts none.");
}

static void leave(struct plain *plain, const char *unused)
{
    (void)unused;
    plain->over = true;
}

static void menu(struct plain *plain, const char *unused);

/* The letters are those of the keys on a screen. */
static const struct {
    const char *word, *takes, *help;
    void (*run)(struct plain *plain, const char *rest);
} verbs[] = {
    {"d", "ROW", "everything about a row", details},
    {"e", "ROW", "explain its state: cause, evidence, the lawful way out", explain},
    {"+", "", "the rows that follow", show_more},
    {"i", "[SOURCE]", "judge a medium without importing it", plain_job_inspect},
    {"I", "[SOURCE]", "import: preview first, then a word to type", plain_job_import},
    {"x", "", "whether the medium may be pulled now", eject},
    {"v", "", "verify the audit chain from its start", plain_job_verify},
    {"a", "", "acknowledge the refusals seen so far", plain_job_acknowledge},
    {"m", "", "this menu", menu},
    {"q", "", "leave", leave},
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void menu(struct plain *plain, const char *unused)
{
    (void)unused;
    for (size_t i = 0; i < PANELS; i++)
        plain_say(&plain->output, "%zu: %s", i + 1, panel_at(i)->title);
    for (size_t i = 0; i < VERBS; i++)
        plain_say(&plain->output, "%s%s%s: %s", verbs[i].word, verbs[i].takes[0] != '\0' ? " " : "",
                  verbs[i].takes, verbs[i].help);
}

static void obey(struct plain *plain, char *typed)
{
    size_t length = strcspn(typed, " "), number;
    const char *rest = typed + length + strspn(typed + length, " ");
    char shown[2 * TYPED_BYTES];

    number = number_of(typed);
    if (number >= 1 && number <= PANELS) {
        show(plain, number - 1);
        return;
    }
    for (size_t i = 0; i < VERBS; i++) {
        if (strlen(verbs[i].word) == length && strncmp(verbs[i].word, typed, length) == 0) {
            verbs[i].run(plain, rest);
            return;
        }
    }
    if (typed[0] != '\0')
        plain_say(&plain->output, "%s is nothing that is known here. m has the menu.",
                  text_escape_string(typed, shown, sizeof(shown)));
}

bool plain_read(struct plain *plain, const char *prompt, char *out, size_t size)
{
    fprintf(plain->output.stream, "%s ", prompt);
    fflush(plain->output.stream);
    if (fgets(out, (int)size, plain->typed) == NULL) {
        fputc('\n', plain->output.stream);
        return false;
    }
    /* What is longer than any path is no answer; its rest is not the next one. */
    if (strchr(out, '\n') == NULL && !feof(plain->typed)) {
        for (int c = 0; c != '\n' && c != EOF;)
            c = fgetc(plain->typed);
        out[0] = '\0';
    }
    out[strcspn(out, "\r\n")] = '\0';
    return true;
}

int plain_run(struct plain *plain, struct error *err)
{
    char typed[TYPED_BYTES];
    int result = 0;

    model_open(&plain->model);
    if (plain->fixture != NULL)
        result = model_read_fixture(&plain->model, plain->fixture, err);
    if (result == 0) {
        show(plain, 0);
        menu(plain, "");
    }
    while (result == 0 && !plain->over && !ferror(plain->output.stream) &&
           plain_read(plain, "Number or letter:", typed, sizeof(typed)))
        obey(plain, typed);
    if (result == 0 && (fflush(plain->output.stream) != 0 || ferror(plain->output.stream)))
        result = error_set(err, ERROR_IO, "standard output: it can't be written");
    model_close(&plain->model);
    return result;
}
