-- wrk: Put Block of 4 MiB.
wrk.method = "PUT"
wrk.headers["x-ms-version"] = "2023-11-03"
wrk.body = string.rep("0123456789abcdef", 256 * 1024)
local whole
request = function()
  whole = whole or wrk.format(nil, "/account/ceiling/large?comp=block&blockid=MDAwMQ==")
  return whole
end
