-- Asks with the token in the file that MOVER_BENCH_TOKEN names; reports latencies and whatever was not answered with 200.
local file = io.open(os.getenv("MOVER_BENCH_TOKEN"), "r")
wrk.headers["Authorization"] = "Bearer " .. file:read("*l")
file:close()

function done(summary, latency)
    local seconds = summary.duration / 1e6
    print(string.format("%.0f requests/s, p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, %d other answers, %d socket errors",
        summary.requests / seconds, latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency:percentile(99.9) / 1000,
        summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
