#include <config.h>

#include "main/elements.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"

enum { COLUMNS = 4, CHUNK = 1 << 16, LARGEST = 64 << 20 };

static bool number(const char *text, unsigned long max, unsigned long *v)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*v = strtoul(text, &end, 0);
	return errno == 0 && *end == '\0' && *v <= max;
}

/* Names become parts of expressions and of JSON: no blanks, nothing that is not printed. */
static bool good_name(const char *name)
{
	for (const char *c = name; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr("_.-", *c) == NULL)
			return false;
	return *name != '\0';
}

int elements_define(struct nf_registry *registry, const struct elements_row *row,
		    const char *path, unsigned long line, struct nf_err *err)
{
	struct nf_bytes type = { (const uint8_t *)row->type, strlen(row->type) };
	unsigned long pen = 0, id;
	struct nf_ie ie;

	if (*row->pen != '\0' && (!number(row->pen, UINT32_MAX, &pen) || pen >= NF_PEN_FIXED))
		return nf_err_set(err, NF_ERR_USAGE, "%s:%lu: \"%s\" is no enterprise number",
				  path, line, row->pen);
	if (!number(row->id, 32767, &id))
		return nf_err_set(err, NF_ERR_USAGE, "%s:%lu: \"%s\" is no element id (0 to 32767)",
				  path, line, row->id);
	if (!good_name(row->name))
		return nf_err_set(err, NF_ERR_USAGE, "%s:%lu: \"%s\" is no element name", path,
				  line, row->name);
	ie = (struct nf_ie){
		.pen = (uint32_t)pen,
		.id = (uint16_t)id,
		.type = (uint8_t)nf_type_by_name(type),
		.known = true,
		.name = row->name,
		.units = *row->units != '\0' && strcmp(row->units, "none") != 0 ? row->units : NULL,
	};
	if (ie.type == NF_TYPES)
		return nf_err_set(err, NF_ERR_USAGE, "%s:%lu: \"%s\" is no type (unsigned32, string, ..)",
				  path, line, row->type);
	if (!nf_registry_define(registry, &ie, NF_FROM_USER))
		return nf_err_memory(err);
	return 0;
}

/* The next field of a CSV line, in place; quotes around it are taken off. */
static char *csv_field(char **at)
{
	char *field = *at, *end;
	size_t n;

	while (*field == ' ' || *field == '\t')
		field++;
	if (*field == '"') {
		field++;
		end = field + strcspn(field, "\"");
		*at = end + strcspn(end, ",");
	} else {
		end = field + strcspn(field, ",");
		*at = end;
	}
	if (**at == ',')
		(*at)++;
	for (n = (size_t)(end - field); n > 0 && isspace((unsigned char)field[n - 1]); n--)
		;
	field[n] = '\0';
	return field;
}

static int csv_line(struct nf_registry *registry, char *text, const char *path,
		    unsigned long line, struct nf_err *err)
{
	char *fields[COLUMNS];
	struct elements_row row;

	for (unsigned i = 0; i < COLUMNS; i++)
		fields[i] = csv_field(&text);
	row = (struct elements_row){
		.pen = fields[0], .id = fields[1], .name = fields[2], .type = fields[3],
		.units = "",
	};
	return elements_define(registry, &row, path, line, err);
}

static int csv(struct nf_registry *registry, const char *path, char *text, struct nf_err *err)
{
	unsigned long line = 0;
	char *next;

	for (; text != NULL; text = next) {
		next = strchr(text, '\n');
		if (next != NULL)
			*next++ = '\0';
		line++;
		text += strspn(text, " \t\r");
		if (*text == '\0' || *text == '#' || (line == 1 && strncmp(text, "pen,", 4) == 0))
			continue;
		if (csv_line(registry, text, path, line, err) < 0)
			return -1;
	}
	return 0;
}

static int read_all(const char *path, struct nf_strbuf *s, struct nf_err *err)
{
	FILE *f = fopen(path, "re");
	size_t n;
	int wrong;

	if (f == NULL)
		return nf_err_set(err, NF_ERR_ENV, "%s: %s", path, strerror(errno));
	do {
		n = nf_sb_room(s, CHUNK) ? fread(s->p + s->n, 1, CHUNK, f) : 0;
		s->n += n;
	} while (n > 0 && s->n <= LARGEST);
	wrong = ferror(f) ? errno : 0;
	fclose(f);
	if (wrong != 0)
		return nf_err_set(err, NF_ERR_ENV, "%s: %s", path, strerror(wrong));
	if (s->n > LARGEST)
		return nf_err_set(err, NF_ERR_ENV, "%s is too large for a list of elements", path);
	nf_sb_char(s, '\0');
	return s->failed ? nf_err_memory(err) : 0;
}

int elements_load(struct nf_registry *registry, const char *path, struct nf_err *err)
{
	struct nf_strbuf s;
	int result;

	nf_strbuf_init(&s);
	result = read_all(path, &s, err);
	if (result == 0) {
		const char *first = s.p + strspn(s.p, " \t\r\n\xef\xbb\xbf");

		if (*first == '<')
			result = elements_xml(registry, path,
					      (struct nf_bytes){ (const uint8_t *)s.p, s.n - 1 },
					      err);
		else
			result = csv(registry, path, s.p, err);
	}
	nf_strbuf_done(&s);
	return result;
}

struct nf_registry *elements_registry(const char *const *paths, size_t n, struct nf_err *err)
{
	struct nf_registry *registry = nf_registry_new();

	if (registry == NULL)
		nf_err_memory(err);
	for (size_t i = 0; registry != NULL && i < n; i++) {
		if (elements_load(registry, paths[i], err) == 0)
			continue;
		nf_registry_free(registry);
		registry = NULL;
	}
	return registry;
}
