using Microsoft.Extensions.Logging.Abstractions;
using Mover.Server.Presence;
using Mover.State;
using Mover.State.Tests;

namespace Mover.Simulation;

/// <summary>What a simulation found of servers that stop.</summary>
public class StoppedServerTests
{
    [Fact]
    public async Task A_server_stops_although_its_store_does_not_answer()
    {
        var clock = new TestClock();
        var wire = new AwayWire();
        await using var store = new SimStore(new SimState(clock), clock, wire);
        using var lease = new PresenceLease(store);
        using var loop = new PresenceLeaseLoop(lease, clock, NullLogger<PresenceLeaseLoop>.Instance);
        await lease.GetAsync(CancellationToken.None);
        wire.IsAway = true;

        await loop.StopAsync(CancellationToken.None);

        Assert.Equal(0, lease.Current);
    }

    private sealed class AwayWire : StoreWire
    {
        public bool IsAway { get; set; }

        public override ValueTask<StoreFate> SendAsync(bool isCommit, CancellationToken cancel) =>
            new(IsAway ? StoreFate.Fails : StoreFate.Arrives);
    }
}
