/*
 * Elements as IANA's ipfix.xml has them: <record> with <name>, <dataType>, <elementId>,
 * <units>, and <enterpriseId> in the files of others.  A record with only some of these
 * (the tables of types, semantics and units in the same file) is none.
 */
#include <config.h>

#include "main/elements.h"

#include <expat.h>

#include "base/strbuf.h"

enum part { PEN, ID, NAME, TYPE, UNITS, PARTS };

static const char *const tags[PARTS] = {
	[PEN] = "enterpriseId", [ID] = "elementId", [NAME] = "name", [TYPE] = "dataType",
	[UNITS] = "units",
};

struct reading {
	XML_Parser parser;
	struct nf_registry *registry;
	const char *path;
	struct nf_err *err;
	struct nf_strbuf parts[PARTS];
	int part;			/* whose text comes, PARTS for none */
	unsigned depth, record;		/* of what is open; of the record, 0: in none */
	bool stopped;
};

static void start(void *ctx, const XML_Char *tag, const XML_Char **attributes)
{
	struct reading *r = ctx;

	(void)attributes;
	r->part = PARTS;
	r->depth++;
	if (strcmp(tag, "record") == 0) {
		r->record = r->depth;
		for (int i = 0; i < PARTS; i++)
			nf_strbuf_clear(&r->parts[i]);
	}
	if (r->record == 0 || r->depth != r->record + 1)
		return;
	for (int i = 0; i < PARTS; i++)
		if (strcmp(tag, tags[i]) == 0)
			r->part = i;
}

static void characters(void *ctx, const XML_Char *text, int n)
{
	struct reading *r = ctx;

	if (r->part != PARTS)
		nf_sb_mem(&r->parts[r->part], text, (size_t)n);
}

static const char *word(struct nf_strbuf *s)
{
	const char *text = nf_strbuf_cstr(s);

	return text + strspn(text, " \t\r\n");
}

static void stop(struct reading *r)
{
	r->stopped = true;
	XML_StopParser(r->parser, XML_FALSE);
}

static void end(void *ctx, const XML_Char *tag)
{
	struct reading *r = ctx;
	struct elements_row row;

	r->part = PARTS;
	if (r->depth-- != r->record || strcmp(tag, "record") != 0)
		return;
	r->record = 0;
	row = (struct elements_row){
		.pen = word(&r->parts[PEN]), .id = word(&r->parts[ID]),
		.name = word(&r->parts[NAME]), .type = word(&r->parts[TYPE]),
		.units = word(&r->parts[UNITS]),
	};
	/* IANA's ranges of unassigned ids, "507-32767", have no type. */
	if (*row.id == '\0' || *row.type == '\0')
		return;
	if (elements_define(r->registry, &row, r->path, XML_GetCurrentLineNumber(r->parser),
			    r->err) < 0)
		stop(r);
}

/* No entity of the file's own: a few lines of them could grow without bound. */
static void entity(void *ctx, const XML_Char *name, int is_parameter, const XML_Char *value,
		   int length, const XML_Char *base, const XML_Char *system_id,
		   const XML_Char *public_id, const XML_Char *notation)
{
	struct reading *r = ctx;

	(void)name, (void)is_parameter, (void)value, (void)length, (void)base, (void)system_id,
	(void)public_id, (void)notation;
	nf_err_set(r->err, NF_ERR_USAGE, "%s:%lu: entities are not read", r->path,
		   (unsigned long)XML_GetCurrentLineNumber(r->parser));
	stop(r);
}

int elements_xml(struct nf_registry *registry, const char *path, struct nf_bytes text,
		 struct nf_err *err)
{
	struct reading r = { .registry = registry, .path = path, .err = err, .part = PARTS };
	int result = 0;

	r.parser = XML_ParserCreate(NULL);
	if (r.parser == NULL)
		return nf_err_memory(err);
	for (int i = 0; i < PARTS; i++)
		nf_strbuf_init(&r.parts[i]);
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, start, end);
	XML_SetCharacterDataHandler(r.parser, characters);
	XML_SetEntityDeclHandler(r.parser, entity);
	if (XML_Parse(r.parser, (const char *)text.p, (int)text.n, 1) == XML_STATUS_ERROR) {
		if (!r.stopped)
			nf_err_set(err, NF_ERR_USAGE, "%s:%lu: %s", path,
				   (unsigned long)XML_GetCurrentLineNumber(r.parser),
				   XML_ErrorString(XML_GetErrorCode(r.parser)));
		result = -1;
	}
	for (int i = 0; i < PARTS; i++)
		nf_strbuf_done(&r.parts[i]);
	XML_ParserFree(r.parser);
	return result;
}
