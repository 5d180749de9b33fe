/*
 * What a canvas shows, for tests of what draws on it.
 */
#ifndef NF_TESTS_CANVASCHECK_H
#define NF_TESTS_CANVASCHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "tui/canvas.h"

/* Its rows, as canvas_print has them. */
static inline void assert_canvas(const struct canvas *c, const char *rows)
{
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	canvas_print(c, &s);
	assert_string_equal(nf_strbuf_cstr(&s), rows);
	nf_strbuf_done(&s);
}

static inline void assert_looks(const struct canvas *c, const char *rows)
{
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	canvas_print_looks(c, &s);
	assert_string_equal(nf_strbuf_cstr(&s), rows);
	nf_strbuf_done(&s);
}

static inline struct nf_bytes text_of(const char *text)
{
	return (struct nf_bytes){ (const uint8_t *)text, strlen(text) };
}

#endif
