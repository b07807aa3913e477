/* SPDX-License-Identifier: ISC
 *
 * A Sigma rule as one of ours, in Lua (sallyport-rules(5)).
 */
#ifndef DRIVERS_CONVERT_SIGMA_LUA_H
#define DRIVERS_CONVERT_SIGMA_LUA_H

#include "drivers/convert/sigma-rule.h"

/* From the text of a rule file to that of a Lua file, into *out (bytes_init, LIMIT_LUA_RULE_BYTES).
 * Where there are findings, out holds nothing to be used. Fails only by what is wrong with us. */
int sigma_lua_convert(struct bytes_view text, struct bytes *out, struct sigma_findings *findings,
                      struct error *err) ERROR_MUST_CHECK;

#endif
