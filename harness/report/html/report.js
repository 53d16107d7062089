// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Filters. Without this the page is whole: everything is there, unfiltered.
"use strict";
(function () {
	const form = document.getElementById("filters");
	const only = document.getElementById("only");
	const shown = document.getElementById("shown");
	// Of each column the kernel and the engine, as in data-v of the cases.
	const columns = document.body.dataset.columns.split(" ").filter(Boolean)
		.map(c => c.split(":"));
	const cases = Array.from(document.querySelectorAll("details.case"), d => ({
		node: d, marks: d.dataset.v,
		text: d.firstElementChild.textContent.toLowerCase(),
	}));
	const texts = Array.from(document.querySelectorAll("[data-t]"), n => ({
		node: n, text: (n.querySelector("summary, th") || n).textContent.toLowerCase(),
	}));
	const folded = Array.from(document.querySelectorAll(".folded"));

	const fits = (mark, want) => !want || mark === want || (want === "x" && mark !== "." && mark !== " ");

	function apply() {
		const k = form.k.value, e = form.e.value, v = form.v.value;
		const words = form.t.value.toLowerCase().split(/\s+/).filter(Boolean);
		const has = text => words.every(w => text.includes(w));
		const ours = columns.map((c, i) => i)
			.filter(i => (!k || columns[i][0] === k) && (!e || columns[i][1] === e));
		let n = 0;

		only.textContent = (k && `.k:not(.k${k}){display:none}`) + (e && `.e:not(.e${e}){display:none}`);
		for (const c of cases) {
			const some = ours.some(i => c.marks[i] !== " " && fits(c.marks[i], v));

			c.node.hidden = !(some && has(c.text));
			n += !c.node.hidden;
		}
		for (const t of texts)
			t.node.hidden = !has(t.text);
		for (const f of folded)
			f.hidden = words.length > 0 || (v && v !== ".");
		for (const a of document.querySelectorAll(".area"))
			a.hidden = !a.querySelector("details:not([hidden])");
		shown.textContent = k || e || v || words.length ? `${n} of ${cases.length} listed cases` : "";
	}

	// What a link leads to may be hidden, or in something closed.
	function reveal() {
		const at = document.getElementById(decodeURIComponent(location.hash.slice(1)));

		if (!at)
			return;
		if (at.closest("[hidden]")) {
			form.reset();
			apply();
		}
		for (let d = at.closest("details"); d; d = d.parentElement.closest("details"))
			d.open = true;
		(at.closest("details") || at).scrollIntoView();
	}

	// "#?k=2&v=q" sets filters, so that they can be linked to.
	function start() {
		if (location.hash.startsWith("#?")) {
			for (const [name, value] of new URLSearchParams(location.hash.slice(2)))
				if (form.elements[name])
					form.elements[name].value = value;
			apply();
		} else {
			reveal();
		}
	}

	// Paper cannot be clicked: what is shown is open there, and as it was behind it. But not more
	// cases than one prints: filters choose them.
	const printable = 100;
	let opened = [];

	window.addEventListener("beforeprint", () => {
		const few = cases.filter(c => !c.node.hidden).length <= printable;

		opened = Array.from(document.querySelectorAll("details:not([open])"))
			.filter(d => !d.closest("[hidden]") && (few || !d.closest(".case")));
		for (const d of opened)
			d.open = true;
	});
	window.addEventListener("afterprint", () => {
		for (const d of opened)
			d.open = false;
		opened = [];
	});

	document.addEventListener("click", event => {
		const link = event.target.closest("a[data-f]");

		if (!link)
			return;
		[form.k.value, form.e.value] = link.dataset.f.split(" ");
		form.v.value = "x";
		form.t.value = "";
		apply();
	});
	form.addEventListener("submit", event => event.preventDefault());
	form.addEventListener("input", apply);
	form.addEventListener("reset", () => setTimeout(apply));
	window.addEventListener("hashchange", start);
	form.hidden = false;
	apply();
	start();
})();
