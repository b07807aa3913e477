/* SPDX-License-Identifier: ISC */
#include "tui/dialog.h"

#include <stdio.h>
#include <string.h>

#include "tui/keys.h"

static void open_popup(struct screen_view *view, enum screen_popup popup, const char *title)
{
    dialog_close(view);
    view->popup = popup;
    snprintf(view->title, sizeof(view->title), "%s", title);
    view->message[0] = '\0';
}

void dialog_read(struct dialog *dialog, struct screen_view *view, enum screen_popup popup,
                 const char *title)
{
    open_popup(view, popup, title);
    dialog->purpose = DIALOG_TO_READ;
}

void dialog_ask(struct dialog *dialog, struct screen_view *view, enum dialog_purpose purpose,
                const char *title, const char *prompt, const char *first)
{
    open_popup(view, SCREEN_INPUT, title);
    dialog->purpose = purpose;
    snprintf(view->prompt, sizeof(view->prompt), "%s", prompt);
    snprintf(view->input, sizeof(view->input), "%s", first);
}

void dialog_confirm(struct dialog *dialog, struct screen_view *view, enum dialog_purpose purpose,
                    const char *title, const char *word, int64_t now_us)
{
    open_popup(view, SCREEN_CONFIRM, title);
    *dialog = (struct dialog){.purpose = purpose, .opened_us = now_us};
    snprintf(dialog->word, sizeof(dialog->word), "%s", word);
    if (word[0] != '\0')
        snprintf(view->prompt, sizeof(view->prompt), "Type %s and Enter; Esc cancels:", word);
    else
        snprintf(view->prompt, sizeof(view->prompt), "y yes, any other key cancels");
}

void dialog_close(struct screen_view *view)
{
    view->popup = SCREEN_NO_POPUP;
    view->scroll = 0;
    view->title[0] = view->prompt[0] = view->input[0] = '\0';
    lines_clear(&view->text);
}

static enum dialog_outcome close_it(struct screen_view *view)
{
    dialog_close(view);
    return DIALOG_CLOSED;
}

/* Drawing keeps the number within the text. */
static enum dialog_outcome scroll(struct screen_view *view, const char *key, int page)
{
    switch (keys_find(key, view->panel)) {
    case KEYS_DOWN:
        view->scroll++;
        break;
    case KEYS_UP:
        view->scroll--;
        break;
    case KEYS_PAGE_DOWN:
        view->scroll += page;
        break;
    case KEYS_PAGE_UP:
        view->scroll -= page;
        break;
    case KEYS_FIRST:
        view->scroll = 0;
        break;
    case KEYS_LAST:
        view->scroll = 1 << 20;
        break;
    default:
        return close_it(view);
    }
    return DIALOG_STAYS;
}

/* Takes off one character: its last byte and what continues it. */
static void erase_last(char *text)
{
    size_t size = strlen(text);

    while (size > 0 && ((unsigned char)text[size - 1] & 0xc0) == 0x80)
        size--;
    text[size > 0 ? size - 1 : 0] = '\0';
}

static bool is_character(const char *key)
{
    return key[0] != '\0' && (key[1] == '\0' || (unsigned char)key[0] >= 0x80);
}

static enum dialog_outcome type(struct screen_view *view, const char *key)
{
    size_t size = strlen(view->input);

    if (strcmp(key, "Enter") == 0)
        return DIALOG_GIVEN;
    if (strcmp(key, "Esc") == 0 || strcmp(key, "Ctrl-C") == 0)
        return close_it(view);
    if (strcmp(key, "Backspace") == 0)
        erase_last(view->input);
    else if (strcmp(key, "Ctrl-U") == 0)
        view->input[0] = '\0';
    else if (is_character(key) && size + strlen(key) < sizeof(view->input))
        memcpy(view->input + size, key, strlen(key) + 1);
    return DIALOG_STAYS;
}

static bool is_scrolling(const char *key)
{
    static const char *const keys[] = {"Up", "Down", "PgUp", "PgDn", "Home", "End"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

/* Nothing typed is no; something else than the word is no either, and says so. */
static enum dialog_outcome confirm(const struct dialog *dialog, struct screen_view *view,
                                   const char *key)
{
    enum dialog_outcome outcome;

    if (dialog->word[0] == '\0')
        return strcmp(key, "y") == 0 ? DIALOG_GIVEN : close_it(view);
    outcome = type(view, key);
    if (outcome != DIALOG_GIVEN || strcmp(view->input, dialog->word) == 0)
        return outcome;
    if (view->input[0] == '\0')
        return close_it(view);
    view->input[0] = '\0';
    snprintf(view->prompt, sizeof(view->prompt),
             "That is not %s. Type it and Enter; Esc cancels:", dialog->word);
    return DIALOG_STAYS;
}

enum dialog_outcome dialog_key(struct dialog *dialog, struct screen_view *view, const char *key,
                               int page, int64_t now_us)
{
    if (view->popup == SCREEN_INPUT)
        return type(view, key);
    if (view->popup != SCREEN_CONFIRM || is_scrolling(key))
        return scroll(view, key, page);
    if (now_us - dialog->opened_us < DIALOG_DEAF_US)
        return DIALOG_STAYS;
    return confirm(dialog, view, key);
}
