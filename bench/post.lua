-- One event of about 300 bytes per request.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer fc_quickstart_for-trying-only-not-a-secret"
wrk.body = '{"orderId":"0f8fad5b-d9cb-469f-a165-70867728950e","customer":{"id":48213,"name":"Ada Lovelace","country":"GB"},'
  .. '"lines":[{"sku":"A-100","quantity":2,"price":19.90},{"sku":"B-200","quantity":1,"price":5.00}],'
  .. '"total":44.80,"currency":"GBP","placedAt":"2026-11-23T12:00:00.000Z","note":"leave at the door, please"}'

function done(summary, latency, requests)
  io.write(string.format("RESULT %.0f requests/s p50 %.2f ms p99 %.2f ms errors %d\n",
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
