/* Settings of a policy file: single values, lists and groups, as tables say. */
#include "cli/policy_settings.h"

#include "base/table.h"
#include "cli/policy_words.h"
#include "model/policy.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	WORDS_MOST = 80,
};

/* Trouble --------------------------------------------------------------------------------------- */

bool
policy_refuse(struct reader *reader, unsigned line, const char *format, ...)
{
	char words[320];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	if (status_is_ok(&reader->status))
		reader->status = status_of(STATUS_USAGE, "%s:%u: %s", reader->name, line, words);
	return false;
}

static const char *
name_of(const config_setting_t *setting)
{
	while (config_setting_name(setting) == NULL && !config_setting_is_root(setting))
		setting = config_setting_parent(setting);
	return config_setting_is_root(setting) ? "the file" : config_setting_name(setting);
}

bool
policy_refuse_setting(struct reader *reader, const config_setting_t *setting, const char *why)
{
	return policy_refuse(reader, config_setting_source_line(setting), "%s %s", name_of(setting), why);
}

/* libconfig looks at what follows a text before it takes it into a list, and then tells the line of that: the text
 * itself stands there or above. */
static unsigned
line_of_text(const struct reader *reader, const config_setting_t *setting)
{
	unsigned told = config_setting_source_line(setting), found = told, number = 0;
	struct span rest = reader->text, line;

	while (number++ < told && span_take_line(&rest, &line))
		if (span_has(line, config_setting_get_string(setting)))
			found = number;
	return found;
}

static bool
refuse_text(struct reader *reader, const config_setting_t *setting, const char *why)
{
	return policy_refuse(reader, line_of_text(reader, setting), "%s: \"%.*s\" %s", name_of(setting),
		WORDS_MOST, config_setting_get_string(setting), why);
}

/* Single values --------------------------------------------------------------------------------- */

/* NULL, and said, when it is no text. */
static const char *
text_of(struct reader *reader, const config_setting_t *setting)
{
	const char *text = config_setting_type(setting) == CONFIG_TYPE_STRING
	                           ? config_setting_get_string(setting)
	                           : NULL;

	if (text == NULL || *text == '\0')
		policy_refuse_setting(reader, setting, "wants a text in quotes");
	return text != NULL && *text != '\0' ? text : NULL;
}

static bool
take_text(struct reader *reader, const config_setting_t *setting, void *into)
{
	const char *text = text_of(reader, setting);
	struct span *kept = into;

	if (text == NULL)
		return false;
	*kept = arena_copy(reader->arena, span_of(text));
	return kept->len > 0 || policy_refuse_setting(reader, setting, "does not fit into memory");
}

/* What is wrong with a text, or NULL: so the readers of policy_words answer. */
static bool
is_right(struct reader *reader, const config_setting_t *setting, const char *why)
{
	return why == NULL || refuse_text(reader, setting, why);
}

static bool
take_network(struct reader *reader, const config_setting_t *setting, void *into)
{
	const char *text = text_of(reader, setting);

	return text != NULL && is_right(reader, setting, policy_read_network(text, into));
}

static bool
take_host(struct reader *reader, const config_setting_t *setting, enum host_prefix prefix, void *into)
{
	const char *text = text_of(reader, setting);

	return text != NULL && is_right(reader, setting, policy_read_host(text, prefix, reader->arena, into));
}

static bool
take_name(struct reader *reader, const config_setting_t *setting, void *into)
{
	return take_host(reader, setting, HOST_ALONE, into);
}

static bool
take_pattern(struct reader *reader, const config_setting_t *setting, void *into)
{
	return take_host(reader, setting, HOST_WILDCARD, into);
}

static bool
take_domain(struct reader *reader, const config_setting_t *setting, void *into)
{
	return take_host(reader, setting, HOST_BELOW, into);
}

static bool
take_time(struct reader *reader, const config_setting_t *setting, void *into)
{
	const char *text = text_of(reader, setting);

	return text != NULL && is_right(reader, setting, policy_read_time(text, into));
}

static bool
take_version(struct reader *reader, const config_setting_t *setting, void *into)
{
	const char *text = text_of(reader, setting);

	return text != NULL && is_right(reader, setting, policy_read_version(text, into));
}

static bool
take_record(struct reader *reader, const config_setting_t *setting, void *into)
{
	const char *text = text_of(reader, setting);

	return text != NULL && is_right(reader, setting, policy_read_tlsa(text, into));
}

static bool
take_mode(struct reader *reader, const config_setting_t *setting, void *into)
{
	static const char *const words[] = {
		[POLICY_NONE] = "none",
		[POLICY_TESTING] = "testing",
		[POLICY_ENFORCE] = "enforce",
	};
	const char *text = text_of(reader, setting);
	enum policy_mode *mode = into;

	if (text == NULL)
		return false;
	for (size_t i = 0; i < TABLE_LENGTH(words); i++)
		if (strcmp(text, words[i]) == 0) {
			*mode = (enum policy_mode)i;
			return true;
		}
	return refuse_text(reader, setting, "is no mode: none, testing or enforce");
}

