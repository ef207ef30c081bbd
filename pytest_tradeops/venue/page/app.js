// What happens at the venue, as it happens. Text from the venue only ever becomes text nodes: clients choose some of it.
"use strict";

const ROWS = 200; // rows that a table shows; the venue may hold many more
const KEPT = 2000; // what is remembered
const TREND = 240; // prices in the picture, two a second

const orders = new Map();
const balances = new Map();
const positions = new Map();
const trends = new Map();
let fills = [];
let picture = {};
let dirty = new Set();

const at = (id) => document.getElementById(id);
const chosen = (id) => at(id).value;
const time = (ns) => new Date(ns / 1e6).toISOString().slice(11, 23);
const plain = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

function touch(...names) {
  if (!dirty.size) requestAnimationFrame(draw);
  names.forEach((name) => dirty.add(name));
}

function forget(map) {
  for (const key of map.keys()) {
    if (map.size <= KEPT) return;
    map.delete(key);
  }
}

function keepOrder(face, order) {
  const key = `${face} ${order.id}`;
  orders.delete(key); // the latest change goes last
  orders.set(key, { face, ...order });
  forget(orders);
}

function keepWallet(face, account, assets) {
  for (const [asset, one] of Object.entries(assets)) {
    const key = `${face} ${account} ${asset}`;
    balances.delete(key);
    balances.set(key, { face, account, asset, ...one });
  }
}

function keepPosition(face, one) {
  const key = `${face} ${one.account} ${one.market}`;
  if (Number(one.quantity)) positions.set(key, { face, ...one });
  else positions.delete(key);
}

function onSnapshot(all) {
  [orders, balances, positions].forEach((map) => map.clear());
  all.orders.forEach((one) => keepOrder(one.face, one));
  all.balances.forEach((one) => keepWallet(one.face, one.account, one.balances));
  all.positions.forEach((one) => keepPosition(one.face, one));
  fills = all.fills;
  touch("orders", "fills", "balances", "positions");
}

function onHappened({ face, event, data }) {
  if (event === "OrderUpdate") {
    keepOrder(face, data.order);
    if (data.fill) {
      fills.push({ face, ...data.fill });
      if (fills.length > KEPT) fills = fills.slice(-ROWS);
    }
    touch("orders", "fills");
  } else if (event === "WalletUpdate") {
    keepWallet(face, data.account, data.balances);
    touch("balances");
  } else {
    keepPosition(face, data.position);
    touch("positions");
  }
}

function onPicture(now) {
  picture = now;
  for (const [face, one] of Object.entries(now)) {
    for (const [market, book] of Object.entries(one.books)) {
      const key = `${face} ${market}`;
      const trend = trends.get(key) || [];
      trend.push(Number(book.last));
      trends.set(key, trend.slice(-TREND));
    }
  }
  touch("market", "sessions", "faults");
}

// A cell is text, or [text, class].
function fill(body, rows, nothing) {
  const shown = rows.length ? rows : [[nothing]];
  while (body.rows.length > shown.length) body.deleteRow(-1);
  shown.forEach((cells, index) => {
    const row = body.rows[index] || body.insertRow();
    row.className = rows.length ? cells.style || "" : "none";
    while (row.cells.length > cells.length) row.deleteCell(-1);
    cells.forEach((cell, column) => {
      const [text, style] = Array.isArray(cell) ? cell : [cell, ""];
      const place = row.cells[column] || row.insertCell();
      if (place.textContent !== String(text)) place.textContent = place.title = text;
      place.className = style;
      place.colSpan = rows.length ? 1 : 20;
    });
  });
}

const body = (id) => at(id).querySelector("tbody");
const side = (one) => [one.side, one.side === "BUY" ? "buy" : "sell"];
const number = (text) => [plain(text || ""), "n"];
const wanted = (one) =>
  (!chosen("face") || one.face === chosen("face")) && (!chosen("account") || one.account === chosen("account"));

function newest(all) {
  const rows = [];
  for (let index = all.length - 1; index >= 0 && rows.length < ROWS; index -= 1) if (wanted(all[index])) rows.push(all[index]);
  return rows;
}

