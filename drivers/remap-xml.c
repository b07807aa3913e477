/* SPDX-License-Identifier: ISC */
#include "drivers/remap-xml.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xpath.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "drivers/remap-guard.h"
#include "media/base/bytes.h"
#include "media/base/path.h"
#include "media/base/text.h"

#define DECLARATION_BYTES 256 /* of <?xml ... ?>: three short attributes */

static void __attribute__((format(printf, 2, 3))) ignore(void *context, const char *format, ...)
{
}

void remap_xml_begin(void)
{
    xmlInitParser();
    xmlXPathInit();
    /* A few places of libxml2 print whatever the handler of the context is. */
    xmlSetGenericErrorFunc(NULL, ignore);
}

void remap_xml_words(const xmlError *why, char *out, size_t out_size)
{
    snprintf(out, out_size, "%s", why != NULL && why->message != NULL ? why->message : "unknown");
    out[strcspn(out, "\n")] = '\0';
}

/* Another encoding would have a converter loaded, and be judged by other bytes than it is read by. */
static int check_encoding(const char *text, size_t size, struct error *err)
{
    char declaration[DECLARATION_BYTES + 1] = "", *value, quote;
    const char *end;

    if (size < 6 || memcmp(text, "<?xml", 5) != 0)
        return 0;
    snprintf(declaration, sizeof(declaration), "%.*s", (int)(size < 256 ? size : 256), text);
    end = strstr(declaration, "?>");
    value = strstr(declaration, "encoding");
    if (end == NULL)
        return error_set(err, ERROR_BAD_CONTENT, "1: the XML declaration has no end");
    if (value == NULL || value > end)
        return 0;
    value += strcspn(value, "\"'");
    quote = *value;
    if (quote != '\0' && strncasecmp(value + 1, "utf-8", 5) == 0 && value[6] == quote)
        return 0;
    return error_set(err, ERROR_BAD_CONTENT, "1: expected encoding UTF-8");
}

/* A second lock: remap_guard() has refused it before. */
static void stop_at_doctype(void *context, const xmlChar *name, const xmlChar *external,
                            const xmlChar *system)
{
    xmlParserCtxt *parser = context;
    bool *found = parser->_private;

    *found = true;
    xmlStopParser(parser);
}

static int parse(const char *text, size_t size, xmlDoc **document, struct error *err)
{
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                        XML_PARSE_NOCDATA | XML_PARSE_NODICT | XML_PARSE_BIG_LINES;
    xmlParserCtxt *parser = xmlNewParserCtxt();
    bool doctype = false;
    char words[ERROR_WORDS_BYTES / 2];
    const xmlError *why;

    if (parser == NULL)
        return error_set(err, ERROR_INTERNAL, "libxml2 makes no parser");
    parser->_private = &doctype;
    parser->sax->internalSubset = stop_at_doctype;
    *document = xmlCtxtReadMemory(parser, text, (int)size, NULL, "UTF-8", options);
    why = xmlCtxtGetLastError(parser);
    if (doctype) {
        error_set(err, ERROR_BAD_CONTENT, "%d: a DOCTYPE; none is read",
                  parser->input != NULL ? parser->input->line : 1);
    } else if (*document == NULL || !parser->wellFormed || why != NULL) {
        remap_xml_words(why, words, sizeof(words));
        error_set(err, ERROR_BAD_CONTENT, "%d: %s", why != NULL ? why->line : 1, words);
    } else {
        xmlFreeParserCtxt(parser);
        return 0;
    }
    xmlFreeDoc(*document);
    *document = NULL;
    xmlFreeParserCtxt(parser);
    return -(int)err->code;
}

int remap_xml_read(const struct driver_file *file, size_t limit, const char *limit_name,
                   xmlDoc **document, struct error *err)
{
    size_t size = (size_t)file->size;
    char *text;
    int result;

    *document = NULL;
    if (file->size > limit)
        return error_set(err, ERROR_BAD_CONTENT, "1: %llu bytes, over %s (%zu)",
                         (unsigned long long)file->size, limit_name, limit);
    text = bytes_allocate(size + 1, 1);
    result = path_pread(file->fd, text, size, 0, err);
    if (result == 0 && (!text_is_utf8(text, size) || memchr(text, '\0', size) != NULL))
        result = error_set(err, ERROR_BAD_CONTENT, "1: expected UTF-8");
    if (result == 0)
        result = check_encoding(text, size, err);
    if (result == 0)
        result = remap_guard(text, size, err);
    if (result == 0)
        result = parse(text, size, document, err);
    free(text);
    return result;
}
