/* SPDX-License-Identifier: ISC */
#include "tui/act.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/text.h"
#include "tui/act-file.h"
#include "tui/act-job.h"
#include "tui/explain-lines.h"
#include "tui/field.h"
#include "tui/keys.h"

static struct listing_view *list_of(struct session *session)
{
    return &session->view.lists[session->view.panel];
}

/* A row stays in sight from one page to the next. */
static int page_of(struct session *session)
{
    int rows = list_of(session)->rows - 1;

    return rows > 1 ? rows : 1;
}

void act_say(struct session *session, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(session->view.message, sizeof(session->view.message), format, arguments);
    va_end(arguments);
}

void act_confirm(struct session *session, enum dialog_purpose purpose, const char *title,
                 const char *word)
{
    dialog_confirm(&session->dialog, &session->view, purpose, title, word, feed_clock());
    terminal_forget();
}

static void show_panel(struct session *session, size_t panel)
{
    session->view.panel = panel % PANELS;
    /* What changes without a record of it, such as memory, is asked for when it is looked at. */
    feed_ask(&session->feed, 1U << FEED_ENGINES);
}

static void move(struct session *session, int by)
{
    struct listing listing;

    screen_fill(&session->model, &session->view, &listing);
    listing_move(&listing, list_of(session), by);
    listing_close(&listing);
}

static void help(struct session *session)
{
    char title[64];

    snprintf(title, sizeof(title), "Keys on %s", panel_at(session->view.panel)->title);
    dialog_read(&session->dialog, &session->view, SCREEN_HELP, title);
    keys_help(session->view.panel, &session->view.text);
}

static void details(struct session *session)
{
    const struct panel *panel = panel_at(session->view.panel);
    const struct listing_row *row;
    struct listing listing;

    screen_fill(&session->model, &session->view, &listing);
    row = listing_selected(&listing);
    if (row != NULL) {
        dialog_read(&session->dialog, &session->view, SCREEN_DETAILS, row->key);
        panel->details(&session->model, row, &session->view.text);
    }
    listing_close(&listing);
}

static void search(struct session *session, bool backwards)
{
    struct listing_view *list = list_of(session);
    struct listing listing;
    char words[2 * LISTING_TEXT_BYTES];

    if (list->search[0] == '\0') {
        act_say(session, "Nothing has been searched for yet: / searches.");
        return;
    }
    screen_fill(&session->model, &session->view, &listing);
    if (!listing_search(&listing, list, backwards))
        act_say(session, "No match for \"%s\".",
                text_escape_string(list->search, words, sizeof(words)));
    listing_close(&listing);
}

/* Round through the columns, and after the last one the order of the agent. */
static void sort(struct session *session, bool backwards)
{
    const struct panel *panel = panel_at(session->view.panel);
    struct listing_view *list = list_of(session);
    int columns = (int)panel->column_count;

    list->descending = backwards;
    list->sort = (list->sort + 1 + (backwards ? columns : 1)) % (columns + 1) - 1;
    if (list->sort < 0)
        act_say(session, "In the agent's own order.");
    else
        act_say(session, "Sorted by %s%s.", panel->columns[list->sort].title,
                backwards ? ", the greatest first" : "");
}

/* A fixture has words and no code: its agent is down. */
static enum error_code code_of_trouble(const struct session *session)
{
    return session->feed.trouble != ERROR_OK ? session->feed.trouble : ERROR_NO_AGENT;
}

/* Why the selected row is as it is; where there is none, why the agent does not answer. */
static void explain(struct session *session)
{
    const struct panel *panel = panel_at(session->view.panel);
    const struct listing_row *row;
    struct listing listing;
    const char *code;
    char words[FIELD_BYTES];

    screen_fill(&session->model, &session->view, &listing);
    row = listing_selected(&listing);
    code = row != NULL && panel->code != NULL ? panel->code(&session->model, row) : NULL;
    if (!session->model.up) {
        dialog_read(&session->dialog, &session->view, SCREEN_EXPLAIN, "Why no agent answers");
        explain_lines(&session->model, error_name(code_of_trouble(session)), session->model.why,
                      NULL, &session->view.text);
    } else if (code == NULL || strcmp(code, "ok") == 0) {
        act_say(session, "There is nothing to explain: nothing is wrong with this row.");
    } else {
        dialog_read(&session->dialog, &session->view, SCREEN_EXPLAIN, row->key);
        explain_lines(&session->model, code,
                      field_raw(row->item, "words") != NULL ? field_text(row->item, "words", words)
                                                            : "",
                      field_raw(row->item, "type"), &session->view.text);
    }
    listing_close(&listing);
}

/* Whoever leaves while an import runs should know that it goes on. */
static void quit(struct session *session)
{
    if (session->job.kind != JOB_IMPORT) {
        session->over = true;
        return;
    }
    act_confirm(session, DIALOG_QUIT, "Leave while an import runs?", "");
    lines_add_wrapped(&session->view.text, 1, "",
                      "The import is the agent's and goes on, whole or not at all; sallyport "
                      "status and this console show how it ended.");
}

static void back(struct session *session)
{
    list_of(session)->filter[0] = '\0';
}

static void show_numbered(struct session *session, const char *key)
{
    show_panel(session, (size_t)(key[0] - '1'));
}

