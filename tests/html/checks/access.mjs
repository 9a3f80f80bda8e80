// What a screen reader and a keyboard find.

import assert from 'node:assert/strict';

const ALL = ['samples', 'hostile', 'empty', 'one-report'];
// What the browser has to have a name for.
const NAMED = [
	'button',
	'link',
	'textbox',
	'searchbox',
	'combobox',
	'checkbox',
	'image',
	'img',
	'table',
	'heading',
	'DisclosureTriangle',
];
const STOPS = 80; // presses of Tab, from the link to the findings, within which filter and findings have to be reached

// What has the focus: where it is, and whether one sees that it has it.
function focused() {
	const one = document.activeElement;
	const style = getComputedStyle(one);

	return {
		name: one.localName,
		id: one.id,
		href: one.getAttribute('href'),
		inFindings: one.closest('#findings, [id^="finding-"]') !== null,
		marked: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none',
		inSight: one.getBoundingClientRect().width > 1 && one.getBoundingClientRect().bottom > 0,
	};
}

async function press(page, key) {
	await page.keyboard.press(key);
	return page.evaluate(focused);
}

export default [
	{
		name: 'the page has a language, a title and one first heading',
		on: ALL,
		async check({ page }) {
			const found = await page.evaluate(() => ({
				lang: document.documentElement.lang,
				title: document.title,
				first: document.querySelectorAll('h1').length,
				mode: document.compatMode,
				charset: document.characterSet,
			}));

			assert.match(found.lang, /^en/);
			assert.ok(found.title.length > 5, found.title);
			assert.equal(found.first, 1);
			assert.equal(found.mode, 'CSS1Compat');
			assert.equal(found.charset, 'UTF-8');
		},
	},
	{
		name: 'headings go down by one',
		on: ALL,
		async check({ page }) {
			const headings = await page.evaluate(() =>
				[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(one => [
					Number(one.localName[1]),
					one.textContent.trim(),
				]),
			);

			assert.equal(headings[0][0], 1);
			headings.forEach(([level, text], at) => {
				assert.ok(text !== '', `heading ${at} is empty`);
				const above = headings[at - 1]?.[0] ?? 0;

				assert.ok(level <= above + 1, `"${text.slice(0, 60)}" is at ${level} under ${above}`);
			});
		},
	},
	{
		name: 'tables have a caption, and headers with a scope',
		on: ALL,
		async check({ page }) {
			const odd = await page.evaluate(() =>
				[...document.querySelectorAll('table')].flatMap(table => {
					const name = table.caption?.textContent.trim() ?? '';
					const headers = [...table.querySelectorAll('th')];

					return [
						...(name ? [] : [`a table in #${table.closest('[id]')?.id} has no caption`]),
						...(headers.length > 0 ? [] : [`"${name}" has no headers`]),
						...headers
							.filter(one => !/^(col|row|colgroup|rowgroup)$/.test(one.getAttribute('scope') ?? ''))
							.map(one => `"${name}": ${one.textContent.trim()} has no scope`),
						...[...table.rows]
							.filter(row => row.parentNode.localName === 'tbody' && row.cells.length === 0)
							.map(() => `"${name}" has an empty row`),
					];
				}),
			);

			assert.deepEqual(odd.slice(0, 10), []);
			assert.ok((await page.locator('table').count()) > 0);
		},
	},
	{
		name: 'drawings have a name or are passed over',
		on: ALL,
		async check({ page }) {
			const nameless = await page.evaluate(() =>
				[...document.querySelectorAll('svg, img, canvas, [role=img]')]
					.filter(one => one.closest('[aria-hidden=true]') === null)
					.filter(
						one =>
							!(
								one.getAttribute('aria-label') ??
								(one.getAttribute('aria-labelledby') ?? '')
									.split(/\s+/)
									.map(id => document.getElementById(id)?.textContent ?? '')
									.join('') ??
								''
							).trim() && !one.querySelector(':scope > title')?.textContent.trim(),
					)
					.map(one => one.outerHTML.slice(0, 120)),
			);

			assert.deepEqual(nameless.slice(0, 10), []);
			const unsaid = await page.evaluate(
				() =>
					[...document.querySelectorAll('svg')].filter(
						one =>
							one.closest('[aria-hidden=true]') === null &&
							one.getAttribute('role') !== 'img' &&
							one.querySelector('text') === null,
					).length,
			);

			assert.equal(unsaid, 0, 'a drawing is named, but is no image');
		},
	},
	{
		name: 'the browser has a name for all that can be used',
		on: ['hostile'],
		async check({ page }) {
			const client = await page.context().newCDPSession(page);
			const { nodes } = await client.send('Accessibility.getFullAXTree');
			const nameless = nodes.filter(
				node => !node.ignored && NAMED.includes(node.role?.value) && !(node.name?.value ?? '').trim(),
			);

			assert.deepEqual(
				nameless.map(node => node.role.value),
				[],
			);
			assert.ok(nodes.length > 100);
			await client.detach();
		},
	},
	{
		name: 'landmarks tell the parts apart',
		on: ['samples', 'hostile', 'empty'],
		async check({ page }) {
			const found = await page.evaluate(() => ({
				main: document.querySelectorAll('main').length,
				header: document.querySelectorAll('body > header').length,
				navigation: document.querySelectorAll('nav').length,
				nameless: [...document.querySelectorAll('nav, [role=region]')].filter(
					one => !one.getAttribute('aria-label') && !one.getAttribute('aria-labelledby'),
				).length,
				outside: [...document.body.children]
					.filter(one => !one.matches('main, header, footer, nav, a[href^="#"], script, style'))
					.map(one => one.localName),
			}));

			assert.equal(found.main, 1);
			assert.equal(found.header, 1);
			assert.ok(found.navigation > 0, 'no navigation');
			assert.equal(found.nameless, 0, 'a landmark without a name');
			assert.deepEqual(found.outside, []);
		},
	},
	{
		name: 'what scrolls can be reached by keyboard, and has a name',
		on: ['samples', 'hostile'],
		look: 'phone',
		async check({ page }) {
			const unreachable = await page.evaluate(() =>
				[...document.querySelectorAll('body *')]
					.filter(
						one =>
							/auto|scroll/.test(getComputedStyle(one).overflowX) &&
							one.scrollWidth > one.clientWidth + 1 &&
							one.checkVisibility(),
					)
					.filter(
						one =>
							one.tabIndex < 0 ||
							!(one.getAttribute('aria-label') || one.getAttribute('aria-labelledby')),
					)
					.map(one => one.outerHTML.slice(0, 100)),
			);

			assert.deepEqual(unreachable.slice(0, 5), []);
		},
	},
	{
		name: 'the keyboard skips to the content, and reaches filter and findings',
		on: ['samples'],
		alters: true,
		async check({ page }) {
			const skip = await press(page, 'Tab');
			const target = skip.href?.slice(1);

			assert.ok(target && skip.inSight, `the first stop is no link that shows: ${JSON.stringify(skip)}`);
			assert.equal(
				await page.evaluate(id => document.getElementById(id)?.closest('main') !== null, target),
				true,
			);
			await page.locator('nav a[href="#findings"]').focus();
			await page.keyboard.press('Enter');
			const stops = [];

			for (
				let stop = skip;
				stops.length < STOPS &&
				!(stops.some(one => one.id === 'filter') && stop.inFindings && stop.id !== 'filter');
			) {
				stop = await press(page, 'Tab');
				stops.push(stop);
			}
			assert.ok(
				stops.some(one => one.id === 'filter'),
				`no filter within ${STOPS} stops`,
			);
			assert.ok(
				stops.some(one => one.inFindings && one.id !== 'filter'),
				`no finding within ${STOPS} stops`,
			);
			assert.deepEqual(stops.filter(one => one.name !== 'body' && (!one.marked || !one.inSight)).slice(0, 3), []);
			await page.locator('a[href^="#"]').first().focus();
			await page.keyboard.press('Enter');
			assert.ok(page.url().endsWith(`#${target}`), page.url());
			assert.ok(
				await page.evaluate(() => {
					const ids = [...document.querySelectorAll('[tabindex]')].filter(one => one.tabIndex > 0);

					return ids.length === 0;
				}),
				'an order of its own',
			);
		},
	},
];
