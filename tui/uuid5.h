/* SPDX-License-Identifier: ISC
 *
 * UUIDs made from names (RFC 9562, 5.5): the same name has the same UUID for ever.
 */
#ifndef TUI_UUID5_H
#define TUI_UUID5_H

#define UUID5_TEXT_BYTES 37

/* In the name space of our reports (uuid5.c). Returns out. */
const char *uuid5(const char *name, char out[static UUID5_TEXT_BYTES]);

#endif
