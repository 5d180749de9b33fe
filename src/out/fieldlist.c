#include <config.h>

#include "out/fieldlist.h"

#include "out/csv.h"
#include "out/json.h"

static void nothing(struct out *o, const struct nf_view *v)
{
	(void)o;
	(void)v;
}

const struct out_ops fieldlist_out = { .name = "fields", .message = nothing };

const char *fieldlist_prefix(enum fieldnames_kind kind)
{
	return kind == FIELDNAMES_WIRESHARK ? "cflow." : "";
}

/* -- JSON ----------------------------------------------------------------------------- */

static void number(struct nf_strbuf *s, const char *key, uint64_t v)
{
	nf_sb_printf(s, ",\"%s\":", key);
	nf_sb_u64(s, v);
}

static void names(struct nf_strbuf *s, const char *key, const struct nf_ie *ie,
		  enum fieldnames_kind kind)
{
	const char *name;
	size_t at = 0, n = 0;

	while ((name = fieldnames_next(ie, kind, &at)) != NULL) {
		if (n++ == 0)
			nf_sb_printf(s, ",\"%s\":[", key);
		else
			nf_sb_char(s, ',');
		nf_sb_printf(s, "\"%s%s\"", fieldlist_prefix(kind), name);
	}
	if (n > 0)
		nf_sb_char(s, ']');
}

static void values(struct nf_strbuf *s, const struct nf_labels *labels)
{
	if (labels == NULL)
		return;
	json_member(s, "labels", labels->name);
	if (labels->nvalues == 0)
		return;
	nf_sb_printf(s, ",\"%s\":[", labels->flags ? "bits" : "values");
	for (size_t i = 0; i < labels->nvalues; i++) {
		const struct nf_value_name *v = &labels->values[i];

		nf_sb_printf(s, "%s{\"value\":%lu", i > 0 ? "," : "", (unsigned long)v->value);
		json_member(s, "name", v->name);
		nf_sb_char(s, '}');
	}
	nf_sb_char(s, ']');
}

static void json_row(const struct fieldlist *l, const struct fields_row *row)
{
	struct nf_strbuf *s = &l->o->text;
	const struct nf_ie *ie = row->ie;
	struct nf_strbuf name;

	LIT(s, "{\"type\":\"field\",\"schema\":1");
	if (fieldlist_has_id(ie))
		number(s, "id", ie->id);
	if (fieldlist_has_pen(ie)) {
		number(s, "pen", ie->pen);
		if (ie->pen != NF_PEN_REVERSE)
			json_member(s, "organisation", nf_enterprise_name(ie->pen));
	}
	json_member(s, "registry", fields_registry(ie));
	nf_strbuf_init(&name);
	nf_ie_name(&name, ie);
	json_member(s, "name", nf_strbuf_cstr(&name));
	s->failed = s->failed || name.failed;
	nf_strbuf_done(&name);
	if (ie->known) {
		json_member(s, "dataType", nf_type_name((enum nf_type)ie->type));
		json_member(s, "semantics", nf_semantics_name(ie->semantics));
		json_member(s, "units", ie->units);
	}
	names(s, "v9", ie, FIELDNAMES_V9);
	names(s, "filter", ie, FIELDNAMES_FILTER);
	names(s, "wireshark", ie, FIELDNAMES_WIRESHARK);
	values(s, ie->labels);
	if (l->fields->used) {
		LIT(s, ",\"used\":{\"records\":");
		nf_sb_u64(s, row->records);
		if (row->in_lists != 0)
			number(s, "inLists", row->in_lists);
		number(s, "templates", row->templates);
		nf_sb_char(s, '}');
	}
	LIT(s, "}\n");
}

static const char *const value_types[FILTER_TYPES] = {
	[FILTER_NUMBER] = "number",
	[FILTER_FLOAT] = "float",
	[FILTER_BOOLEAN] = "boolean",
	[FILTER_TEXT] = "text",
	[FILTER_OCTETS] = "octets",
	[FILTER_IPV4] = "ipv4Address",
	[FILTER_IPV6] = "ipv6Address",
	[FILTER_ADDRESS] = "address",
	[FILTER_MAC] = "macAddress",
	[FILTER_TIME] = "time",
	[FILTER_DURATION] = "duration",
	[FILTER_UNKNOWN] = "unknown",
};

