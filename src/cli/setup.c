/* What reading files and watching an interface ask for alike before they begin. */
#include "cli/setup.h"

#include "cli/policy_file.h"
#include "x509.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	KEY_LEAST = 16,
};

static struct status
read_key(struct setup *setup, const char *path)
{
	ssize_t len;
	int file;

	if (path == NULL)
		return status_ok();
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return status_of(STATUS_USAGE, "%s: the key cannot be read: %s", path, strerror(errno));
	len = read(file, setup->key, sizeof(setup->key));
	close(file);
	if (len < KEY_LEAST)
		return status_of(STATUS_USAGE, "%s: a key needs at least %d bytes", path, KEY_LEAST);
	setup->key_len = (size_t)len;
	return status_ok();
}

static bool
ends_policy(const struct options *options)
{
	return options->policy_file != NULL && strcmp(options->policy_file, "none") == 0;
}

static struct status
read_policy(struct setup *setup, const struct options *options)
{
	if (options->policy_file == NULL || ends_policy(options))
		return status_ok();
	return policy_file_read(options->policy_file, &setup->policy);
}

struct status
setup_read(struct setup *setup, const struct options *options)
{
	struct status status = read_key(setup, options->key_file);

	if (status_is_ok(&status))
		status = read_policy(setup, options);
	if (status_is_ok(&status) && options->trust_store != NULL)
		status = x509_trust_open(options->trust_store, &setup->trust);
	return status;
}

void
setup_free(struct setup *setup)
{
	explicit_bzero(setup->key, sizeof(setup->key));
	policy_file_free(&setup->policy);
	x509_trust_free(&setup->trust);
}

static struct status
find_policy(struct setup *setup, const struct options *options, struct store *store)
{
	struct buffer text = { 0 };
	struct status status = store_policy_text(store, &text);

	if (status_is_ok(&status) && text.len > 0) {
		fprintf(stderr, "starttrace: the policy that %s keeps is in force; --policy none ends it\n",
			options->database);
		status = policy_file_parse("the policy that is kept", buffer_span(&text), &setup->policy);
	}
	buffer_free(&text);
	return status;
}

static struct status
keep_policy(const struct setup *setup, struct store *store)
{
	const struct policy *policy = policy_file_policy(setup->policy);
	static const uint8_t none[SHA256_SIZE];
	struct status status;

	status = policy != NULL ? store_policy_keep(store, policy->sha256, policy->text)
	                        : store_policy_keep(store, none, (struct span){ 0 });
	return status_is_ok(&status) ? store_commit(store) : status;
}

struct status
setup_policy(struct setup *setup, const struct options *options, struct store *store)
{
	return options->policy_file != NULL ? keep_policy(setup, store) : find_policy(setup, options, store);
}

const struct policy *
setup_policy_of(const struct setup *setup)
{
	return policy_file_policy(setup->policy);
}

struct engine_config
setup_engine(const struct setup *setup, const struct options *options)
{
	struct engine_config config = engine_config_default();

	config.flows.idle_ns = options->idle_ns;
	config.policy = setup_policy_of(setup);
	config.trust = setup->trust;
	config.privacy.accounts = options->accounts;
	config.privacy.key = span_from(setup->key, setup->key_len);
	return config;
}
