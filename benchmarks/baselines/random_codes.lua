-- Asks for codes at random. The codes stand in the file named by CODES, one a line.
local codes = {}
local agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

function init(args)
    math.randomseed(7)
    for code in io.lines(os.getenv("CODES")) do
        codes[#codes + 1] = wrk.format("GET", "/" .. code, {["User-Agent"] = agent, ["Host"] = "127.0.0.1"})
    end
end

function request()
    return codes[math.random(#codes)]
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format("RESULT %d %d %.0f %.0f %d %d\n", summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(99), errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end
