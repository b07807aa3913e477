/* SPDX-License-Identifier: ISC
 *
 * What the driver of the family exclusions answers to {"ask":"exclusions"}, every field checked on the
 * assumption that the driver is hostile: {"apps":[{"id","version":TEXT|null,
 * "exclusions":[{"path","reason"}]}]}, a row for each rule whose software is here.
 */
#ifndef AGENT_EXCLUSION_ANSWER_H
#define AGENT_EXCLUSION_ANSWER_H

#include <jansson.h>

#include "agent/exclusion-list.h"

/* Rows of one run, of all users; the strings are its own. */
struct exclusion_rows {
    struct exclusion_row *rows;
    size_t count, room;
};

/* Adds a row; copies what it points to. ERROR_LIMIT beyond LIMIT_EXCLUSION_ROWS. */
int exclusion_rows_add(struct exclusion_rows *rows, const struct exclusion_row *row,
                       struct error *err) ERROR_MUST_CHECK;
/* Only the first `count` stay. */
void exclusion_rows_cut(struct exclusion_rows *rows, size_t count);
void exclusion_rows_clear(struct exclusion_rows *rows);

/* Told of each exclusion; user and verdict are not set. Negative ends the reading. */
typedef int (*exclusion_answer_take)(void *context, const struct exclusion_row *asked,
                                     struct error *err);

/* ERROR_PROTOCOL with field and expectation; what was told before does not count. */
int exclusion_answer_read(const json_t *reply, exclusion_answer_take take, void *context,
                          struct error *err) ERROR_MUST_CHECK;

#endif
