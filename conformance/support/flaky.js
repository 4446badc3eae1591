// A proxy in front of a worker that responds to some requests itself, like an overloaded worker.
import { createServer, request } from 'node:http';

export async function startFlakyProxy(baseUrl) {
  const state = { busy: 0, rejected: 0 };
  const server = createServer((incoming, response) => {
    if (state.busy > 0) {
      state.busy -= 1;
      state.rejected += 1;
      incoming.resume();
      response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' });
      response.end(JSON.stringify({
        success: false, statusCode: 503, status: 503, code: 'OVERLOADED', error: 'overloaded', message: 'the write queue is full', details: [],
      }));
      return;
    }
    const onward = request(baseUrl + incoming.url, { method: incoming.method, headers: incoming.headers }, (from) => {
      response.writeHead(from.statusCode, from.headers);
      from.pipe(response);
    });
    incoming.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${server.address().port}`,
    // Rejects the given number of next requests.
    busy(times) {
      state.busy = times;
      state.rejected = 0;
    },
    rejected: () => state.rejected,
    stop: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}
