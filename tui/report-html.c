/* SPDX-License-Identifier: ISC */
#include "tui/report-format.h"

#include <ctype.h>
#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

#include "tui/field.h"

#define RULE_BYTES  (4 * FIELD_BYTES)
#define RULE_END    16 /* room for one escape, and what ends the rule */
#define SHORT_BYTES 24 /* cells up to here are not broken */

/* Paper first: what is filed is printed. On a screen light or dark, as its owner has it. State is a
 * word; colour only repeats it. The marking stands on every printed page. */
static const char style[] =
    ":root{color-scheme:light dark;--ink:#1a1c20;--soft:#5a6068;--line:#d5d9de;--page:#fff;"
    "--head:#f3f5f7;--ok:#17663a;--okb:#e4f3ea;--warn:#7a4b00;--warnb:#fdf0d5;--fail:#9b1c1c;"
    "--failb:#fbe5e5}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--ink:#e4e7eb;--soft:#a3abb5;"
    "--line:#3a4048;--page:#16181c;--head:#22262c;--ok:#7fd8a2;--okb:#16382a;--warn:#f2c46d;"
    "--warnb:#3d2f10;--fail:#ff9d97;--failb:#451d1d}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:76rem;padding:1.5rem 2rem 3rem;background:var(--page);"
    "color:var(--ink);font:15px/1.5 system-ui,'Liberation Sans',Arial,sans-serif}\n"
    "header{border-bottom:2px solid var(--ink);padding-bottom:1rem;margin-bottom:1.5rem}\n"
    "h1{font-size:1.6rem;line-height:1.25;margin:0 0 .4rem;overflow-wrap:anywhere}\n"
    "h2{font-size:1.1rem;margin:2rem 0 .3rem;break-after:avoid}\n"
    "header p,.note{color:var(--soft);margin:.2rem 0}\n"
    "header .verdict{font-size:1.1rem;color:var(--ink);margin:.8rem 0 0}\n"
    ".note{font-size:.9rem;margin-bottom:.5rem}\n"
    ".marking{text-align:center;font-weight:700;letter-spacing:.06em;border:1px solid var(--ink);"
    "padding:.2rem .5rem;margin:0 0 1.2rem}\n"
    ".marking.end{margin:2rem 0 0}\n"
    "table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.4rem 0}\n"
    "th,td{text-align:left;vertical-align:top;padding:.32rem .6rem;border-bottom:1px solid "
    "var(--line);overflow-wrap:anywhere}\n"
    "thead th{background:var(--head);font-size:.8rem;white-space:nowrap;color:var(--soft)}\n"
    "tbody th{width:10rem;font-weight:600;color:var(--soft)}\n"
    "tr{break-inside:avoid}\n"
    ".state{width:4.6rem;white-space:nowrap}\n"
    ".mark{display:inline-block;min-width:3.4rem;text-align:center;border-radius:.2rem;"
    "padding:0 .35rem;font-size:.75rem;font-weight:700;line-height:1.5;border:1px solid}\n"
    ".OK{color:var(--ok);background:var(--okb)}\n"
    ".WARN{color:var(--warn);background:var(--warnb)}\n"
    ".FAIL,.BLOCK{color:var(--fail);background:var(--failb)}\n"
    ".none{color:var(--soft)}\n"
    "footer{margin-top:2.5rem;border-top:1px solid var(--line);padding-top:.6rem;"
    "color:var(--soft);font-size:.85rem;overflow-wrap:anywhere}\n"
    ".mono{font-family:ui-monospace,'Liberation Mono',monospace;font-size:.82em}\n"
    ".short{white-space:nowrap}\n"
    "@page{margin:18mm 14mm;@bottom-center{content:counter(page) ' / ' counter(pages);font:9pt "
    "sans-serif}}\n"
    "@media print{body{max-width:none;padding:0;font-size:10pt}table{font-size:8.5pt}"
    "thead{display:table-header-group}h2{margin-top:1.2rem}"
    ".mark{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n";

