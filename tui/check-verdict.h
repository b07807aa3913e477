/* SPDX-License-Identifier: ISC
 *
 * One verdict about an endpoint out of what its agent says, as monitoring plugins give it. Pure: no
 * socket, no output.
 */
#ifndef TUI_CHECK_VERDICT_H
#define TUI_CHECK_VERDICT_H

#include <jansson.h>

#include "media/base/error.h"

/* In order of gravity but for CHECK_UNKNOWN; the numbers are the exit statuses of plugins. */
enum check_word { CHECK_OK, CHECK_WARN, CHECK_FAIL, CHECK_UNKNOWN };

struct check_verdict {
    enum check_word word;
    char line[512];     /* "SALLYPORT OK: ..." without figures; escaped */
    char figures[2048]; /* "age_TYPE=SECONDSs;WARN;FAIL ..." */
    char next[1024];    /* what to do, "" where nothing is to be done; escaped */
    json_t *problems;   /* [{"verdict","subject","code","words"}], worst first */
};

void check_open(struct check_verdict *verdict);
void check_close(struct check_verdict *verdict);

/* status: sallyport.status/1; chain: the answer of AuditVerify, or NULL where it was not asked. */
void check_judge(struct check_verdict *verdict, const json_t *status, const json_t *chain);
/* The agent did not answer. */
void check_unknown(struct check_verdict *verdict, const struct error *why);

/* sallyport.check/1; a new reference. */
json_t *check_json(const struct check_verdict *verdict);
int check_exit_status(const struct check_verdict *verdict);

#endif
