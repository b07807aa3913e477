/* SPDX-License-Identifier: ISC */
#include "tui/act.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/text.h"
#include "tui/field.h"
#include "tui/keys.h"

/* Rows of a page: what a window shows of a list, roughly. */
static int page_of(const struct session *session)
{
    int rows = session->terminal.height - 12;

    return rows > 3 ? rows : 3;
}

static struct listing_view *list_of(struct session *session)
{
    return &session->view.lists[session->view.panel];
}

static void say(struct session *session, const char *words)
{
    snprintf(session->view.message, sizeof(session->view.message), "%s", words);
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
    char words[2 * LISTING_TEXT_BYTES], message[3 * LISTING_TEXT_BYTES];

    if (list->search[0] == '\0') {
        say(session, "Nothing has been searched for yet: / searches.");
        return;
    }
    screen_fill(&session->model, &session->view, &listing);
    if (!listing_search(&listing, list, backwards)) {
        snprintf(message, sizeof(message), "No match for \"%s\".",
                 text_escape_string(list->search, words, sizeof(words)));
        say(session, message);
    }
    listing_close(&listing);
}

/* Round through the columns, and after the last one the order of the agent. */
static void sort(struct session *session, bool backwards)
{
    const struct panel *panel = panel_at(session->view.panel);
    struct listing_view *list = list_of(session);
    int columns = (int)panel->column_count;
    char message[128];

    list->descending = backwards;
    list->sort = (list->sort + 1 + (backwards ? columns : 1)) % (columns + 1) - 1;
    if (list->sort < 0)
        snprintf(message, sizeof(message), "Sorted as the agent has them.");
    else
        snprintf(message, sizeof(message), "Sorted by %s%s.", panel->columns[list->sort].title,
                 backwards ? ", from the end" : "");
    say(session, message);
}

static void back(struct session *session)
{
    list_of(session)->filter[0] = '\0';
}

static void quit(struct session *session)
{
    session->over = true;
}

static void act(struct session *session, enum keys_action action, const char *key)
{
    switch (action) {
    case KEYS_HELP:
        help(session);
        break;
    case KEYS_SCREEN:
        show_panel(session, (size_t)(key[0] - '1'));
        break;
    case KEYS_SCREEN_NEXT:
        show_panel(session, session->view.panel + 1);
        break;
    case KEYS_SCREEN_BEFORE:
        show_panel(session, session->view.panel + PANELS - 1);
        break;
    case KEYS_DOWN:
        move(session, 1);
        break;
    case KEYS_UP:
        move(session, -1);
        break;
    case KEYS_PAGE_DOWN:
        move(session, page_of(session));
        break;
    case KEYS_PAGE_UP:
        move(session, -page_of(session));
        break;
    case KEYS_FIRST:
        move(session, LISTING_FIRST);
        break;
    case KEYS_LAST:
        move(session, LISTING_LAST);
        break;
    case KEYS_DETAILS:
        details(session);
        break;
    case KEYS_BACK:
        back(session);
        break;
    case KEYS_SEARCH:
        dialog_ask(&session->dialog, &session->view, DIALOG_SEARCH, "Search",
                   "Search for:", list_of(session)->search);
        break;
    case KEYS_MATCH_NEXT:
        search(session, false);
        break;
    case KEYS_MATCH_BEFORE:
        search(session, true);
        break;
    case KEYS_FILTER:
        dialog_ask(&session->dialog, &session->view, DIALOG_FILTER, "Filter",
                   "Rows that hold:", list_of(session)->filter);
        break;
    case KEYS_REFRESH:
        feed_ask(&session->feed, FEED_EVERYTHING);
        break;
    case KEYS_SORT_NEXT:
        sort(session, false);
        break;
    case KEYS_SORT_BEFORE:
        sort(session, true);
        break;
    case KEYS_PAUSE:
        session->view.paused = !session->view.paused;
        break;
    case KEYS_REDRAW:
        terminal_resize(&session->terminal, true);
        break;
    case KEYS_QUIT:
    case KEYS_INTERRUPT:
        quit(session);
        break;
    default:
        break;
    }
}

static void take_input(struct session *session)
{
    enum dialog_purpose purpose = session->dialog.purpose;
    struct listing_view *list = list_of(session);
    char input[LISTING_TEXT_BYTES];

    snprintf(input, sizeof(input), "%.*s", LISTING_TEXT_BYTES - 1, session->view.input);
    dialog_close(&session->view);
    switch (purpose) {
    case DIALOG_FILTER:
        memcpy(list->filter, input, sizeof(input));
        break;
    case DIALOG_SEARCH:
        memcpy(list->search, input, sizeof(input));
        search(session, false);
        break;
    default:
        break;
    }
}

void act_key(struct session *session, const char *key)
{
    session->changed = true;
    session->view.message[0] = '\0';
    if (session->view.popup == SCREEN_NO_POPUP) {
        act(session, keys_find(key, session->view.panel), key);
        return;
    }
    if (strcmp(key, "Ctrl-L") == 0)
        terminal_resize(&session->terminal, true);
    else if (dialog_key(&session->dialog, &session->view, key, session->terminal.height - 4) ==
             DIALOG_GIVEN)
        take_input(session);
}

void act_click(struct session *session, int row)
{
    (void)session;
    (void)row;
}
