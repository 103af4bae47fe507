// What this service replaces: Express in front of a Redis queue. One process, as such services are run: the API and the worker.
// It checks what our service checks and sends what our service sends. What it does not do (a breaker, dead letters that can be
// searched, keys remembered after the delivery) is left out in its favour.
// Environment: QUEUE (bull or bullmq), PORT, REDIS_PORT, TARGET (the downstream's URL), CONCURRENCY.

import { createHash, randomUUID } from 'node:crypto';
import express from 'express';
import { Agent, request } from 'undici';

const { QUEUE: kind, PORT, REDIS_PORT, TARGET, CONCURRENCY } = process.env;
const concurrency = Number(CONCURRENCY);
const retry = { attempts: 4, backoff: { type: 'exponential', delay: 1000 }, removeOnComplete: true };
const dispatcher = new Agent({ connections: concurrency, pipelining: 1 });

const fields = {
  payload: () => null,
  target: text,
  clientMessageId: text,
  correlationId: text,
  source: text,
  orderingKey: text,
  priority: (value) => (['low', 'normal', 'high', 'critical'].includes(value) ? null : 'must be low, normal, high or critical'),
  tags: (value) =>
    Array.isArray(value) && value.length <= 32 && value.every((tag) => text(tag) === null) ? null : 'must be at most 32 strings',
  deliverAt: time,
  expiresAt: time,
  delayMs: (value) => (Number.isInteger(value) && value >= 0 && value <= 30 * 86_400_000 ? null : 'must be 0 to 2592000000'),
  retry: (value) => (typeof value === 'object' && value !== null ? null : 'must be an object'),
};

function text(value) {
  return typeof value === 'string' && value.length <= 256 ? null : 'must be a string of at most 256 characters';
}

function time(value) {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? null : 'must be an RFC 3339 time';
}

function validate(body) {
  const errors = {};
  for (const name of Object.keys(body)) {
    const wrong = name in fields ? fields[name](body[name]) : 'is not a field of a message';
    if (wrong !== null) errors[name] = [wrong];
  }
  if (!('payload' in body)) errors.payload = ['is required'];
  return errors;
}

function idOf(body) {
  if (body.clientMessageId === undefined) return randomUUID();
  return createHash('sha256').update(`${body.source ?? ''}\0${body.clientMessageId}`).digest('hex').slice(0, 32);
}

async function deliver(job) {
  const { payload, correlationId } = job.data;
  const response = await request(TARGET, {
    method: 'POST',
    dispatcher,
    headers: {
      'content-type': 'application/json',
      'webhook-id': job.id,
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'idempotency-key': job.id,
      'x-correlation-id': correlationId ?? job.id,
      'x-attempt': String(job.attemptsMade + 1),
    },
    body: JSON.stringify(payload),
  });
  await response.body.dump();
  if (response.statusCode >= 300) throw new Error(`The downstream answered ${response.statusCode}.`);
}

async function open() {
  if (kind === 'bull') {
    const { default: Bull } = await import('bull');
    const queue = new Bull('messages', { redis: { host: '127.0.0.1', port: Number(REDIS_PORT) } });
    queue.process(concurrency, deliver);
    return (data, jobId, delay) => queue.add(data, { ...retry, jobId, delay });
  }
  const { Queue, Worker } = await import('bullmq');
  const connection = { host: '127.0.0.1', port: Number(REDIS_PORT), maxRetriesPerRequest: null };
  const queue = new Queue('messages', { connection });
  const worker = new Worker('messages', deliver, { connection, concurrency });
  worker.on('error', (error) => console.error(error));
  return (data, jobId, delay) => queue.add('message', data, { ...retry, jobId, delay });
}

const add = await open();
const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.use(express.json({ limit: 256 * 1024 }));

app.post('/api/messages', async (req, res) => {
  const body = req.body ?? {};
  const errors = validate(body);
  if (Object.keys(errors).length > 0) return res.status(400).json({ title: 'The message is not valid.', status: 400, errors });
  const messageId = idOf(body);
  const { payload, correlationId } = body;
  const delay = body.delayMs ?? (body.deliverAt ? Math.max(0, Date.parse(body.deliverAt) - Date.now()) : 0);
  await add({ payload, correlationId }, messageId, delay);
  res
    .status(202)
    .location(`/api/messages/${messageId}`)
    .json({ messageId, state: delay > 0 ? 'scheduled' : 'pending', acceptedAt: new Date().toISOString(), idempotentHit: false });
});

app.get('/ready', (_, res) => res.json({ ready: true }));
app.listen(Number(PORT), '127.0.0.1', () => console.log(`${kind} listens on ${PORT}`));
