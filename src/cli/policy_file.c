/* Reading a policy file, with libconfig.
 *
 * The tables say which settings there are, of what kind, and where each goes.  A name that is in no table is an error,
 * and so is an empty list: a typing error must not silence a policy. */
#include "cli/policy_file.h"

#include "base/table.h"
#include "cli/policy_settings.h"

#include <errno.h>
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FILE_MOST = 4 * 1024 * 1024,
	MEMORY_MOST = 256 * 1024 * 1024,
};

struct policy_file {
	struct budget budget;
	struct arena *arena;
	struct policy policy;
};

/* The settings ---------------------------------------------------------------------------------- */

#define FIELD(type, member) offsetof(struct type, member)

static bool
take_hops(struct reader *reader, const config_setting_t *setting, void *into)
{
	struct networks *group = into;
	const void *list = NULL;

	if (!policy_take_list(reader, setting, &kind_network, &list, &group->count))
		return false;
	group->list = list;
	return true;
}

static bool
take_path(struct reader *reader, const config_setting_t *setting, void *into)
{
	struct policy_path *path = into;
	const void *list = NULL;
	size_t count = 0;

	if (!policy_take_list(reader, setting, &kind_network, &list, &count))
		return false;
	if (count != TABLE_LENGTH(path->ends))
		return policy_refuse_setting(reader, setting, "wants the two networks that each tunnel joins");
	memcpy(path->ends, list, sizeof(path->ends));
	return true;
}

static bool
take_partner(struct reader *reader, const config_setting_t *setting, void *into)
{
	static const struct field fields[] = {
		{ "domain", &kind_domain, FIELD(policy_partner, domain), 0, false },
		{ "network", &kind_network, FIELD(policy_partner, network), 0, false },
		{ "least_version", &kind_version, FIELD(policy_partner, least_version), 0, false },
	};
	struct policy_partner *partner = into;

	if (!policy_take_group(reader, setting, fields, TABLE_LENGTH(fields), partner))
		return false;
	if ((partner->domain.len > 0) == (config_setting_get_member(setting, "network") != NULL))
		return policy_refuse_setting(reader, setting, "wants a domain or a network, one of the two");
	return true;
}

static const struct policy_time always = { INT64_MIN, INT64_MAX };

static bool
check_time(struct reader *reader, const config_setting_t *setting, const struct policy_time *held)
{
	return held->from < held->until || policy_refuse_setting(reader, setting, "ends before it begins");
}

static bool
take_mta_sts(struct reader *reader, const config_setting_t *setting, void *into)
{
	static const struct field fields[] = {
		{ "domain", &kind_name, FIELD(policy_mta_sts, domain), 0, true },
		{ "mode", &kind_mode, FIELD(policy_mta_sts, mode), 0, true },
		{ "mx", &kind_pattern, FIELD(policy_mta_sts, mx), FIELD(policy_mta_sts, mx_count), false },
		{ "from", &kind_time, FIELD(policy_mta_sts, held.from), 0, false },
		{ "until", &kind_time, FIELD(policy_mta_sts, held.until), 0, false },
	};
	struct policy_mta_sts *published = into;

	published->held = always;
	if (!policy_take_group(reader, setting, fields, TABLE_LENGTH(fields), published))
		return false;
	if (published->mode != POLICY_NONE && published->mx_count == 0)
		return policy_refuse_setting(reader, setting, "lacks \"mx\"");
	return check_time(reader, setting, &published->held);
}

static bool
take_tlsa(struct reader *reader, const config_setting_t *setting, void *into)
{
	static const struct field fields[] = {
		{ "host", &kind_name, FIELD(policy_tlsa, host), 0, true },
		{ "domain", &kind_name, FIELD(policy_tlsa, domain), 0, false },
		{ "port", &kind_port, FIELD(policy_tlsa, port), 0, false },
		{ "records", &kind_record, FIELD(policy_tlsa, records), FIELD(policy_tlsa, record_count), true },
		{ "from", &kind_time, FIELD(policy_tlsa, held.from), 0, false },
		{ "until", &kind_time, FIELD(policy_tlsa, held.until), 0, false },
	};
	struct policy_tlsa *published = into;

	published->held = always;
	published->port = 25;
	return policy_take_group(reader, setting, fields, TABLE_LENGTH(fields), published) &&
	       check_time(reader, setting, &published->held);
}

