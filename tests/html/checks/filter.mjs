// What the script adds, and what is left without it.

import assert from 'node:assert/strict';

const NOWHERE = 'no-finding-says-this';

// How many findings are to be seen, and what the page says of it in the place that a screen reader listens to.
async function seen(page) {
	return page.evaluate(() => ({
		visible: [...document.querySelectorAll('[id^="finding-"]')]
			.filter(one => /-\d+$/.test(one.id))
			.filter(one => one.checkVisibility())
			.map(one => one.id),
		said: [...document.querySelectorAll('[role=status], [aria-live], output')]
			.map(one => one.textContent)
			.join(' '),
	}));
}

async function filterBy(page, words) {
	assert.ok(await page.locator('input#filter').isVisible(), 'no filter to be seen');
	await page.locator('input#filter').fill(words);
	await page.waitForTimeout(100);
	return seen(page);
}

function says(said, number) {
	return new RegExp(`(?<!\\d)${number}(?!\\d)`).test(said) || (number === 0 && /\bno(ne)?\b/i.test(said));
}

export default [
	{
		name: 'the filter leaves what has the words, and says how many',
		on: ['samples', 'hostile'],
		uses: true,
		async check({ page, facts }) {
			const all = (await seen(page)).visible;
			const kindOf = id => facts.findings[id.slice('finding-'.length)].kind;
			const kind = kindOf(all[0]);
			const some = await filterBy(page, kind);

			assert.ok(
				some.visible.length > 0 && some.visible.length < all.length,
				`${some.visible.length} of ${all.length}`,
			);
			assert.deepEqual(
				some.visible,
				all.filter(id => kindOf(id) === kind),
			);
			assert.ok(says(some.said, some.visible.length), `it says: ${some.said}`);
			const none = await filterBy(page, NOWHERE);

			assert.deepEqual(none.visible, []);
			assert.ok(says(none.said, 0), `it says: ${none.said}`);
			assert.deepEqual((await filterBy(page, '')).visible, all);
		},
	},
	{
		name: 'the filter takes capitals, and no patterns',
		on: ['samples'],
		uses: true,
		async check({ page, facts, trouble }) {
			const all = (await seen(page)).visible;
			const kind = facts.findings[all[0].slice('finding-'.length)].kind;

			assert.deepEqual((await filterBy(page, kind.toUpperCase())).visible, (await filterBy(page, kind)).visible);
			for (const pattern of ['(', '[a-', '.*zz', '<script>pwned()</script>', '\\']) await filterBy(page, pattern);
			assert.deepEqual((await filterBy(page, '.*zz')).visible, []);
			assert.deepEqual((await filterBy(page, '')).visible, all);
			assert.deepEqual(trouble, []);
		},
	},
	{
		name: 'a filter can be copied',
		on: ['samples'],
		uses: true,
		async check({ page, facts, trouble }) {
			await page.evaluate(() => {
				const clipboard = {
					writeText: async text => {
						window.copied = text;
					},
				};

				Object.defineProperty(navigator, 'clipboard', { value: clipboard });
				document.execCommand = () => {
					window.copied = String(getSelection());
					return true;
				};
			});
			const { id, button } = await page.evaluate(() => {
				const finding = [...document.querySelectorAll('[id^="finding-"]')]
					.filter(one => /-\d+$/.test(one.id))
					.find(one => one.querySelector('button'));

				for (const one of finding?.querySelectorAll('details') ?? []) one.open = true;
				return { id: finding?.id, button: finding?.querySelectorAll('button').length };
			});

			assert.ok(button > 0, 'no finding has a button');
			await page.locator(`[id="${id}"] button`).first().click();
			assert.equal(await page.evaluate(() => window.copied), facts.findings[id.slice('finding-'.length)].filter);
			assert.deepEqual(trouble, []);
		},
	},
	{
		name: 'a table can be sorted',
		on: ['samples'],
		uses: true,
		async check({ page, trouble }) {
			const found = await page.evaluate(() => {
				const heading = [...document.querySelectorAll('#report-findings th')].find(
					one => one.textContent.trim() === 'score',
				);
				const cells = () =>
					[...heading.closest('table').tBodies]
						.flatMap(body => [...body.rows])
						.map(row => Number(row.cells[heading.cellIndex].textContent));
				const states = [1, 2].map(() => {
					heading.querySelector('button').click();
					return { sort: heading.getAttribute('aria-sort'), cells: cells() };
				});

				return states;
			});
			const rising = [...found[0].cells].sort((a, b) => a - b);

			assert.deepEqual(found.map(one => one.sort).sort(), ['ascending', 'descending']);
			for (const { sort, cells } of found)
				assert.deepEqual(cells, sort === 'ascending' ? rising : [...rising].reverse());
			assert.deepEqual(trouble, []);
		},
	},
	{
		name: 'a link to a finding leads to it',
		on: ['samples'],
		uses: true,
		async check({ page }) {
			const target = await page.evaluate(() => {
				const link = [...document.querySelectorAll('a[href^="#finding-"], a[href^="#session-"]')].pop();

				link?.click();
				return link?.getAttribute('href').slice(1);
			});

			assert.ok(target, 'no such link');
			await page
				.waitForFunction(id => {
					const box = document.getElementById(id).getBoundingClientRect();

					return box.height > 0 && box.top < innerHeight && box.bottom > 0;
				}, target)
				.catch(() => assert.fail(`${target} does not come into sight`));
		},
	},
	{
		name: 'without scripts everything is there, and nothing that would do nothing',
		on: ['samples', 'hostile', 'empty'],
		look: 'no-script',
		async check({ page, trouble, facts }) {
			const { visible } = await seen(page);
			const shown = await page.evaluate(
				() => [...document.querySelectorAll('[id^="finding-"]')].filter(one => /-\d+$/.test(one.id)).length,
			);

			assert.equal(visible.length, shown);
			assert.equal(shown > 0, Object.keys(facts.findings).length > 0);
			for (const selector of ['#summary', '#verdicts', '#findings', '#manifest', 'table'])
				assert.ok(await page.locator(selector).first().isVisible(), selector);
			const idle = await page.evaluate(() =>
				[...document.querySelectorAll('input, button, select')]
					.filter(one => one.checkVisibility() && !one.disabled)
					.map(one => one.id || one.textContent),
			);

			assert.deepEqual(idle, []);
			assert.deepEqual(trouble, []);
		},
	},
];
