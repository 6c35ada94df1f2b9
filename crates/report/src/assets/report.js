"use strict";
// Pictures are saved in their form for print, without the styles of the page.
for (const link of document.querySelectorAll("a.save")) {
  link.hidden = false;
  link.addEventListener("click", () => {
    const svg = link.closest("figure").querySelector("svg").outerHTML;
    link.href = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg);
  });
}

// The table of all results: sorted and filtered, a hundred rows per page. Its state is in the URL.
(() => {
  const source = document.getElementById("results");
  if (!source) return;
  const { columns, rows, pages, folder } = JSON.parse(source.textContent);
  const SIZE = 100;
  const state = { sort: "", order: "asc", filter: "", page: 1 };
  const place = (name) => columns.findIndex((column) => column.name === name);
  const table = document.getElementById("rows");
  const input = document.getElementById("filter");
  const status = document.getElementById("status");
  const [before, after] = [document.getElementById("before"), document.getElementById("after")];

  const shown = (value, column) => {
    if (value === null) return "–";
    if (value === true) return "yes";
    if (value === false) return column.name === "certified" ? "NO" : "no";
    if (typeof value !== "number") return value;
    if (Number.isInteger(value) && Math.abs(value) < 1e7) return String(value).replace("-", "\u2212");
    const size = Math.abs(value);
    const text = size >= 1e-4 && size < 1e7 ? String(Number(value.toPrecision(5))) : value.toExponential(2).replace("e+", "e");
    return text.replaceAll("-", "\u2212");
  };
  // A word must occur in the name; column<number, column>number and column=value are comparisons.
  const test = (word) => {
    const found = word.match(/^([a-z_]+)(<=|>=|=|<|>)(.*)$/);
    const at = found ? place(found[1]) : -1;
    if (at < 0) {
      const wanted = word.toLowerCase();
      return (row) => row.some((value) => typeof value === "string" && value.toLowerCase().includes(wanted));
    }
    const [, , sign, right] = found;
    if (sign === "=") return (row) => shown(row[at], columns[at]).toLowerCase() === right.toLowerCase() || row[at] === Number(right);
    const limit = Number(right);
    const compare = { "<": (a) => a < limit, ">": (a) => a > limit, "<=": (a) => a <= limit, ">=": (a) => a >= limit }[sign];
    return (row) => typeof row[at] === "number" && compare(row[at]);
  };
  const chosen = () => {
    const tests = state.filter.split(/\s+/).filter(Boolean).map(test);
    const kept = rows.map((row, number) => number).filter((number) => tests.every((passes) => passes(rows[number])));
    const at = place(state.sort);
    if (at < 0) return kept;
    const turn = state.order === "desc" ? -1 : 1;
    const compare = (a, b) => {
      const [x, y] = [rows[a][at], rows[b][at]];
      // Missing values come last in either order.
      if (x === null || y === null) return (x === null) - (y === null) || a - b;
      return (typeof x === "string" ? x.localeCompare(y) : x - y) * turn || a - b;
    };
    return kept.sort(compare);
  };
  const make = (name, text, more = {}) => Object.assign(document.createElement(name), { textContent: text }, more);
  const draw = () => {
    const kept = chosen();
    const last = Math.max(1, Math.ceil(kept.length / SIZE));
    state.page = Math.min(Math.max(1, state.page), last);
    const from = (state.page - 1) * SIZE;
    const head = make("tr", "");
    for (const column of columns) {
      const cell = make("th", "", { scope: "col", className: column.text ? "t" : "n", title: column.meaning });
      const sorted = column.name === state.sort;
      cell.setAttribute("aria-sort", sorted ? (state.order === "desc" ? "descending" : "ascending") : "none");
      const button = make("button", column.label, { type: "button" });
      button.addEventListener("click", () => {
        Object.assign(state, { order: sorted && state.order === "asc" ? "desc" : "asc", sort: column.name, page: 1 });
        update();
      });
      cell.append(button);
      head.append(cell);
    }
    table.tHead.replaceChildren(head);
    const body = kept.slice(from, from + SIZE).map((number) => {
      const line = make("tr", "");
      rows[number].forEach((value, at) => {
        const column = columns[at];
        const cell = make(column.name === "instance" ? "th" : "td", "", { className: column.text ? "t" : "n" });
        if (column.name === "instance") cell.scope = "row";
        const page = column.name === "instance" && pages[number];
        cell.append(page ? make("a", shown(value, column), { href: folder + "/" + page }) : shown(value, column));
        line.append(cell);
      });
      return line;
    });
    table.tBodies[0].replaceChildren(...body);
    const range = kept.length ? `${from + 1}–${Math.min(from + SIZE, kept.length)} of ${kept.length}` : "none";
    status.textContent = kept.length === rows.length ? range : `${range} (of ${rows.length} in all)`;
    before.disabled = state.page <= 1;
    after.disabled = state.page >= last;
    input.value = state.filter;
  };
  const read = () => {
    const parts = new URLSearchParams(location.hash.slice(1));
    state.sort = parts.get("sort") || "";
    state.order = parts.get("order") === "desc" ? "desc" : "asc";
    state.filter = parts.get("filter") || "";
    state.page = Number(parts.get("page")) || 1;
  };
  const update = () => {
    const parts = new URLSearchParams();
    if (state.sort) parts.set("sort", state.sort);
    if (state.sort && state.order === "desc") parts.set("order", "desc");
    if (state.filter) parts.set("filter", state.filter);
    if (state.page > 1) parts.set("page", state.page);
    history.replaceState(null, "", "#" + parts);
    draw();
  };
  input.addEventListener("input", () => {
    Object.assign(state, { filter: input.value, page: 1 });
    update();
  });
  before.addEventListener("click", () => { state.page -= 1; update(); });
  after.addEventListener("click", () => { state.page += 1; update(); });
  addEventListener("hashchange", () => { read(); draw(); });
  document.getElementById("table").hidden = false;
  read();
  draw();
})();
