using Mover.Server.Arm;
using Mover.State.Copies;
using Mover.State.Documents;

namespace Mover.Server.Backups;

/// <summary>Copies a state from one store into another, of the same engine or the other.</summary>
public static class StateMove
{
    /// <summary>
    /// Copies what the source holds at this moment; servers may use it meanwhile, and what they write is not in the copy. Throws
    /// <see cref="State.StateException"/> when the target is not empty, or does not hold the same in the end.
    /// </summary>
    public static async Task<CopyResult> CopyAsync(
        StatePlace from, StatePlace to, bool overwritesUnfinished, TimeProvider clock, ILoggerFactory loggers, IProgress<long>? progress,
        CancellationToken cancel)
    {
        await using var source = await from.SnapshotAsync(clock, loggers, cancel);
        await to.CheckOwnerAsync(source, cancel);
        await using var target = await to.OpenAsync(clock, loggers, cancel);
        var terms = new CopyTerms(CopyKinds.Copy, Stamp(clock)) { OverwritesUnfinished = overwritesUnfinished };
        return await new StateCopy(source, target, terms, clock).RunAsync(progress, cancel);
    }

    internal static WriteStamp Stamp(TimeProvider clock) =>
        new(Caller.Service.Name, Caller.Service.Type, clock.GetUtcNow(), Guid.NewGuid().ToString());
}
