-- Asks for one page as people at random. Their cookies stand in the file named by COOKIES, one a line.
local asked = {}

function init(args)
    math.randomseed(7)
    for cookie in io.lines(os.getenv("COOKIES")) do
        asked[#asked + 1] = wrk.format("GET", nil, {["Cookie"] = cookie})
    end
end

function request()
    return asked[math.random(#asked)]
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format("RESULT %d %d %.0f %.0f %d %d\n", summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(95), errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end
