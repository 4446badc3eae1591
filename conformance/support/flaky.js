// Stands before a worker and answers some requests itself, as a worker does that is busy.
import { createServer, request } from 'node:http';

export async function startFlakyProxy(baseUrl) {
  const state = { busy: 0, refused: 0 };
  const server = createServer((incoming, answer) => {
    if (state.busy > 0) {
      state.busy -= 1;
      state.refused += 1;
      incoming.resume();
      answer.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' });
      answer.end(JSON.stringify({
        success: false, statusCode: 503, error: 'overloaded', message: 'the write queue is full', details: [],
      }));
      return;
    }
    const onward = request(baseUrl + incoming.url, { method: incoming.method, headers: incoming.headers }, (from) => {
      answer.writeHead(from.statusCode, from.headers);
      from.pipe(answer);
    });
    incoming.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${server.address().port}`,
    // The next so many requests are refused.
    busy(times) {
      state.busy = times;
      state.refused = 0;
    },
    refused: () => state.refused,
    stop: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}