static bool
take_server(struct reader *reader, const config_setting_t *setting, void *into)
{
	static const struct field fields[] = {
		{ "network", &kind_network, FIELD(policy_server, network), 0, true },
		{ "port", &kind_port, FIELD(policy_server, port), 0, false },
		{ "name", &kind_name, FIELD(policy_server, name), 0, false },
	};

	return policy_take_group(reader, setting, fields, TABLE_LENGTH(fields), into);
}

static bool
take_thresholds(struct reader *reader, const config_setting_t *setting, void *into)
{
#define THRESHOLD(member) { #member, &kind_threshold, FIELD(policy_thresholds, member), 0, false }
	static const struct field fields[] = {
		THRESHOLD(window_days),
		THRESHOLD(least_observations),
		{ "rare_per_mille", &kind_per_mille, FIELD(policy_thresholds, rare_per_mille), 0, false },
		THRESHOLD(rare_days),
		{ "never_per_mille", &kind_per_mille, FIELD(policy_thresholds, never_per_mille), 0, false },
		THRESHOLD(never_days),
		THRESHOLD(change_observations),
		THRESHOLD(change_clients),
		THRESHOLD(change_hours),
		THRESHOLD(split_hours),
		THRESHOLD(split_observations),
	};
	struct policy_thresholds *thresholds = into;

	if (!policy_take_group(reader, setting, fields, TABLE_LENGTH(fields), thresholds))
		return false;
	return thresholds->never_per_mille <= thresholds->rare_per_mille ||
	       policy_refuse_setting(reader, setting, "says that never is more often than rare");
#undef THRESHOLD
}

static const struct kind kind_hops = { sizeof(struct networks), take_hops };
static const struct kind kind_path = { sizeof(struct policy_path), take_path };
static const struct kind kind_partner = { sizeof(struct policy_partner), take_partner };
static const struct kind kind_mta_sts = { sizeof(struct policy_mta_sts), take_mta_sts };
static const struct kind kind_tlsa = { sizeof(struct policy_tlsa), take_tlsa };
static const struct kind kind_server = { sizeof(struct policy_server), take_server };
static const struct kind kind_thresholds = { sizeof(struct policy_thresholds), take_thresholds };

#define LIST(name, kind, list, count) { name, &(kind), FIELD(policy, list), FIELD(policy, count), false }
static const struct field settings[] = {
	LIST("internal_networks", kind_network, internal.list, internal.count),
	LIST("trusted_hops", kind_hops, trusted_hops, trusted_hop_count),
	LIST("protected_paths", kind_path, protected_paths, protected_path_count),
	LIST("servers", kind_server, servers, server_count),
	LIST("mail_servers", kind_network, mail_servers.list, mail_servers.count),
	LIST("must_encrypt", kind_network, must_encrypt.list, must_encrypt.count),
	LIST("partners", kind_partner, partners, partner_count),
	LIST("mta_sts", kind_mta_sts, mta_sts, mta_sts_count),
	LIST("tlsa", kind_tlsa, tlsa, tlsa_count),
	LIST("privileged_accounts", kind_text, privileged, privileged_count),
	LIST("interception_issuers", kind_text, interception, interception_count),
	{ "thresholds", &kind_thresholds, FIELD(policy, thresholds), 0, false },
};
#undef LIST

/* What stands inside is only known when it is said what inside is. */
static bool
check_inside(struct reader *reader, const config_setting_t *root)
{
	static const char *const needing[] = { "servers", "mail_servers" };

	for (size_t i = 0; i < TABLE_LENGTH(needing); i++) {
		const config_setting_t *setting = config_setting_get_member(root, needing[i]);

		if (setting != NULL && config_setting_get_member(root, "internal_networks") == NULL)
			return policy_refuse_setting(reader, setting, "needs \"internal_networks\"");
	}
	return true;
}

/* The file ------------------------------------------------------------------------------------- */

