/* SPDX-License-Identifier: ISC
 *
 * The keys of the configuration store that something here reads, one visible row each. Any other
 * key is stored and shown, and switches nothing. (agent/setting.h; sallyport-agent.8)
 */
#ifndef AGENT_SETTING_KEYS_H
#define AGENT_SETTING_KEYS_H

#include <stdbool.h>
#include <stddef.h>

enum setting_type { SETTING_BOOL, SETTING_INT, SETTING_STRING, SETTING_LIST };

struct setting_key {
    const char *name; /* "reputation/enabled" */
    enum setting_type type;
    const char *built_in; /* the value where no rule gives one, as text */
    const char *what;     /* what it switches, for people */
    /* A key of type bool may stand for a feature: */
    const char *flag;    /* which is on only while this feature flag is on too; NULL: none */
    const char *content; /* which is this content type: not loaded while it is off; NULL: none */
};

const struct setting_key *setting_key_row(size_t i); /* NULL past the last; sorted by name */
/* NULL where nothing reads it. */
const struct setting_key *setting_key_find(const char *name);
const struct setting_key *setting_key_of_flag(const char *flag);
const struct setting_key *setting_key_of_content(const char *type);

const char *setting_type_name(enum setting_type type); /* "bool", "int", "string", "list" */
bool setting_type_find(const char *name, enum setting_type *type);

#endif
