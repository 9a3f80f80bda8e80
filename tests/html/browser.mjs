// One Chromium for all tests.  What is opened in it writes down whatever a page that needs nothing and asks for
// nothing must not do: speak up on the console, ask for another file, open a window, break its own policy, run what a
// peer said.

import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const PATIENCE_MS = 10000; // for what is there or is not
const LOADING_MS = 30000; // for a browser or a page to begin

// How a page is looked at.  Times and words do not depend on the place of the test.
const SETTINGS = { locale: 'en-GB', timezoneId: 'UTC', offline: true, reducedMotion: 'reduce' };
export const LOOKS = {
	desktop: { viewport: { width: 1280, height: 900 } },
	dark: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
	phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
	'phone-dark': {
		viewport: { width: 390, height: 844 },
		isMobile: true,
		hasTouch: true,
		deviceScaleFactor: 2,
		colorScheme: 'dark',
	},
	'no-script': { viewport: { width: 1280, height: 900 }, javaScriptEnabled: false },
};

// Starts `executable` with what npm installed in the folder `modules`; the caller closes it.
export async function start(modules, executable) {
	const { chromium } = createRequire(path.join(path.resolve(modules), 'package.json'))('playwright-core');
	const browser = await chromium.launch({
		executablePath: executable,
		args: ['--disable-gpu', '--force-color-profile=srgb', '--font-render-hinting=none', '--process-per-site'],
		timeout: LOADING_MS,
		handleSIGTERM: false, // the tests are over then
	});

	return { browser, contexts: new Map(), close: () => browser.close() };
}

// Runs in the page before anything of the page itself: the flags that the checks look at.
function watchFromInside() {
	window.struck = [];
	window.pwned = () => window.struck.push('pwned() ran');
	document.addEventListener('securitypolicyviolation', event =>
		window.struck.push(`the policy stopped ${event.violatedDirective} ${event.blockedURI}`),
	);
}

// Pages of one look share a context, and with it a process: to start one takes longer than most checks.
async function contextOf(started, settings) {
	const key = JSON.stringify(settings);

	if (!started.contexts.has(key)) {
		const context = await started.browser.newContext(settings);

		context.setDefaultTimeout(PATIENCE_MS);
		context.setDefaultNavigationTimeout(LOADING_MS);
		await context.addInitScript(watchFromInside);
		started.contexts.set(key, context);
	}
	return started.contexts.get(key);
}

// A file as a page in one of the looks, with settings of Playwright's besides, as { page, trouble, look, file, url,
// close }.  `trouble` grows by a line for each thing that should not be.
export async function open(started, file, look = 'desktop', settings = {}) {
	const url = pathToFileURL(path.resolve(file)).href;
	const context = await contextOf(started, { ...SETTINGS, ...LOOKS[look], ...settings });
	const page = await context.newPage();
	const trouble = [];
	const allowed = asked => asked === url || asked.startsWith(`${url}#`);

	await page.route('**/*', route => (allowed(route.request().url()) ? route.continue() : route.abort()));
	page.on('popup', () => trouble.push('opened a window'));
	page.on('console', message => trouble.push(`console ${message.type()}: ${message.text()}`));
	page.on('pageerror', error => trouble.push(`error in a script: ${error.message}`));
	page.on('crash', () => trouble.push('the page crashed'));
	page.on('download', () => trouble.push('offered a download'));
	page.on('dialog', dialog => {
		trouble.push(`a dialog: ${dialog.message()}`);
		dialog.dismiss();
	});
	page.on('request', request => {
		if (!allowed(request.url())) trouble.push(`asked for ${request.url().slice(0, 100)}`);
	});
	await page.goto(url, { waitUntil: 'load' });
	return { page, trouble, look, file, url, close: () => page.close() };
}
