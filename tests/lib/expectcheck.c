#include <config.h>

#include "lib/expectcheck.h"

/* Three domains, templates of v9 and IPFIX, options, a repeated key. */
static const char script[] =
	"1.1 9 T256 8/4 12/4 7/2 11/2 4/1 1/4 2/4 | O257 1/4 ; 82/4\n"
	"1.1 9 D256 10.0.0.1 10.0.0.2 1/2 80/2 6/1 100/4 1/4 , "
	"10.0.0.1 10.0.0.3 2/2 443/2 17/1 200/4 2/4 | D257 1/4 0x65746830/4\n"
	"1.2 10/5 T300 27/16 152/8 153/8 1/8 2/8 82/v\n"
	"1.2 10/5 D300 2001:db8::1 1000/8 3500/8 7/8 1/8 v\"eth\"\n"
	"2.2 10/7 T300 8/4 1/4 | O301 10/4 ; 82/v\n"
	"2.2 10/7 D300 10.0.0.9 3/4 , 10.0.0.9 4/4 | D301 3/4 v\"up\"\n"
	"1.1 9 T256 8/4 12/4 7/2 11/2 4/1 1/4 2/4\n";

bool expectcheck_init(struct expectcheck *c, const char *text, size_t n)
{
	const struct expect_opts opts = { .rules = NULL };
	const struct nf_tracker_opts tracks = { .hold = true };

	*c = (struct expectcheck){ .registry = nf_registry_new() };
	if (c->registry == NULL)
		return false;
	c->tracker = nf_tracker_new(&tracks, c->registry);
	if (c->tracker == NULL)
		return false;
	c->meaning = meaning_new(&(struct meaning_opts){ .watch = &c->watch }, c->registry,
				 &c->error);
	if (c->meaning == NULL)
		return false;
	c->expect = expect_new(text, n, &opts, c->registry, &c->error);
	if (c->expect != NULL)
		c->watch = expect_watch(c->expect);
	return c->expect != NULL;
}

void expectcheck_done(struct expectcheck *c)
{
	expect_free(c->expect);
	meaning_free(c->meaning);
	nf_tracker_free(c->tracker);
	nf_registry_free(c->registry);
}

bool expectcheck_run(struct expectcheck *c, const struct stream *stream)
{
	struct nf_delivery delivery;
	struct nf_late late;
	struct nf_view v;

	for (size_t i = 0; i < stream->n; i++) {
		if (nf_tracker_feed(c->tracker, &stream->d[i], &delivery) == NF_REFUSAL_NONE)
			while (nf_delivery_next(&delivery, &v, NULL))
				meaning_message(c->meaning, &v, true, 0);
		while (nf_tracker_late(c->tracker, &late))
			meaning_late(c->meaning, &late);
	}
	return meaning_end(c->meaning, c->tracker, NULL) && expect_judge(c->expect, c->meaning);
}

/* What is wrong with the text that --update makes of FIRST's. */
static const char *again(const struct expectcheck *first, const struct stream *stream,
			 const struct nf_strbuf *text)
{
	struct expectcheck c;
	const char *fault = NULL;

	if (!expectcheck_init(&c, text->p, text->n))
		fault = c.error.memory || text->n > EXPECT_TEXT_MAX ? NULL :
			"what --update writes is not read";
	else if (!expectcheck_run(&c, stream))
		fault = NULL;
	else if (first->expect->stuck == 0 && c.expect->failed_lines != 0)
		fault = "what --update writes does not pass";
	else if (c.expect->nlines < first->expect->nlines)
		fault = "--update takes lines away";
	expectcheck_done(&c);
	return fault;
}

const char *expectcheck_text(const char *text, size_t n)
{
	struct nf_strbuf updated;
	struct expectcheck c;
	struct stream stream;
	const char *fault = NULL;

	if (!stream_init(&stream, script)) {
		stream_done(&stream);
		return "the stream is none";
	}
	nf_strbuf_init(&updated);
	if (!expectcheck_init(&c, text, n)) {
		if (!c.error.memory && c.error.text[0] == '\0')
			fault = "a text is refused without a word";
		if (c.error.span.off > n)
			fault = "a fault stands behind the text";
	} else if (expectcheck_run(&c, &stream) && expect_update(c.expect, &updated)) {
		fault = again(&c, &stream, &updated);
	}
	expectcheck_done(&c);
	nf_strbuf_done(&updated);
	stream_done(&stream);
	return fault;
}
