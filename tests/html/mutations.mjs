// Ways to break the page, each with the check that has to see it: a check that has never failed proves nothing.

import { createHash } from 'node:crypto';

// The policy names its style and script by their digests; after a change to them it gets the new ones, so that the
// check sees the change itself and not a policy that stopped it.
function renewPolicy(html) {
	const digestOf = name => {
		const part = html.match(new RegExp(`<${name}\\b[^>]*>([\\s\\S]*?)</${name}>`));

		return part ? createHash('sha256').update(part[1]).digest('base64') : '';
	};

	const renewed = (_, name, quote) => `${name}-src ${quote}sha256-${digestOf(name)}`;

	return html.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/i, meta =>
		meta.replace(/(style|script)-src (&#39;|')sha256-[^'&]*/g, renewed),
	);
}

const inBody = markup => html => html.replace('</main>', () => `${markup}</main>`);
const inStyle = rules => html => renewPolicy(html.replace('</style>', () => `${rules}</style>`));
const instead = (pattern, text) => html => html.replace(pattern, text);

// `page` is changed by `by`; `seenBy` is the name of a check.
export const mutations = [
	{
		name: 'a page without a policy',
		page: 'hostile',
		by: instead(/<meta http-equiv="Content-Security-Policy"[^>]*>/i, ''),
		seenBy: 'the policy is strict',
	},
	{
		name: 'a page whose policy is gone',
		page: 'hostile',
		by: instead(/<meta http-equiv="Content-Security-Policy"[^>]*>/i, ''),
		seenBy: 'the policy holds',
	},
	{
		name: 'a policy that allows any script',
		page: 'hostile',
		by: instead(/script-src [^;"]*/, "script-src 'unsafe-inline'"),
		seenBy: 'the policy is strict',
	},
	{
		name: 'a script that is not the one of the policy',
		page: 'hostile',
		by: instead('</script>', ';</script>'),
		seenBy: 'the page asks for nothing and complains of nothing',
	},
	{
		name: 'a banner that is not escaped',
		page: 'hostile',
		by: instead(/&lt;img src=x onerror=pwned\(\)&gt;/, '<img src=x onerror=pwned()>'),
		seenBy: 'what peers said is text',
	},
	{
		name: 'an element of a banner',
		page: 'hostile',
		by: instead(/&lt;meta http-equiv=refresh/, '<dialog></dialog>&lt;meta http-equiv=refresh'),
		seenBy: 'what peers said makes no element',
	},
	{
		name: 'an entity that was escaped too little',
		page: 'hostile',
		by: html => html.replaceAll('&amp;lt;b&amp;gt;', '&lt;b&gt;'),
		seenBy: 'what peers said is text',
	},
	{
		name: 'a picture from elsewhere',
		page: 'hostile',
		by: inBody('<img alt="x" src="http://evil.example/x.png">'),
		seenBy: 'nothing in the page could ask or run',
	},
	{
		name: 'a style sheet from elsewhere',
		page: 'hostile',
		by: instead('</head>', '<link rel="stylesheet" href="http://evil.example/x.css"></head>'),
		seenBy: 'the page asks for nothing and complains of nothing',
	},
	{
		name: 'an attribute that runs',
		page: 'hostile',
		by: inBody('<p onclick="pwned()">x</p>'),
		seenBy: 'nothing in the page could ask or run',
	},
	{
		name: 'a mark that turns letters around',
		page: 'hostile',
		by: inBody('<p>\u202edetcerid</p>'),
		seenBy: 'no letter is invisible or turns the line around',
	},
	{
		name: 'a link into nothing',
		page: 'hostile',
		by: instead('id="manifest"', 'id="gone"'),
		seenBy: 'links have their targets',
	},
	{
		name: 'an id given twice',
		page: 'hostile',
		by: inBody('<p id="summary">x</p>'),
		seenBy: 'an id is given once',
	},
	{
		name: 'a finding without its filter',
		page: 'hostile',
		by: html => html.replaceAll('tcp.port', 'port'),
		seenBy: 'a finding has its filter and its ladder',
	},
	{
		name: 'a ladder of another session',
		page: 'hostile',
		by: instead(
			/(<article[^>]*id="finding-[\s\S]*?href="#session-)(\d+)"/,
			(_, before, n) => `${before}${Number(n) + 1}"`,
		),
		seenBy: 'a finding has its filter and its ladder',
	},
	{
		name: 'a ladder with a line fewer',
		page: 'hostile',
		by: html => html.replaceAll('454 4.7.0', '454'),
		seenBy: 'a ladder tells its dialogue in order',
	},
	{
		name: 'a verdict under another name',
		page: 'hostile',
		by: html => html.replaceAll('plaintext-declined', 'plaintext'),
		seenBy: 'every verdict stands there with its number',
	},
	{
		name: 'a finding that is left out in silence',
		page: 'hostile',
		by: instead(/id="finding-(\d+)"/, 'id="other-$1"'),
		seenBy: 'the worst findings stand there, and the rest is counted',
	},
	{
		name: 'a report that is missing',
		page: 'hostile',
		by: instead('id="report-findings"', 'id="findings-again"'),
		seenBy: 'every report has its part',
	},
	{
		name: 'a capture that the manifest lacks',
		page: 'empty',
		by: html => html.replace(/[0-9a-f]{64}/g, ''),
		seenBy: 'the manifest names the captures',
	},
	{
		name: 'a filter that does nothing',
		page: 'hostile',
		by: html => renewPolicy(html.replace(/(<script\b[^>]*>)[\s\S]*?<\/script>/, '$1</script>')),
		seenBy: 'the filter leaves what has the words, and says how many',
	},
	{
		name: 'a page without a language',
		page: 'hostile',
		by: instead(/<html [^>]*>/, '<html>'),
		seenBy: 'the page has a language, a title and one first heading',
	},
	{
		name: 'a second first heading',
		page: 'hostile',
		by: inBody('<h1>x</h1>'),
		seenBy: 'the page has a language, a title and one first heading',
	},
	{
		name: 'a heading too deep',
		page: 'hostile',
		by: instead('</h1>', '</h1><h5>x</h5>'),
		seenBy: 'headings go down by one',
	},
	{
		name: 'a table without a caption',
		page: 'hostile',
		by: instead(/<caption[\s\S]*?<\/caption>/, ''),
		seenBy: 'tables have a caption, and headers with a scope',
	},
	{
		name: 'a header without a scope',
		page: 'hostile',
		by: instead(/<th scope="col"/, '<th'),
		seenBy: 'tables have a caption, and headers with a scope',
	},
	{
		name: 'a drawing without a name',
		page: 'hostile',
		by: inBody('<svg width="9" height="9" role="img"></svg>'),
		seenBy: 'drawings have a name or are passed over',
	},
	{
		name: 'a button without a name',
		page: 'hostile',
		by: inBody('<button></button>'),
		seenBy: 'the browser has a name for all that can be used',
	},
	{
		name: 'a second main',
		page: 'hostile',
		by: instead('</body>', '<main>x</main></body>'),
		seenBy: 'landmarks tell the parts apart',
	},
	{
		name: 'a filter out of reach',
		page: 'hostile',
		by: instead(/(<input[^>]*id="filter")/, '$1 tabindex="-1"'),
		seenBy: 'the keyboard skips to the content, and reaches filter and findings',
	},
	{
		name: 'faint letters',
		page: 'hostile',
		by: inStyle('main p { color: #aaa }'),
		seenBy: 'texts stand out, desktop',
	},
	{
		name: 'dark letters in the dark',
		page: 'hostile',
		by: inStyle('main p { color: #555 }'),
		seenBy: 'texts stand out, dark',
	},
	{
		name: 'a page that stays light',
		page: 'hostile',
		by: html =>
			renewPolicy(
				html
					.replaceAll('prefers-color-scheme: dark', 'prefers-color-scheme: none')
					.replaceAll('prefers-color-scheme:dark', 'prefers-color-scheme:none'),
			),
		seenBy: 'dark is dark, and light is light',
	},
	{
		name: 'a table wider than the telephone',
		page: 'hostile',
		by: inBody('<table width="900"><tr><td>x</td></tr></table>'),
		seenBy: 'nothing is wider than a telephone, phone',
	},
	{
		name: 'no word for the width',
		page: 'hostile',
		by: instead(/<meta name="viewport"[^>]*>/, ''),
		seenBy: 'nothing is wider than a telephone, phone',
	},
	{
		name: 'ladders that are not printed',
		page: 'hostile',
		by: inStyle('@media print { [id^=session-], [id^=finding-] * { display: none !important } }'),
		seenBy: 'the page can be printed, with everything in it',
	},
];

// The broken page.  A way that changes nothing breaks nothing, and is an error of its own.
export function mutate(html, { name, by }) {
	const broken = by(html);

	if (broken === html) throw new Error(`${name}: there is no such place in the page`);
	return broken;
}