static void print_escaped(const char *text, FILE *stream)
{
    static const struct {
        char byte;
        const char *entity;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

    for (; *text != '\0'; text++) {
        size_t i = 0;

        while (i < sizeof(entities) / sizeof(entities[0]) && entities[i].byte != *text)
            i++;
        if (i < sizeof(entities) / sizeof(entities[0]))
            fputs(entities[i].entity, stream);
        else
            fputc(*text, stream);
    }
}

static void print_element(const char *open, const char *text, const char *close, FILE *stream)
{
    fputs(open, stream);
    print_escaped(text, stream);
    fputs(close, stream);
}

/* The marking as a CSS string: what is no letter, digit or blank as an escape. */
static void make_page_rule(const struct report *report, char *out, size_t out_size)
{
    size_t used = 0;

    out[0] = '\0';
    if (report->marking == NULL)
        return;
    used = (size_t)snprintf(out, out_size, "@page{@top-center{font:bold 9pt sans-serif;content:\"");
    for (const char *byte = report->marking; *byte != '\0' && used < out_size - RULE_END; byte++)
        used += (size_t)snprintf(
            out + used, out_size - used,
            isalnum((unsigned char)*byte) || *byte == ' ' || (*byte & 0x80) ? "%c" : "\\%02x ",
            *byte);
    snprintf(out + used, out_size - used, "\"}}\n");
}

/* The one style is named by its digest: nothing else that the file might ever hold would apply. */
static void print_policy(const char *rule, FILE *stream)
{
    char text[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE) + 1] = "";
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx hash;

    sha256_init(&hash);
    sha256_update(&hash, sizeof(style) - 1, (const uint8_t *)style);
    sha256_update(&hash, strlen(rule), (const uint8_t *)rule);
    sha256_digest(&hash, sizeof(digest), digest);
    base64_encode_raw(text, sizeof(digest), digest);
    fprintf(stream,
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
            "'sha256-%s'; base-uri 'none'; form-action 'none'\">\n",
            text);
}

static void print_marking(const struct report *report, const char *class, FILE *stream)
{
    if (report->marking == NULL)
        return;
    fprintf(stream, "<p class=\"%s\">", class);
    print_element("", report->marking, "</p>\n", stream);
}

static void print_mark(enum output_mark mark, FILE *stream)
{
    const char *word = report_mark_word(mark);

    if (word[0] != '\0')
        fprintf(stream, "<span class=\"mark %s\">%s</span>", word,
                mark == OUTPUT_NONE ? "&ndash;" : word);
}

static void print_head(const struct report *report, FILE *stream)
{
    char rule[RULE_BYTES];

    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", stream);
    make_page_rule(report, rule, sizeof(rule));
    print_policy(rule, stream);
    fputs("<meta name=\"viewport\" content=\"width=device-width\">\n", stream);
    fputs("<meta name=\"color-scheme\" content=\"light dark\">\n", stream);
    print_element("<title>", report->title, "</title>\n", stream);
    fprintf(stream, "<style>%s%s</style>\n</head>\n<body>\n", style, rule);
    print_marking(report, "marking", stream);
    print_element("<header>\n<h1>", report->title, "</h1>\n", stream);
    if (report->generated != NULL)
        print_element("<p>Made ", report->generated, "</p>\n", stream);
    if (report->verdict_text != NULL) {
        fputs("<p class=\"verdict\">", stream);
        print_mark(report->verdict, stream);
        print_element(" ", report->verdict_text, "</p>\n", stream);
    }
    fputs("</header>\n<main>\n", stream);
}

static bool is_digest(const char *text)
{
    return strlen(text) >= 40 && strspn(text, "0123456789abcdef") == strlen(text);
}

/* How a cell may break. */
static const char *class_of(const char *text)
{
    return is_digest(text)               ? " class=\"mono\""
           : strlen(text) <= SHORT_BYTES ? " class=\"short\""
                                         : "";
}

