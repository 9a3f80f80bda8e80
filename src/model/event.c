/* The words of the event vocabulary. */
#include "model/event.h"

static const struct {
	const char *word;
	bool        logged;
} events[EVENT_KINDS] = {
#define EVENT(name, word, logged) [EVENT_##name] = { word, logged },
#include "model/events.def"
#undef EVENT
};

static const char *const notes[NOTE_KINDS] = {
#define NOTE(name, word) [NOTE_##name] = word,
#include "model/notes.def"
#undef NOTE
};

static const char *const outcomes[] = {
	[AUTH_OUTCOME_UNKNOWN] = "unknown",
	[AUTH_ACCEPTED] = "accepted",
	[AUTH_REJECTED] = "rejected",
	[AUTH_REFUSED_TLS] = "refused-tls",
	[AUTH_ABORTED] = "aborted",
};

static const char *const sent[] = {
	[AUTH_CLASS_UNKNOWN] = NULL,
	[AUTH_CLASS_PASSWORD] = "password",
	[AUTH_CLASS_TOKEN] = "token",
	[AUTH_CLASS_CHALLENGE] = "response",
	[AUTH_CLASS_ONE_TIME] = NULL,
	[AUTH_CLASS_GSSAPI] = NULL,
	[AUTH_CLASS_EXTERNAL] = NULL,
	[AUTH_CLASS_ANONYMOUS] = NULL,
};

const char *
event_word(enum event_kind kind)
{
	return events[kind].word;
}

bool
event_is_logged(enum event_kind kind)
{
	return events[kind].logged;
}

const char *
note_word(enum note_kind kind)
{
	return notes[kind];
}

const char *
auth_outcome_word(enum auth_outcome outcome)
{
	return outcomes[outcome];
}

const char *
auth_sent_word(enum auth_class kind)
{
	return sent[kind];
}
