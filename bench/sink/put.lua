-- wrk: PUT of 4 KiB blobs with the headers a migration sends, to 100,000 names.
local body = string.rep("0123456789abcdef", 256)
wrk.method = "PUT"
wrk.headers["x-ms-version"] = "2023-11-03"
wrk.headers["x-ms-blob-type"] = "BlockBlob"
wrk.headers["x-ms-meta-modtime"] = "1795356074213821207"
wrk.headers["x-ms-meta-permissions"] = "33188"
wrk.headers["x-ms-meta-posix_owner"] = "1000"
wrk.headers["x-ms-meta-posix_group"] = "1000"
wrk.body = body
local n = 0
request = function()
  n = n + 1
  return wrk.format(nil, "/account/ceiling/d" .. (n % 1000) .. "/f" .. (n % 100000))
end
