/* What the pages are dressed in, compiled in as text: style.css and page.js of this room (embed.sh makes the
 * definitions).  Edit them there. */
#ifndef STARTTRACE_REPORT_ASSETS_H
#define STARTTRACE_REPORT_ASSETS_H

extern const char asset_style[];
extern const char asset_script[];

#endif
