/* SPDX-License-Identifier: ISC */
#include "tui/panel.h"

static const struct listing_column columns[] = {{"NAME", 1, 0, false}};

static void head(const struct model *model, struct lines *lines)
{
    (void)model;
    (void)lines;
}

static void fill(const struct model *model, struct listing *listing)
{
    (void)model;
    (void)listing;
}

static void about(const struct model *model, const struct listing_row *row, struct lines *lines)
{
    (void)model;
    (void)row;
    (void)lines;
}

const struct panel panel_audit = {
    .name = "audit",
    .title = "Audit",
    .columns = columns,
    .column_count = sizeof(columns) / sizeof(columns[0]),
    .head = head,
    .fill = fill,
    .tail = about,
    .details = about,
    .foot = "",
};
