// The endpoints by hand with Fastify and undici, in WORKERS processes of node:cluster.
"use strict";

const cluster = require("node:cluster");

const { PORT, UPSTREAM, WORKERS } = process.env;
const DEADLINE = 900;
const TEL = /^\+?[0-9]{5,15}$/;
const DEFAULTS = { isVip: 0, vipLevel: "", userLabel: "", isblack: 0 };

function outputs(customer) {
  if (customer === null || typeof customer !== "object") return DEFAULTS;
  const answer = {};
  for (const name of Object.keys(DEFAULTS)) {
    const standard = DEFAULTS[name];
    const value = customer[name];
    if (value === undefined || value === null) answer[name] = standard;
    else if (typeof standard === "string") answer[name] = String(value);
    else answer[name] = Number.isInteger(Number(value)) ? Number(value) : standard;
  }
  return answer;
}

class Kept {
  constructor(most, lives) {
    this.most = most;
    this.lives = lives;
    this.entries = new Map();
  }

  get(key) {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.until > performance.now()) return entry.value;
    this.entries.delete(key);
    return undefined;
  }

  set(key, value) {
    if (this.entries.size >= this.most) {
      this.entries.delete(this.entries.keys().next().value);
    }
    this.entries.set(key, { value, until: performance.now() + this.lives });
  }
}

async function serve() {
  const fastify = require("fastify")({ logger: false, keepAliveTimeout: 75_000 });
  const { Pool } = require("undici");
  const pool = new Pool(UPSTREAM, { connections: 128, pipelining: 1 });
  const kept = new Kept(10_000, 60_000);
  await fastify.register(require("@fastify/formbody"));

  async function ask(path, tel) {
    try {
      const reply = await pool.request({
        method: "GET",
        path: `${path}/customer?tel=${encodeURIComponent(tel)}`,
        signal: AbortSignal.timeout(DEADLINE),
      });
      if (reply.statusCode !== 200) {
        await reply.body.dump();
        return undefined;
      }
      return outputs(await reply.body.json());
    } catch {
      return undefined;
    }
  }

  function look(path, keeps) {
    return async (request, reply) => {
      const tel = request.query.tel ?? "";
      if (!TEL.test(tel)) {
        return reply.code(400).send({ error: "tel: send 5 to 15 digits", ...DEFAULTS });
      }
      let answer = keeps ? kept.get(tel) : undefined;
      if (answer === undefined) {
        answer = await ask(path, tel);
        if (answer !== undefined && keeps) kept.set(tel, answer);
      }
      return answer ?? DEFAULTS;
    };
  }

  const body = {
    type: "object",
    required: ["level", "city"],
    properties: { level: { type: "integer" }, city: { type: "string", minLength: 1 } },
  };
  const two = {
    type: "object",
    properties: { queue: { type: "string" }, greeting: { type: "string" } },
  };
  const four = {
    type: "object",
    properties: {
      isVip: { type: "integer" },
      vipLevel: { type: "string" },
      userLabel: { type: "string" },
      isblack: { type: "integer" },
    },
  };
  fastify.post("/mock", { schema: { body, response: { 200: two } } }, async (request) => ({
    queue: request.body.level === 3 ? "vip" : "normal",
    greeting: "hello",
  }));
  const schema = { response: { 200: four } };
  fastify.get("/lookup", { schema }, look("", false));
  fastify.get("/slow", { schema }, look("/slow", false));
  fastify.get("/cached", { schema }, look("/slow", true));
  await fastify.listen({ host: "127.0.0.1", port: Number(PORT), backlog: 2048 });
}

if (cluster.isPrimary && Number(WORKERS) > 1) {
  for (let number = 0; number < Number(WORKERS); number += 1) cluster.fork();
  process.on("SIGTERM", () => process.exit(0));
} else {
  serve();
}
