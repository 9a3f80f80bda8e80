// Light and dark, a desk and a phone.

import assert from 'node:assert/strict';

const ALL = ['samples', 'hostile', 'empty', 'one-report'];
const PHONE = 390;

// Runs in the page: every text that does not stand out against what is behind it, as WCAG 2.2 (1.4.3) counts.  What is
// behind is the nearest background, each laid over the next; in a drawing, the shape under the middle of the text.
function faint(words) {
	const canvas = document.createElement('canvas');
	const brush = canvas.getContext('2d', { willReadFrequently: true });

	canvas.width = canvas.height = 1;
	const colors = new Map();
	const grounds = new Map();
	const rgba = color => {
		if (colors.has(color)) return colors.get(color);
		brush.clearRect(0, 0, 1, 1);
		brush.fillStyle = color;
		brush.fillRect(0, 0, 1, 1);
		const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;

		colors.set(color, [r, g, b, a / 255]);
		return colors.get(color);
	};
	const over = ([r, g, b, a], [x, y, z]) => [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a), 1];
	const light = ([r, g, b]) => {
		const linear = one => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4);

		return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
	};
	const ratio = (one, other) => {
		const [low, high] = [light(one), light(other)].sort((a, b) => a - b);

		return (high + 0.05) / (low + 0.05);
	};
	const dark = matchMedia('(prefers-color-scheme: dark)').matches && !matchMedia('print').matches;
	const canvasColor =
		dark && getComputedStyle(document.documentElement).colorScheme.includes('dark')
			? [18, 18, 18, 1]
			: [255, 255, 255, 1];
	const behind = element => {
		if (element === null) return canvasColor;
		if (!grounds.has(element))
			grounds.set(element, over(rgba(getComputedStyle(element).backgroundColor), behind(element.parentElement)));
		return grounds.get(element);
	};
	const shapeBehind = text => {
		const box = text.getBoundingClientRect();
		const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
		const shapes = [...text.ownerSVGElement.querySelectorAll('rect, circle, ellipse, path, polygon')].filter(
			one => {
				const own = one.getBoundingClientRect();

				return (
					one.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING &&
					getComputedStyle(one).fill !== 'none' &&
					own.left <= x &&
					own.right >= x &&
					own.top <= y &&
					own.bottom >= y
				);
			},
		);

		return shapes.reduce(
			(under, shape) => over(rgba(getComputedStyle(shape).fill), under),
			behind(text.ownerSVGElement),
		);
	};
	const found = [];
	const seen = new Map();
	let looked = 0;

	for (const one of document.querySelectorAll('body *')) {
		const text = [...one.childNodes]
			.filter(node => node.nodeType === 3)
			.map(node => node.data)
			.join('')
			.trim();

		if (
			text === '' ||
			!one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) ||
			(words && !words.includes(text.toLowerCase()))
		)
			continue;
		const drawn = one.namespaceURI.endsWith('/svg');

		if (drawn && !['text', 'tspan'].includes(one.localName)) continue;
		const style = getComputedStyle(one);
		const size = parseFloat(style.fontSize);
		const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
		const background = drawn ? shapeBehind(one.closest('text')) : behind(one);
		const color = over(rgba(drawn ? style.fill : style.color), background);
		const value = ratio(color, background);

		looked++;
		if (value < (large ? 3 : 4.5) && !seen.has(`${color}${background}`)) {
			seen.set(`${color}${background}`, true);
			found.push(
				`"${text.slice(0, 40)}" ${value.toFixed(2)}: ${color.map(Math.round)} on ${background.map(Math.round)}`,
			);
		}
	}
	return { found, looked };
}

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'];

function contrast(look, on) {
	return {
		name: `texts stand out, ${look}`,
		on,
		look,
		async check({ page }) {
			const severities = await page.evaluate(faint, SEVERITIES);

			assert.ok(severities.looked > 0, 'no severity by its word');
			assert.deepEqual(severities.found, []);
			assert.deepEqual((await page.evaluate(faint, null)).found, []);
		},
	};
}

function narrow(look) {
	return {
		name: `nothing is wider than a telephone, ${look}`,
		on: ALL,
		look,
		async check({ page }) {
			const found = await page.evaluate(() => ({
				inner: innerWidth,
				scroll: document.scrollingElement.scrollWidth,
				small: [...document.querySelectorAll('body *')]
					.filter(
						one =>
							one.checkVisibility() &&
							one.namespaceURI.endsWith('xhtml') &&
							[...one.childNodes].some(node => node.nodeType === 3 && node.data.trim() !== '') &&
							parseFloat(getComputedStyle(one).fontSize) < 11,
					)
					.map(one => one.textContent.trim().slice(0, 40)),
			}));

			assert.equal(found.inner, PHONE, 'the page does not say that it fits');
			assert.ok(found.scroll <= PHONE, `${found.scroll} px wide`);
			assert.deepEqual(found.small.slice(0, 5), [], 'letters too small to read');
		},
	};
}

export default [
	contrast('desktop', ['samples', 'hostile']),
	contrast('dark', ['samples', 'hostile']),
	contrast('phone-dark', ['hostile']),
	narrow('phone'),
	{
		name: 'dark is dark, and light is light',
		on: ['hostile'],
		uses: true,
		async check({ page }) {
			const lightness = async colorScheme => {
				await page.emulateMedia({ colorScheme });
				return page.evaluate(() => {
					const color = getComputedStyle(document.body).backgroundColor;
					const parts =
						color === 'rgba(0, 0, 0, 0)'
							? getComputedStyle(document.documentElement).backgroundColor
							: color;

					return (
						parts
							.match(/[\d.]+/g)
							.slice(0, 3)
							.reduce((sum, one) => sum + Number(one), 0) / 765
					);
				});
			};

			assert.ok((await lightness('light')) > 0.85, 'light');
			assert.ok((await lightness('dark')) < 0.25, 'dark');
			await page.emulateMedia({ colorScheme: null });
		},
	},
	{
		name: 'severity does not rest on colour alone',
		on: ['samples'],
		async check({ page, facts }) {
			const wordless = await page.evaluate(
				known =>
					[...document.querySelectorAll('[id^="finding-"]')]
						.filter(one => /-\d+$/.test(one.id))
						.filter(
							one =>
								!one.textContent
									.toLowerCase()
									.includes(known[one.id.slice('finding-'.length)].severity),
						)
						.map(one => one.id),
				facts.findings,
			);

			assert.deepEqual(wordless, []);
		},
	},
	{
		name: 'long words do not run over their neighbours',
		on: ['samples', 'hostile'],
		async check({ page }) {
			const wide = await page.evaluate(() => ({
				page: document.scrollingElement.scrollWidth <= innerWidth,
				spilt: [
					...document.querySelectorAll('main p, main li, main dd, main h2, main h3, main h4, main summary'),
				]
					.filter(
						one =>
							one.checkVisibility() &&
							one.scrollWidth > one.clientWidth + 1 &&
							getComputedStyle(one).overflowX === 'visible' &&
							getComputedStyle(one).display !== 'inline',
					)
					.map(one => `${one.localName} ${one.textContent.trim().slice(0, 60)}`),
			}));

			assert.ok(wide.page, 'the page scrolls sideways');
			assert.deepEqual(wide.spilt.slice(0, 5), []);
		},
	},
];