static void print_fact(const struct report_row *row, FILE *stream)
{
    print_element("<tr><th scope=\"row\">", row->cells[0], "</th>", stream);
    fprintf(stream, "<td%s>", is_digest(row->cells[1]) ? " class=\"mono\"" : "");
    print_mark(row->mark, stream);
    print_element(row->mark != OUTPUT_UNMARKED ? " " : "", row->cells[1], "</td></tr>\n", stream);
}

static void print_row(const struct report_section *section, const struct report_row *row,
                      bool marks, FILE *stream)
{
    fputs("<tr>", stream);
    if (marks) {
        fputs("<td class=\"state\">", stream);
        print_mark(row->mark, stream);
        fputs("</td>", stream);
    }
    for (size_t i = 0; i < section->column_count; i++) {
        fprintf(stream, "<td%s>", class_of(row->cells[i]));
        print_element("", row->cells[i], "</td>", stream);
    }
    fputs("</tr>\n", stream);
}

static void print_columns(const struct report_section *section, bool marks, FILE *stream)
{
    fputs(marks ? "<thead><tr><th scope=\"col\">State</th>" : "<thead><tr>", stream);
    for (size_t i = 0; i < section->column_count; i++)
        print_element("<th scope=\"col\">", section->columns[i], "</th>", stream);
    fputs("</tr></thead>\n", stream);
}

static void print_section(const struct report_section *section, FILE *stream)
{
    bool marks = report_section_marked(section);

    print_element("<section>\n<h2>", section->title, "</h2>\n", stream);
    if (section->note != NULL)
        print_element("<p class=\"note\">", section->note, "</p>\n", stream);
    if (section->count == 0) {
        fputs("<p>None.</p>\n</section>\n", stream);
        return;
    }
    fputs("<table>\n", stream);
    if (section->columns != NULL)
        print_columns(section, marks, stream);
    fputs("<tbody>\n", stream);
    for (size_t i = 0; i < section->count; i++)
        if (section->columns == NULL)
            print_fact(&section->rows[i], stream);
        else
            print_row(section, &section->rows[i], marks, stream);
    fputs("</tbody>\n</table>\n</section>\n", stream);
}

static void print_evidence(const struct report *report, FILE *stream)
{
    fputs("<section>\n<h2>Controls (NIST SP 800-53 Rev. 5)</h2>\n<p class=\"note\">Evidence for an "
          "assessor, who decides.</p>\n<table>\n<thead><tr><th scope=\"col\">State</th>"
          "<th scope=\"col\">Control</th><th scope=\"col\">Method</th>"
          "<th scope=\"col\">Observation</th></tr></thead>\n<tbody>\n",
          stream);
    for (size_t i = 0; i < REPORT_CONTROLS; i++) {
        const struct report_evidence *evidence = &report->evidence[i];
        const struct report_control_row *row = report_control_row((enum report_control_id)i);

        if (!evidence->present)
            continue;
        fputs("<tr><td class=\"state\">", stream);
        print_mark(evidence->concluded ? evidence->mark : OUTPUT_NONE, stream);
        fprintf(stream, "</td><td><b>%s</b> %s</td><td>%s%s%s</td>", row->name, row->title,
                evidence->examined ? "EXAMINE" : "",
                evidence->examined && evidence->tested ? ", " : "", evidence->tested ? "TEST" : "");
        print_element("<td>", evidence->text, "</td></tr>\n", stream);
    }
    fputs("</tbody>\n</table>\n</section>\n", stream);
}

void report_html(const struct report *report, FILE *stream)
{
    print_head(report, stream);
    for (size_t i = 0; i < report->count; i++)
        print_section(&report->sections[i], stream);
    print_evidence(report, stream);
    fputs("</main>\n<footer>", stream);
    print_element("", report->title, "", stream);
    if (report->generated != NULL)
        print_element(", made ", report->generated, "", stream);
    fputs(". This file holds no script and refers to nothing outside itself.</footer>\n", stream);
    print_marking(report, "marking end", stream);
    fputs("</body>\n</html>\n", stream);
}
