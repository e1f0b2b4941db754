using Mover.State;

namespace Mover.Simulation;

/// <summary>The way of one process to its region's store.</summary>
internal sealed class SimWire(Process process, StoreFaults faults, Func<bool> isCut) : StoreWire
{
    private static readonly TimeSpan LatencyMin = TimeSpan.FromMicroseconds(50);
    private static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(5);

    private World World => process.World;

    private bool IsAway => faults.IsAway || isCut();

    public override async ValueTask<StoreFate> SendAsync(bool isCommit, CancellationToken cancel)
    {
        if (IsAway)
        {
            await World.DelayAsync(World.Between(TimeSpan.FromMilliseconds(100), PatienceMax), process);
            return isCommit && World.Chance(0.3) ? StoreFate.Vanishes : StoreFate.Fails;
        }

        if (World.Chance(faults.Fails))
        {
            await World.DelayAsync(World.Between(LatencyMin, PatienceMax), process);
            return StoreFate.Fails;
        }

        if (isCommit && World.Chance(faults.Unknown))
        {
            await World.DelayAsync(World.Between(LatencyMin, faults.LatencyMax), null);
            return World.Dice.Next(3) switch { 0 => StoreFate.AnswerLost, 1 => StoreFate.ArrivesLate, _ => StoreFate.Vanishes };
        }

        await World.DelayAsync(World.Between(LatencyMin, faults.LatencyMax), null);
        return StoreFate.Arrives;
    }

    public override async ValueTask ReceiveAsync(CancellationToken cancel)
    {
        await World.DelayAsync(World.Between(LatencyMin, faults.LatencyMax), process);
        cancel.ThrowIfCancellationRequested();
    }

    public override async ValueTask DeliverAsync(CancellationToken cancel)
    {
        var delay = World.Between(LatencyMin, World.Chance(0.05) ? faults.WatchDelayMax * 50 : faults.WatchDelayMax);
        await World.DelayAsync(delay, process);
        cancel.ThrowIfCancellationRequested();
        for (var waited = TimeSpan.Zero; IsAway; waited += TimeSpan.FromSeconds(1))
        {
            if (waited >= PatienceMax)
            {
                throw new StateException(StateFault.Unavailable, "The store does not answer a watch.");
            }

            await World.DelayAsync(TimeSpan.FromSeconds(1), process);
            cancel.ThrowIfCancellationRequested();
        }
    }

    public override void Later(Action act) => World.Schedule(World.Between(LatencyMin, TimeSpan.FromSeconds(3)), null, act);

    public override void Note(string operation, string what) => World.Note(operation, $"{process.Name} {what}");
}
