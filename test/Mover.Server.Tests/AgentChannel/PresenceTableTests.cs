using Mover.Core.AgentProtocol;
using Mover.Server.Presence;
using Mover.State.Documents;

namespace Mover.Server.Tests.AgentChannel;

/// <summary>When an agent that nobody holds is lost.</summary>
public sealed class PresenceTableTests
{
    private const string Agent = "/subscriptions/s/agents/a1";

    private readonly TestClock _clock = new(new(2026, 5, 4, 8, 0, 0, TimeSpan.Zero));
    private readonly PresenceTable _table;

    public PresenceTableTests() => _table = new(_clock);

    [Theory]
    [InlineData(-60, false)]
    [InlineData(-3600, true)]
    [InlineData(3600, true)]
    public void At_a_start_the_record_of_an_agent_that_nobody_holds_says_how_old_it_is(int heardSeconds, bool isLost)
    {
        _table.Replace([Record(heardSeconds)], []);

        Assert.Equal(isLost, _table.Find(Agent)!.IsLost);
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public void After_an_agent_was_held_only_the_monotonic_clock_counts(int heardSeconds)
    {
        _table.Replace([Record(heardSeconds)], [$"heard{Agent}/one"]);
        var held = _table.Find(Agent)!.IsLost;
        _table.SetHold(Agent, "one", isHeld: false);
        _clock.Now += PresenceLease.Grace;
        var inGrace = _table.Find(Agent)!.IsLost;
        _clock.Now += TimeSpan.FromSeconds(1);

        Assert.Equal((false, false, true), (held, inGrace, _table.Find(Agent)!.IsLost));
    }

    [Fact]
    public void It_is_held_until_the_last_lets_go()
    {
        _table.Replace([Record(0)], [$"heard{Agent}/one", $"heard{Agent}/two"]);
        _table.SetHold(Agent, "one", isHeld: false);
        _clock.Now += TimeSpan.FromHours(1);

        Assert.False(_table.Find(Agent)!.IsLost);
        Assert.Equal(["two"], _table.Find(Agent)!.Holders);
    }

    [Fact]
    public void Agents_removed_during_a_watch_gap_are_dropped_on_the_next_full_read()
    {
        _table.Replace([Record(0)], [$"heard{Agent}/one"]);
        _clock.Now += TimeSpan.FromHours(1);
        _table.Replace([Record(0)], []);
        var seen = _table.Find(Agent)!.IsLost;
        _clock.Now += PresenceLease.Grace + TimeSpan.FromSeconds(1);

        Assert.Equal((false, true), (seen, _table.Find(Agent)!.IsLost));
    }

    [Fact]
    public void A_deleted_agent_is_forgotten()
    {
        _table.Replace([Record(0)], [$"heard{Agent}/one"]);

        _table.SetRecord(Agent, null);
        _table.SetHold(Agent, "one", isHeld: false);

        Assert.Null(_table.Find(Agent));
    }

    private static AgentTelemetry Telemetry { get; } = new()
    {
        AgentVersion = "1.2.3", HostName = "host", LocalIpAddress = "10.0.0.7", MemoryInMB = 2048, NumberOfCores = 2, UptimeInSeconds = 5,
        TimeZone = "UTC", Condition = AgentCondition.Online,
    };

    private Document<PresenceRecord> Record(int heardSeconds)
    {
        var key = DocumentKey.Internal(["presence", .. Agent.Split('/', StringSplitOptions.RemoveEmptyEntries)]);
        var stamp = new WriteStamp("test", "User", _clock.Now, "c");
        return new(
            new(Agent, "Online", _clock.Now.AddSeconds(heardSeconds), "one", Telemetry),
            new(key, "\"1\"", 1, stamp, stamp));
    }
}