static void ask_search(struct session *session)
{
    dialog_ask(&session->dialog, &session->view, DIALOG_SEARCH, "Search",
               "Search for:", list_of(session)->search);
}

static void ask_filter(struct session *session)
{
    dialog_ask(&session->dialog, &session->view, DIALOG_FILTER, "Filter",
               "Rows that hold:", list_of(session)->filter);
}

static void refresh_all(struct session *session)
{
    feed_ask(&session->feed, FEED_EVERYTHING);
    act_say(session, "Asked again.");
}

static void pause_display(struct session *session)
{
    session->view.paused = !session->view.paused;
}

static void redraw(struct session *session)
{
    terminal_resize(&session->terminal, true);
}

static void next_panel(struct session *session)
{
    show_panel(session, session->view.panel + 1);
}

static void panel_before(struct session *session)
{
    show_panel(session, session->view.panel + PANELS - 1);
}

static void next_match(struct session *session)
{
    search(session, false);
}

static void match_before(struct session *session)
{
    search(session, true);
}

static void sort_next(struct session *session)
{
    sort(session, false);
}

static void sort_before(struct session *session)
{
    sort(session, true);
}

/* What moves the selection: rows, or pages. */
static const struct {
    enum keys_action action;
    int rows, pages;
} moves[] = {
    {KEYS_DOWN, 1, 0},
    {KEYS_UP, -1, 0},
    {KEYS_PAGE_DOWN, 0, 1},
    {KEYS_PAGE_UP, 0, -1},
    {KEYS_FIRST, LISTING_FIRST, 0},
    {KEYS_LAST, LISTING_LAST, 0},
};

static const struct {
    enum keys_action action;
    void (*act)(struct session *session);
} acts[] = {
    {KEYS_HELP, help},
    {KEYS_SCREEN_NEXT, next_panel},
    {KEYS_SCREEN_BEFORE, panel_before},
    {KEYS_DETAILS, details},
    {KEYS_BACK, back},
    {KEYS_EXPLAIN, explain},
    {KEYS_SEARCH, ask_search},
    {KEYS_MATCH_NEXT, next_match},
    {KEYS_MATCH_BEFORE, match_before},
    {KEYS_FILTER, ask_filter},
    {KEYS_REFRESH, refresh_all},
    {KEYS_SORT_NEXT, sort_next},
    {KEYS_SORT_BEFORE, sort_before},
    {KEYS_INSPECT, act_job_inspect},
    {KEYS_VERIFY, act_job_verify},
    {KEYS_IMPORT, act_job_import},
    {KEYS_CANCEL, act_job_cancel},
    {KEYS_ACKNOWLEDGE, act_job_acknowledge},
    {KEYS_EJECT, act_job_eject},
    {KEYS_REPORT, act_job_report},
    {KEYS_WRITE, act_file_write},
    {KEYS_COPY, act_file_copy},
    {KEYS_PAUSE, pause_display},
    {KEYS_REDRAW, redraw},
    {KEYS_QUIT, quit},
    {KEYS_INTERRUPT, quit},
};

static void act(struct session *session, const char *key)
{
    enum keys_action action = keys_find(key, session->view.panel);

    if (action == KEYS_SCREEN)
        show_numbered(session, key);
    for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
        if (moves[i].action == action)
            move(session, moves[i].rows + moves[i].pages * page_of(session));
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
        if (acts[i].action == action)
            acts[i].act(session);
}

/* A pop-up was answered. */
static void take_answer(struct session *session)
{
    enum dialog_purpose purpose = session->dialog.purpose;
    struct listing_view *list = list_of(session);
    char input[sizeof(session->view.input)];

    memcpy(input, session->view.input, sizeof(input));
    dialog_close(&session->view);
    switch (purpose) {
    case DIALOG_FILTER:
        snprintf(list->filter, sizeof(list->filter), "%.*s", LISTING_TEXT_BYTES - 1, input);
        break;
    case DIALOG_SEARCH:
        snprintf(list->search, sizeof(list->search), "%.*s", LISTING_TEXT_BYTES - 1, input);
        search(session, false);
        break;
    case DIALOG_QUIT:
        session->over = true;
        break;
    default:
        act_job_given(session, purpose, input);
        break;
    }
}

void act_key(struct session *session, const char *key)
{
    enum dialog_outcome outcome;

    session->view.message[0] = '\0';
    if (session->view.popup == SCREEN_NO_POPUP) {
        act(session, key);
        return;
    }
    if (strcmp(key, "Ctrl-L") == 0) {
        redraw(session);
        return;
    }
    outcome = dialog_key(&session->dialog, &session->view, key, session->terminal.height - 4,
                         feed_clock());
    if (outcome == DIALOG_GIVEN)
        take_answer(session);
    /* Who looks no further at a plan or an inspection ends it; an import has no pop-up. */
    else if (outcome == DIALOG_CLOSED && session->dialog.purpose == DIALOG_WAIT)
        job_close(&session->job);
}

void act_click(struct session *session, int row)
{
    const struct listing_view *list = list_of(session);
    struct listing listing;

    if (session->view.popup != SCREEN_NO_POPUP || row < list->first_row ||
        row >= list->first_row + list->rows)
        return;
    screen_fill(&session->model, &session->view, &listing);
    listing_move(&listing, list_of(session),
                 (int)list->top + row - list->first_row - (int)listing.selected);
    listing_close(&listing);
}