/* The digest is that of the whole policy, so all of it stands in one file. */
static bool
check_text(struct reader *reader, struct span text)
{
	unsigned number = 0;
	struct span line;

	if (text.len > 0 && memchr(text.at, '\0', text.len) != NULL)
		return policy_refuse(reader, 1, "this is no text");
	while (span_take_line(&text, &line)) {
		number++;
		if (span_starts(span_trim(line), "@include"))
			return policy_refuse(reader, number, "@include is not taken: a policy is one file");
	}
	return !span_starts(span_trim(text), "@include") ||
	       policy_refuse(reader, number + 1, "@include is not taken: a policy is one file");
}

static bool
parse(struct reader *reader, struct policy *policy)
{
	config_setting_t *root;
	config_t config;
	bool good;

	config_init(&config);
	good = config_read_string(&config, (const char *)policy->text.at) == CONFIG_TRUE ||
	       policy_refuse(reader, (unsigned)config_error_line(&config), "%s", config_error_text(&config));
	root = config_root_setting(&config);
	good = good && policy_take_group(reader, root, settings, TABLE_LENGTH(settings), policy);
	good = good && check_inside(reader, root);
	config_destroy(&config);
	return good;
}

/* libconfig wants a NUL behind the text. */
static bool
keep_text(struct reader *reader, struct span text, struct policy *policy)
{
	uint8_t *copy = arena_alloc(reader->arena, text.len + 1);

	if (copy == NULL)
		return policy_refuse(reader, 1, "does not fit into memory");
	if (text.len > 0)
		memcpy(copy, text.at, text.len);
	policy->text = span_from(copy, text.len);
	digest_sha256(policy->text, policy->sha256);
	policy->thresholds = policy_thresholds_default();
	return true;
}

struct status
policy_file_parse(const char *name, struct span text, struct policy_file **file_r)
{
	struct policy_file *file = calloc(1, sizeof(*file));
	struct reader reader = { .name = name, .text = text, .status = status_ok() };

	*file_r = NULL;
	if (file != NULL) {
		file->budget.limit = MEMORY_MOST;
		file->arena = reader.arena = arena_new(&file->budget);
	}
	if (file == NULL || file->arena == NULL)
		reader.status = status_of(STATUS_NO_MEMORY, "%s: not enough memory to read it", name);
	else if (check_text(&reader, text) && keep_text(&reader, text, &file->policy) &&
	         parse(&reader, &file->policy))
		*file_r = file;
	if (*file_r == NULL)
		policy_file_free(&file);
	return reader.status;
}

static struct status
read_text(const char *path, struct buffer *text)
{
	FILE *stream = fopen(path, "re");
	size_t got = stream != NULL ? 1 : 0;

	if (stream == NULL)
		return status_of(STATUS_USAGE, "%s: the policy cannot be read: %s", path, strerror(errno));
	while (got > 0 && text->len <= FILE_MOST && buffer_reserve(text, 65536)) {
		got = fread(text->at + text->len, 1, 65536, stream);
		text->len += got;
	}
	if (ferror(stream)) {
		fclose(stream);
		return status_of(STATUS_USAGE, "%s: the policy cannot be read: %s", path, strerror(errno));
	}
	fclose(stream);
	if (text->failed)
		return status_of(STATUS_NO_MEMORY, "%s: not enough memory to read it", path);
	if (text->len > FILE_MOST)
		return status_of(STATUS_USAGE, "%s: a policy has at most %d bytes", path, FILE_MOST);
	return status_ok();
}

struct status
policy_file_read(const char *path, struct policy_file **file_r)
{
	struct buffer text = { 0 };
	struct status status = read_text(path, &text);

	*file_r = NULL;
	if (status_is_ok(&status))
		status = policy_file_parse(path, buffer_span(&text), file_r);
	buffer_free(&text);
	return status;
}

const struct policy *
policy_file_policy(const struct policy_file *file)
{
	return file != NULL ? &file->policy : NULL;
}

void
policy_file_free(struct policy_file **file)
{
	if (*file == NULL)
		return;
	if ((*file)->arena != NULL)
		arena_free(&(*file)->arena);
	free(*file);
	*file = NULL;
}
