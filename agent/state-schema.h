/* SPDX-License-Identifier: ISC
 *
 * The tables of state.db, as the migrations that make them. Rows are only ever added at the end.
 */
#ifndef AGENT_STATE_SCHEMA_H
#define AGENT_STATE_SCHEMA_H

#include <stddef.h>

const char *const *state_schema(size_t *count);

#endif
