/* SPDX-License-Identifier: ISC
 *
 * The configuration store: what remapper rules made of the policy, read. Written by
 * agent/setting-apply.h alone. A key that no rule gives a value has its built-in one
 * (agent/setting-keys.c); so has every key while the store can't be read.
 */
#ifndef AGENT_SETTING_H
#define AGENT_SETTING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/state.h"

/* A key of type bool of agent/setting-keys.c; any other name is false. */
bool setting_flag(struct state *state, const char *key);

/* Whether a content type is switched off here, and by whom: words (of `size` bytes) as "KEY is false:
 * ORIGIN". Types that no key stands for never are. */
bool setting_switches_off(struct state *state, const char *content, char *words, size_t size);

/* Where the value of a key comes from, in one line for people: "policy ips.xml:3 (signed, policy
 * 2026.11.25-1) by remapper-rules ips.xml:2", "default by remapper-rules ips.xml:2" or "built-in". */
const char *setting_origin(struct state *state, const char *key, char *out, size_t size);

/* Every key that is stored or that something reads, sorted: [{"key","type","value","origin","by",
 * "rule":{"file","line","version","package"}|null,"policy":{"file","line","version"?,"package"?}|
 * null,"since"|null,"built_in"|null,"reads"|null}]. A new reference. sallyport-control(7). */
int setting_list(struct state *state, json_t **list, struct error *err) ERROR_MUST_CHECK;

/* What the last evaluation left out: [{"kind","name","words","since"}]; kind "all" (no rule could
 * be evaluated), "rules" (a rule file: its keys keep their values) or "policy" (a document of the
 * site). A new reference. */
int setting_list_left(struct state *state, json_t **list, struct error *err) ERROR_MUST_CHECK;

/* The same for health, in one line; *any false: nothing was left out. */
int setting_left_words(struct state *state, bool *any, char *words, size_t size,
                       struct error *err) ERROR_MUST_CHECK;

#endif