static bool
take_number(struct reader *reader, const config_setting_t *setting, long long most, long long *number_r)
{
	int type = config_setting_type(setting);

	*number_r = config_setting_get_int64(setting);
	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		return policy_refuse_setting(reader, setting, "wants a whole number");
	if (*number_r < 1 || *number_r > most)
		return policy_refuse(reader, config_setting_source_line(setting), "%s is not from 1 to %lld",
			name_of(setting), most);
	return true;
}

static bool
take_port(struct reader *reader, const config_setting_t *setting, void *into)
{
	long long number;

	if (!take_number(reader, setting, UINT16_MAX, &number))
		return false;
	*(uint16_t *)into = (uint16_t)number;
	return true;
}

static bool
take_threshold(struct reader *reader, const config_setting_t *setting, void *into)
{
	long long number;

	if (!take_number(reader, setting, 100000, &number))
		return false;
	*(unsigned *)into = (unsigned)number;
	return true;
}

static bool
take_per_mille(struct reader *reader, const config_setting_t *setting, void *into)
{
	long long number;

	if (!take_number(reader, setting, 999, &number))
		return false;
	*(unsigned *)into = (unsigned)number;
	return true;
}

/* Lists and groups ------------------------------------------------------------------------------ */

static bool
is_list(const config_setting_t *setting)
{
	return config_setting_is_array(setting) || config_setting_is_list(setting);
}

bool
policy_take_list(struct reader *reader, const config_setting_t *setting, const struct kind *kind, const void **list_r,
	size_t *count_r)
{
	int count = is_list(setting) ? config_setting_length(setting) : 0;
	uint8_t *entries;

	if (!is_list(setting))
		return policy_refuse_setting(reader, setting, "wants a list: [ ... ] or ( ... )");
	if (count == 0)
		return policy_refuse_setting(reader, setting, "is empty; leave it out");
	entries = arena_alloc(reader->arena, (size_t)count * kind->size);
	if (entries == NULL)
		return policy_refuse_setting(reader, setting, "does not fit into memory");
	for (int i = 0; i < count; i++)
		if (!kind->take(reader, config_setting_get_elem(setting, (unsigned)i),
			    entries + (size_t)i * kind->size))
			return false;
	*list_r = entries;
	*count_r = (size_t)count;
	return true;
}

static bool
take_field(struct reader *reader, const config_setting_t *setting, const struct field *field, void *into)
{
	uint8_t *base = into;
	const void *list = NULL;
	size_t count = 0;

	if (field->count == 0)
		return field->kind->take(reader, setting, base + field->offset);
	if (!policy_take_list(reader, setting, field->kind, &list, &count))
		return false;
	memcpy(base + field->offset, &list, sizeof(list));
	memcpy(base + field->count, &count, sizeof(count));
	return true;
}

static const struct field *
find_field(const struct field *fields, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
}

bool
policy_take_group(struct reader *reader, const config_setting_t *group, const struct field *fields, size_t count,
	void *into)
{
	if (!config_setting_is_group(group))
		return policy_refuse_setting(reader, group, "wants a group: { ... }");
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
		const struct field *field = find_field(fields, count, config_setting_name(setting));

		if (field == NULL)
			return policy_refuse(reader, config_setting_source_line(setting), "no such setting%s%s: %.*s",
				config_setting_is_root(group) ? "" : " in ",
				config_setting_is_root(group) ? "" : name_of(group), WORDS_MOST,
				config_setting_name(setting));
		if (!take_field(reader, setting, field, into))
			return false;
	}
	for (size_t i = 0; i < count; i++)
		if (fields[i].required && config_setting_get_member(group, fields[i].name) == NULL)
			return policy_refuse(reader, config_setting_source_line(group), "%s lacks \"%s\"",
				name_of(group), fields[i].name);
	return true;
}

const struct kind kind_text = { sizeof(struct span), take_text };
const struct kind kind_name = { sizeof(struct span), take_name };
const struct kind kind_pattern = { sizeof(struct span), take_pattern };
const struct kind kind_domain = { sizeof(struct span), take_domain };
const struct kind kind_network = { sizeof(struct network), take_network };
const struct kind kind_time = { sizeof(int64_t), take_time };
const struct kind kind_version = { sizeof(uint16_t), take_version };
const struct kind kind_port = { sizeof(uint16_t), take_port };
const struct kind kind_record = { sizeof(struct policy_tlsa_record), take_record };
const struct kind kind_mode = { sizeof(enum policy_mode), take_mode };
const struct kind kind_threshold = { sizeof(unsigned), take_threshold };
const struct kind kind_per_mille = { sizeof(unsigned), take_per_mille };
