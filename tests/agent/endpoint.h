/* SPDX-License-Identifier: ISC
 *
 * An enrolled endpoint in a folder of its own, with the real programs of the build folder and a
 * medium of our own writers.
 */
#ifndef TESTS_AGENT_ENDPOINT_H
#define TESTS_AGENT_ENDPOINT_H

#include "tests/media/make-medium.h"

#include "agent/import.h"

struct endpoint {
    struct medium *medium;
    void *scratch;
    char folder[300], libexec[4096];
    struct config config;
    struct state *state;
    struct driver_host *drivers;
    struct import import;
    unsigned steps;
    json_t *reply; /* of the last import */
};

extern struct endpoint end;

/* Opens the state and starts its drivers, as a start after a cut does. */
void open_endpoint(void);
void close_endpoint(void);
/* For cmocka. */
int set_up(void **state);
int tear_down(void **state);
/* Imports the medium; the reply is end.reply. */
int run_import(bool dry_run, struct error *err);
/* Of the reply; "(null)" where absent. */
const char *text(const char *key);
const char *package_text(const char *type, const char *key);
void assert_import(const char *result, bool changed);
void assert_import_refused(enum error_code code);
uint64_t active_issue(const char *type);
uint64_t floor_number(const char *subject);
uint64_t audit_records(void);
/* What the last audit record says. */
void assert_last_record(const char *what, const char *code);
bool is_there(const char *name);
/* The next null package of the medium, of one file, in a new set. */
void next_medium(const char *version, uint64_t issue, const char *file, const char *words);
uint64_t null_issue(void);
/* Puts another program into the place of one of ours; NULL: none. */
void replace_program(const char *name, const char *with);

#endif
