-- A request a connection, and a pause after each answer: the rate is of the connections' number.
local pause_ms = 10
delay = function()
    return pause_ms
end
