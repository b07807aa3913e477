/* SPDX-License-Identifier: ISC
 *
 * XML from outside, read with everything off that reaches beyond its own bytes: no DOCTYPE, so no
 * entities but the five; no network, no XInclude, UTF-8 only. libxml2 parses.
 */
#ifndef DRIVERS_REMAP_XML_H
#define DRIVERS_REMAP_XML_H

#include <libxml/tree.h>

#include "drivers/driver.h"

/* Once, before the sandbox is sealed: what libxml2 would load later on. */
void remap_xml_begin(void);

/* The document of a file of at most limit bytes; xmlFreeDoc() it. ERROR_BAD_CONTENT as "LINE: what".
 * limit_name is the limit's name in limits.h without LIMIT_. */
int remap_xml_read(const struct driver_file *file, size_t limit, const char *limit_name,
                   xmlDoc **document, struct error *err) ERROR_MUST_CHECK;

/* libxml2's words without the line feed at their end. */
void remap_xml_words(const xmlError *why, char *out, size_t out_size);

#endif