static void json_name(struct nf_strbuf *s, const struct filter_name *name)
{
	const char *other, *sep = "";
	size_t at = 0;

	LIT(s, "{\"type\":\"filter-name\",\"schema\":1");
	json_member(s, "name", name->name);
	json_member(s, "valueType", value_types[name->type]);
	json_member(s, "help", name->help);
	while ((other = fieldnames_also(name->name, &at)) != NULL) {
		nf_sb_printf(s, "%s\"%s\"", *sep == '\0' ? ",\"also\":[" : ",", other);
		sep = ",";
	}
	if (*sep != '\0')
		nf_sb_char(s, ']');
	LIT(s, "}\n");
}

static void json_show(struct fieldlist *l)
{
	for (size_t i = 0; i < l->fields->n; i++)
		json_row(l, l->fields->v[i]);
	for (size_t i = 0; i < l->fields->nnames; i++)
		json_name(&l->o->text, l->fields->names[i]);
}

/* -- CSV ------------------------------------------------------------------------------ */

/* Several names stand in one cell, with blanks between them; nothing needs quotes but units. */
static void cell_of_names(struct nf_strbuf *s, const struct nf_ie *ie, enum fieldnames_kind kind)
{
	const char *name, *sep = "";
	size_t at = 0;

	while ((name = fieldnames_next(ie, kind, &at)) != NULL) {
		nf_sb_printf(s, "%s%s%s", sep, fieldlist_prefix(kind), name);
		sep = " ";
	}
}

static void cell(struct nf_strbuf *s, char separator, const char *text)
{
	size_t from;

	nf_sb_char(s, separator);
	from = s->n;
	nf_sb_str(s, text != NULL ? text : "");
	if (separator == ',')
		csv_quote(s, from);
}

static void table_row(const struct fieldlist *l, const struct fields_row *row, char separator)
{
	struct nf_strbuf *s = &l->o->text;
	const struct nf_ie *ie = row->ie;

	if (fieldlist_has_pen(ie))
		nf_sb_u64(s, ie->pen);
	nf_sb_char(s, separator);
	if (fieldlist_has_id(ie))
		nf_sb_u64(s, ie->id);
	nf_sb_char(s, separator);
	nf_ie_name(s, ie);
	cell(s, separator, fields_registry(ie));
	cell(s, separator, ie->known ? nf_type_name((enum nf_type)ie->type) : NULL);
	cell(s, separator, ie->known ? nf_semantics_name(ie->semantics) : NULL);
	cell(s, separator, ie->units);
	for (unsigned kind = 0; kind < FIELDNAMES_KINDS; kind++) {
		nf_sb_char(s, separator);
		cell_of_names(s, ie, (enum fieldnames_kind)kind);
	}
	if (l->fields->used) {
		nf_sb_char(s, separator);
		nf_sb_u64(s, row->records);
		nf_sb_char(s, separator);
		nf_sb_u64(s, row->in_lists);
		nf_sb_char(s, separator);
		nf_sb_u64(s, row->templates);
	}
	nf_sb_char(s, '\n');
}

/* Names that are no elements have no place in a table of those. */
static void table(struct fieldlist *l, char separator)
{
	static const char titles[] = "pen,id,name,registry,type,semantics,units,v9,filter,wireshark";
	struct nf_strbuf *s = &l->o->text;

	csv_titles(s, titles, separator);
	if (l->fields->used)
		csv_titles(s, ",records,in_lists,templates", separator);
	nf_sb_char(s, '\n');
	for (size_t i = 0; i < l->fields->n; i++)
		table_row(l, l->fields->v[i], separator);
}

static void csv_show(struct fieldlist *l)
{
	table(l, ',');
}

static void tsv_show(struct fieldlist *l)
{
	table(l, '\t');
}

const struct fieldlist_ops *fieldlist_ops_of(const char *name)
{
	static const struct fieldlist_ops others[] = {
		{ .name = "json", .show = json_show },
		{ .name = "csv", .show = csv_show },
		{ .name = "tsv", .show = tsv_show },
	};

	if (strcmp(name, fieldlist_text.name) == 0)
		return &fieldlist_text;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i].name, name) == 0)
			return &others[i];
	return NULL;
}
