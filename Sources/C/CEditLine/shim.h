// libedit: line editing and history of the console. Imported by Console alone.
//
// el_set and history take their arguments as C's variadic functions do; these wrappers give each use a type.
#ifndef CEDITLINE_SHIM_H
#define CEDITLINE_SHIM_H
#include <histedit.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

typedef int (*tandem_edit_read)(EditLine *, wchar_t *);
typedef char *(*tandem_edit_prompt)(EditLine *);
typedef unsigned char (*tandem_edit_function)(EditLine *, int);

static inline EditLine *tandem_edit_open(const char *name, void *context, tandem_edit_read read,
                                         tandem_edit_prompt prompt, tandem_edit_function complete) {
    setlocale(LC_CTYPE, "");
    EditLine *edit = el_init(name, stdin, stdout, stderr);
    if (edit == NULL) return NULL;
    el_set(edit, EL_CLIENTDATA, context);
    el_set(edit, EL_EDITOR, "emacs");
    el_set(edit, EL_SIGNAL, 0);
    el_set(edit, EL_GETCFN, read);
    el_set(edit, EL_PROMPT, prompt);
    el_set(edit, EL_ADDFN, "tandem-complete", "Complete the command", complete);
    el_set(edit, EL_BIND, "\t", "tandem-complete", NULL);
    el_set(edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
    // An end of input (^D) that is typed before libedit has the terminal to itself comes as a zero afterwards.
    el_set(edit, EL_BIND, "^@", "em-delete-or-list", NULL);
    return edit;
}

static inline void *tandem_edit_context(EditLine *edit) {
    void *context = NULL;
    el_get(edit, EL_CLIENTDATA, &context);
    return context;
}

// Makes a key write a text, as if it had been typed. Both are in the notation of editrc(5).
static inline void tandem_edit_bind_text(EditLine *edit, const char *key, const char *text) {
    el_set(edit, EL_BIND, "-s", key, text, NULL);
}

static inline void tandem_edit_refresh(EditLine *edit) {
    el_set(edit, EL_REFRESH);
}

static inline History *tandem_history_open(EditLine *edit, int limit) {
    History *history_ = history_init();
    HistEvent event;
    if (history_ == NULL) return NULL;
    history(history_, &event, H_SETSIZE, limit);
    history(history_, &event, H_SETUNIQUE, 1);
    el_set(edit, EL_HIST, history, history_);
    return history_;
}

static inline void tandem_history_enter(History *history_, const char *line) {
    HistEvent event;
    history(history_, &event, H_ENTER, line);
}

static inline int tandem_history_load(History *history_, const char *path) {
    HistEvent event;
    return history(history_, &event, H_LOAD, path);
}

static inline int tandem_history_save(History *history_, const char *path) {
    HistEvent event;
    return history(history_, &event, H_SAVE, path);
}
#endif
