// Makes N projects, as fast as the control plane lets one caller, then reads them page by page. Usage: fill.mjs URL MOVER_ID TOKEN_FILE N. The CA is in NODE_EXTRA_CA_CERTS.
import fs from "node:fs";
import https from "node:https";

const [url, mover, tokenFile, count] = process.argv.slice(2);
const token = fs.readFileSync(tokenFile, "utf8").trim();
const agent = new https.Agent({ keepAlive: true, maxSockets: 32 });
const version = "api-version=2025-12-01";

function send(method, address, body) {
    return new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
        const request = https.request(new URL(address, url), { method, agent, headers }, response => {
            const parts = [];
            response.on("data", part => parts.push(part));
            response.on("end", () => {
                const text = Buffer.concat(parts).toString();
                if (response.statusCode === 429) {
                    setTimeout(() => send(method, address, body).then(resolve, reject), 1000 * Number(response.headers["retry-after"]));
                } else if (response.statusCode === 200) {
                    resolve(text);
                } else {
                    reject(new Error(`${method} ${address}: ${response.statusCode} ${text}`));
                }
            });
        });
        request.on("error", reject);
        request.end(body);
    });
}

let next = 0;
const took = [];
let started = performance.now();
await Promise.all(Array.from({ length: 32 }, async () => {
    while (next < count) {
        const asked = performance.now();
        await send("PUT", `${mover}/projects/p${String(next++).padStart(6, "0")}?${version}`, "{}");
        took.push(performance.now() - asked);
    }
}));
let seconds = (performance.now() - started) / 1000;
took.sort((one, other) => one - other);
const [p50, p99, most] = [0.5, 0.99, 1].map(part => took[Math.ceil(part * took.length) - 1].toFixed(1));
console.log(`${count} resources made by 32 at once, ${(count / seconds).toFixed(0)} PUT/s, p50 ${p50} ms, p99 ${p99} ms, max ${most} ms`);

started = performance.now();
let [pages, items, slowest] = [0, 0, 0];
for (let page = `${mover}/projects?${version}`; page; pages++) {
    const asked = performance.now();
    const list = JSON.parse(await send("GET", page));
    slowest = Math.max(slowest, performance.now() - asked);
    items += list.value.length;
    page = list.nextLink;
}
seconds = (performance.now() - started) / 1000;
console.log(`${items} listed in ${pages} pages, ${seconds.toFixed(1)} s, ${(items / seconds).toFixed(0)} items/s, slowest page ${slowest.toFixed(0)} ms`);
process.exit(items === Number(count) ? 0 : 1);