const draws = {
  orders() {
    const isOpen = (one) => ["NEW", "PARTIALLY_FILLED", "PENDING"].includes(one.status);
    const all = [...orders.values()];
    const rows = newest(at("open").checked ? all.filter(isOpen) : all);
    at("orders").querySelector("small").textContent = `${rows.length} of ${all.length} shown, ${all.filter(isOpen).length} open`;
    fill(
      body("orders"),
      rows.map((one) => {
        const price = one.price || (one.trigger_price ? `trigger ${plain(one.trigger_price)}` : "");
        const status = one.reason ? `${one.status}: ${one.reason}` : one.status;
        const filled = `${plain(one.filled)} / ${plain(one.quantity)}`;
        const cells = [time(one.updated_ns), one.face, one.account, [one.id, "n"], one.market, side(one), one.type];
        cells.push([filled, "n"], number(price), status, one.client_id);
        cells.style = isOpen(one) ? "" : "over";
        return cells;
      }),
      "No orders yet.",
    );
  },
  fills() {
    at("fills").querySelector("small").textContent = `${fills.length} known`;
    fill(
      body("fills"),
      newest(fills).map((one) => [
        time(one.time_ns), one.face, one.account, [one.order_id, "n"], one.market, side(one), number(one.quantity),
        number(one.price), [`${plain(one.fee)} ${one.fee_asset}`, "n"], one.maker ? "maker" : "taker",
      ]),
      "No fills yet.",
    );
  },
  balances() {
    const rows = newest([...balances.values()]);
    fill(body("balances"), rows.map((one) => [one.face, one.account, one.asset, number(one.free), number(one.locked)]), "No accounts.");
    choose("account", [...new Set([...balances.values()].map((one) => one.account))].sort(), "all");
  },
  positions() {
    const rows = [...positions.values()].filter(wanted).slice(0, ROWS);
    fill(
      body("positions"),
      rows.map((one) => [one.face, one.account, one.market, number(one.quantity), number(one.entry_price), [one.leverage, "n"]]),
      "All flat.",
    );
  },
  market() {
    choose("face", Object.keys(picture), "all");
    const names = Object.entries(picture).flatMap(([face, one]) => Object.keys(one.books).map((market) => `${face} ${market}`));
    choose("market", names.filter((name) => !chosen("face") || name.startsWith(`${chosen("face")} `)));
    const [face, market] = chosen("market").split(" ");
    const one = picture[face];
    if (!one) return;
    const book = one.books[market];
    at("last").textContent = plain(String(book.last || ""));
    at("clock").textContent = `${time(one.time_ns)} UTC`;
    const rows = [];
    for (let index = 0; index < Math.max(book.bids.length, book.asks.length); index += 1) {
      const [bid, ask] = [book.bids[index] || ["", ""], book.asks[index] || ["", ""]];
      rows.push([number(bid[1]), [plain(bid[0]), "n buy"], [plain(ask[0]), "n sell"], number(ask[1])]);
    }
    fill(body("book"), rows, "The book is empty.");
    drawTrend(trends.get(chosen("market")) || []);
  },
  sessions() {
    const rows = Object.values(picture).flatMap((one) => one.sessions).filter(wanted);
    at("sessions").querySelector("small").textContent = rows.length ? `${rows.length} open` : "";
    fill(
      body("sessions"),
      rows.slice(0, ROWS).map((one) => [one.face, one.kind, one.account, [one.path, ...one.topics].join(" "), [one.sent, "n"]]),
      "None is open.",
    );
  },
  faults() {
    const rows = Object.values(picture).flatMap((one) => one.faults);
    at("faults").hidden = !rows.length;
    fill(
      body("faults"),
      rows.map((one) => {
        const left = one.seconds_left === null ? one.count : `${one.seconds_left.toFixed(1)} s`;
        const given = Object.entries(one.params).map(([name, value]) => `${name} ${value}`).join(", ");
        return [one.face, one.kind, one.match, one.account || "all", given, [one.hits, "n"], [left === null ? "until cleared" : left, "n"]];
      }),
      "",
    );
    const broken = Object.entries(picture).filter(([, one]) => one.crashes);
    at("crashes").hidden = !broken.length;
    at("crashes").querySelector("p").textContent = broken.map(([face, one]) => `${face}: ${one.crashes}, see /state`).join("; ");
  },
};

function drawTrend(prices) {
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  const points = prices.map((price, index) => {
    const y = high > low ? 44 - (40 * (price - low)) / (high - low) : 24;
    return `${((240 * index) / (TREND - 1)).toFixed(1)},${y.toFixed(1)}`;
  });
  at("trend").querySelector("polyline").setAttribute("points", points.join(" "));
}

function choose(id, names, everything) {
  const select = at(id);
  const options = everything ? ["", ...names] : names;
  if (options.join("\n") === [...select.options].map((one) => one.value).join("\n")) return;
  const before = select.value;
  select.replaceChildren(...options.map((name) => new Option(name || everything, name)));
  if (options.includes(before)) select.value = before;
}

function draw() {
  const names = dirty;
  dirty = new Set();
  names.forEach((name) => draws[name]());
}

function link(on) {
  at("link").textContent = on ? "live" : "connection lost";
  at("link").className = on ? "on" : "off";
}

["face", "account", "market", "open"].forEach((id) => at(id).addEventListener("change", () => touch(...Object.keys(draws))));
const feed = new EventSource("events"); // it reconnects by itself, and begins with everything
feed.addEventListener("open", () => link(true));
feed.addEventListener("error", () => link(false));
for (const [name, on] of Object.entries({ snapshot: onSnapshot, happened: onHappened, picture: onPicture })) {
  feed.addEventListener(name, (event) => on(JSON.parse(event.data)));
}
