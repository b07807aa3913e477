/* SPDX-License-Identifier: ISC
 *
 * Fields of what the agent answered, as text for people: escaped, bounded, and "-" for what is
 * absent, null or of another kind. An agent of another version must not crash its client.
 */
#ifndef TUI_FIELD_H
#define TUI_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define FIELD_BYTES 2048

/* Each returns out. */
const char *field_text(const json_t *object, const char *key, char out[static FIELD_BYTES]);
/* The first twelve characters of an identifier and "...": for people; JSON has it whole. */
const char *field_short(const json_t *object, const char *key, char out[static FIELD_BYTES]);
/* A number, "-" when there is none. */
const char *field_count(const json_t *object, const char *key, char out[static FIELD_BYTES]);
/* "1 ring", "2 rings". */
const char *field_counted(const json_t *object, const char *key, const char *one,
                          char out[static FIELD_BYTES]);
/* An instant without its fraction: for people; JSON has it whole. */
const char *field_time(const json_t *object, const char *key, char out[static FIELD_BYTES]);
/* Seconds as "3d", "5h"; "-" when there are none; `never` (may be NULL) for 0. */
const char *field_age(const json_t *object, const char *key, const char *never,
                      char out[static FIELD_BYTES]);
/* How long before `now_us` an instant was: "3d ago", "now"; "-" when there is none. */
const char *field_ago(const json_t *object, const char *key, int64_t now_us,
                      char out[static FIELD_BYTES]);
/* Bytes as "1.5 MiB"; "--" when there are none: what is not known yet. */
const char *field_bytes(const json_t *object, const char *key, char out[static FIELD_BYTES]);
/* Elements of a list of strings, joined by ", "; "none" when empty. */
const char *field_list(const json_t *object, const char *key, char out[static FIELD_BYTES]);

/* The string as it came, or NULL. For comparing, never for showing. */
const char *field_raw(const json_t *object, const char *key);
int64_t field_number(const json_t *object, const char *key); /* 0 when there is none */
bool field_true(const json_t *object, const char *key);
/* The instant of a time; INT64_MIN when there is none. */
int64_t field_instant(const json_t *object, const char *key);
/* What to do about a reason code that the field names, from media/base/error-codes.h; "" where
 * there is nothing to do or the code is of another version. Borrowed. */
const char *field_next_step(const json_t *object, const char *key);
/* Whether there is an object by this name (not null). */
const json_t *field_object(const json_t *object, const char *key);

#endif
