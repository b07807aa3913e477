/* SPDX-License-Identifier: ISC */
#include "tui/keys.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* By place in panel.c. */
enum {
    STATUS = 1,
    MEDIA = 2,
    IMPORT = 4,
    AUDIT = 8,
    ENGINES = 16,
    ALL = KEYS_EVERYWHERE,
};

static const struct keys_row rows[] = {
    {KEYS_HELP, "F1 ? h", ALL, "Help", 1, "this help"},
    {KEYS_SCREEN, "1 2 3 4 5", ALL, NULL, 0, "the screen of this number"},
    {KEYS_SCREEN_NEXT, "Tab", ALL, NULL, 0, "the next screen"},
    {KEYS_SCREEN_BEFORE, "Shift-Tab", ALL, NULL, 0, "the screen before"},
    {KEYS_UP, "Up k", ALL, NULL, 0, "one row up"},
    {KEYS_DOWN, "Down j", ALL, NULL, 0, "one row down"},
    {KEYS_PAGE_UP, "PgUp", ALL, NULL, 0, "one page up"},
    {KEYS_PAGE_DOWN, "PgDn", ALL, NULL, 0, "one page down"},
    {KEYS_FIRST, "Home g", ALL, NULL, 0, "the first row"},
    {KEYS_LAST, "End G", ALL, NULL, 0, "the last row"},
    {KEYS_DETAILS, "Enter Right l", ALL, NULL, 0, "everything about the selected row"},
    {KEYS_BACK, "Esc Left Backspace", ALL, NULL, 0, "close, clear the filter; never quits"},
    {KEYS_EXPLAIN, "e", ALL, NULL, 0, "explain this state: cause, evidence, the lawful way out"},
    {KEYS_SEARCH, "F3 /", ALL, "Search", 6, "search in the list"},
    {KEYS_MATCH_NEXT, "n", ALL, NULL, 0, "the next match"},
    {KEYS_MATCH_BEFORE, "N", ALL, NULL, 0, "the match before"},
    {KEYS_FILTER, "F4 \\", ALL, "Filter", 5, "show only rows that hold these words"},
    {KEYS_REFRESH, "F5", ALL, "Refresh", 8, "ask the agent again"},
    {KEYS_REFRESH, "r", STATUS | IMPORT | ENGINES, NULL, 0, "ask the agent again"},
    {KEYS_SORT_NEXT, "F6 >", ALL, "Sort", 7, "sort by the next column"},
    {KEYS_SORT_BEFORE, "<", ALL, NULL, 0, "sort by the column before; the other way round"},
    {KEYS_INSPECT, "F7 i", ALL, "Inspect", 4, "judge a medium without importing it"},
    {KEYS_VERIFY, "F8 v", ALL, "Verify", 9, "verify the audit chain from its start"},
    {KEYS_IMPORT, "F9 I", ALL, "Import", 3, "import: preview first, then a word to type"},
    {KEYS_CANCEL, "c", IMPORT, NULL, 0, "whether a running import can be stopped"},
    {KEYS_EJECT, "x", MEDIA, NULL, 0, "eject: whether the medium may be pulled now"},
    {KEYS_REPORT, "r", MEDIA | AUDIT, NULL, 0, "write a report into the current folder"},
    {KEYS_ACKNOWLEDGE, "a", STATUS | AUDIT, NULL, 0, "acknowledge the refusals seen so far"},
    {KEYS_WRITE, "w", ALL, NULL, 0, "write this screen's data as JSON into the current folder"},
    {KEYS_COPY, "y", ALL, NULL, 0, "show the whole row below, and print it at the end"},
    {KEYS_PAUSE, "Z", ALL, NULL, 0, "hold the display still, or let it go on"},
    {KEYS_REDRAW, "Ctrl-L", ALL, NULL, 0, "draw anew, with the window's size of now"},
    {KEYS_QUIT, "F10 q", ALL, "Quit", 2, "quit; asks only while a job of this console runs"},
    {KEYS_INTERRUPT, "Ctrl-C", ALL, NULL, 0, "the same; an import that runs goes on in the agent"},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

const struct keys_row *keys_at(size_t i)
{
    return i < ROWS ? &rows[i] : NULL;
}

static bool is_named(const struct keys_row *row, const char *name)
{
    size_t size = strlen(name);

    for (const char *at = row->names; *at != '\0'; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");

        if (length == size && memcmp(at, name, size) == 0)
            return true;
        at += length;
    }
    return false;
}

enum keys_action keys_find(const char *name, size_t panel)
{
    for (size_t i = 0; i < ROWS; i++)
        if ((rows[i].panels >> panel & 1) != 0 && is_named(&rows[i], name))
            return rows[i].action;
    return KEYS_NOTHING;
}

const char *keys_names(const struct keys_row *row, char out[static 64])
{
    const char *last = strrchr(row->names, ' ');
    size_t used = 0;

    for (const char *at = row->names; *at != '\0' && used < 60; at++) {
        const char one[2] = {*at, '\0'};

        used += (size_t)snprintf(out + used, 64 - used, "%s",
                                 at == last   ? " or "
                                 : *at == ' ' ? ", "
                                              : one);
    }
    return out;
}

static int bar_width(const struct keys_row *row)
{
    return (int)(strcspn(row->names, " ") + strlen(row->bar)) + 1;
}

static bool is_in_bar(const struct keys_row *row, size_t panel, int weight)
{
    return row->bar != NULL && row->weight <= weight && (row->panels >> panel & 1) != 0;
}

/* The greatest weight with which all of them fit. */
static int bar_weight(int width, size_t panel)
{
    int weight = 9;

    for (; weight > 1; weight--) {
        int total = -1;

        for (size_t i = 0; i < ROWS; i++)
            total += is_in_bar(&rows[i], panel, weight) ? bar_width(&rows[i]) : 0;
        if (total <= width)
            break;
    }
    return weight;
}

void keys_draw_bar(struct grid *grid, int row, size_t panel)
{
    int weight = bar_weight(grid->width, panel), column = 0;

    for (size_t i = 0; i < ROWS; i++) {
        if (!is_in_bar(&rows[i], panel, weight))
            continue;
        column = grid_format(grid, row, column, grid->width, GRID_PLAIN, "%.*s",
                             (int)strcspn(rows[i].names, " "), rows[i].names);
        column = grid_put(grid, row, column, grid->width, GRID_KEY, rows[i].bar) + 1;
    }
}

void keys_help(size_t panel, struct lines *lines)
{
    for (size_t i = 0; i < ROWS; i++) {
        char names[64];

        if ((rows[i].panels >> panel & 1) != 0)
            lines_add(lines, 1, "", "%-26s %s", keys_names(&rows[i], names), rows[i].words);
    }
}
